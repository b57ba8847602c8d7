"""Workbooks that come back: kept and previewed first, then each row that changes is its own act.

Decision: the file enters whole or not at all, through the very services of the forms. What was
previewed is what is done: the preview's version goes along, and is compared under the locks.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from alliances.preparation.corrections import CorrectionPlan, RowChange, plan_corrections
from alliances.preparation.models import ProfileUpload
from alliances.preparation.plan import plan_import
from alliances.preparation.selectors import correctable_profiles
from alliances.preparation.services.imports import own_upload, refusal_of
from alliances.preparation.services.producers import add_producer, update_producer
from alliances.preparation.services.profiles import WrittenProfile, revise_profile
from alliances.preparation.workbook.reading import Contents, read_contents
from alliances.uploads.services import hold
from kit.errors import InvalidFile, Overtaken, RowError


def stage_corrections(
    *,
    file_name: str,
    content: bytes,
    acting: Membership,
    at: datetime,
    alliance: Alliance | None = None,
) -> ProfileUpload:
    """Keep a workbook that came back, of one profile or of all that this member may change.

    One with mistakes is kept too (``is_wrong``), to be given back marked. Raises InvalidFile for
    what is no workbook of profiles.
    """
    plan = _plan(read_contents(name=file_name, content=content), alliance, acting, at)
    about: dict[str, Any] = {"alliance": alliance, "is_wrong": bool(plan.mistakes)}
    return hold(ProfileUpload, owner=acting, file_name=file_name, content=content, at=at, **about)


def plan_of_upload(upload: ProfileUpload, acting: Membership, at: datetime) -> CorrectionPlan:
    """What a kept workbook would change now. Raises InvalidFile, LostUpload."""
    contents = read_contents(name=upload.file_name, content=upload.stored_bytes)
    return _plan(contents, upload.alliance, acting, at)


def mistakes_of(upload: ProfileUpload, acting: Membership, at: datetime) -> tuple[RowError, ...]:
    """What is wrong with a kept workbook now, of new profiles or of corrections."""
    try:
        if upload.call is None:
            return plan_of_upload(upload, acting, at).mistakes
        contents = read_contents(name=upload.file_name, content=upload.stored_bytes)
    except InvalidFile as refusal:
        return refusal.errors
    return plan_import(contents=contents, call=upload.call, acting=acting, at=at).mistakes


def apply_corrections(*, key: UUID, seen: str, acting: Membership, at: datetime) -> int:
    """Do every change of a previewed workbook, or none; returns how many rows changed.

    Raises LostUpload, Overtaken when what would change is no longer what was ``seen``, InvalidFile
    with its row for what a service refuses.
    """
    upload = own_upload(key, acting, at, corrects=True)
    contents = read_contents(name=upload.file_name, content=upload.stored_bytes)
    with transaction.atomic():
        # All of them first and in one order: each act then locks its call behind its alliance.
        profiles = _scope(upload.alliance, acting)
        locked = Alliance.objects.select_for_update().filter(pk__in=profiles.values("pk"))
        list(locked.order_by("pk").values_list("pk"))
        plan = _plan(contents, upload.alliance, acting, at)
        if plan.mistakes:
            raise refusal_of(plan.mistakes)
        if plan.version != seen:
            raise Overtaken(
                _("This changed while you were reading: nothing was done. Read it again.")
            )
        for row in plan.rows:
            _apply(row, acting, at)
        upload.delete()
    return len(plan.rows)


def _scope(alliance: Alliance | None, acting: Membership) -> QuerySet[Alliance]:
    profiles = correctable_profiles(acting)
    return profiles.filter(pk=alliance.pk) if alliance else profiles


def _plan(
    contents: Contents, alliance: Alliance | None, acting: Membership, at: datetime
) -> CorrectionPlan:
    return plan_corrections(
        contents=contents, profiles=_scope(alliance, acting), acting=acting, at=at
    )


def _apply(row: RowChange, acting: Membership, at: datetime) -> None:
    """The act of one row, by the service of its form."""
    who: dict[str, Any] = {"acting": acting, "at": at}
    try:
        if planned := row.profile:
            names = WrittenProfile.__dataclass_fields__
            written = WrittenProfile(**{name: getattr(planned, name) for name in names})
            revise_profile(alliance=row.alliance, written=written, **who)
        elif row.producer and row.data:
            update_producer(producer=row.producer, data=row.data, **who)
        elif row.data:
            add_producer(alliance=row.alliance, data=row.data, key=uuid4(), **who)
    except ValidationError as error:
        messages = " ".join(error.messages)
        raise refusal_of(
            (RowError(row.record.sheet.name, row.record.row, "", messages),)
        ) from error
