"""Bringing in files of profiles: kept and previewed first, then imported whole or not at all.

Decision: the bytes that were previewed are the bytes that are imported. They stay under the
upload's key, which is also the key that makes confirming twice the same as once.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.calls.models import Call
from alliances.lifecycle.duties import Duty, is_compatible, judge
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.selectors import dossiers, member_of
from alliances.people.models import Membership, Organisation, OrganisationKind, Producer
from alliances.people.roles import Role
from alliances.people.services import Party
from alliances.preparation.models import ProfileImport, ProfileUpload
from alliances.preparation.plan import ImportPlan, PlannedProfile, plan_import
from alliances.preparation.selectors import can_import
from alliances.preparation.services.profiles import lock_call, next_codes, require_open
from alliances.preparation.workbook.reading import Contents, read_contents
from alliances.register.services import find_or_register_many
from alliances.territory.models import Municipality
from alliances.uploads.services import held_already, hold
from kit.access import require
from kit.errors import Conflict, DomainError, InvalidFile, RowError
from kit.figures import number
from kit.staging import LostUpload, digest_of

BATCH = 500


def stage_profiles(
    *, call: Call, file_name: str, content: bytes, acting: Membership, at: datetime
) -> ProfileUpload:
    """Keep a file that can be imported, to be looked at before it is.

    The same file sent twice by the same person is one upload. Raises NotAllowed (role, call),
    Conflict for a file already imported, InvalidFile with every mistake; then nothing is kept.
    """
    require(can_import(acting, localtime(at).date()))
    require_open(call, at)
    digest = digest_of(content)
    _refuse_repeated(call, digest)
    sent: dict[str, Any] = {"owner": acting, "at": at, "digest": digest, "call": call}
    if earlier := held_already(ProfileUpload, **sent, is_wrong=False):
        return earlier
    _plan(read_contents(name=file_name, content=content), call, acting, at)
    return hold(ProfileUpload, file_name=file_name, content=content, **sent)


def keep_refused(
    *, call: Call, file_name: str, content: bytes, acting: Membership, at: datetime
) -> ProfileUpload:
    """Keep a file of new profiles that was refused, to be given back with its mistakes marked."""
    require(can_import(acting, localtime(at).date()))
    sent: dict[str, Any] = {"owner": acting, "at": at, "call": call}
    return hold(ProfileUpload, file_name=file_name, content=content, is_wrong=True, **sent)


def import_profiles(
    *, key: UUID, acting: Membership, at: datetime, people_differ: bool = False
) -> ProfileImport:
    """Write every profile and producer of an upload as drafts, or none of them.

    The same ``key`` twice is one import. The file is read before anything is locked. Somebody says
    that people of one name and date of birth, with several documents, are several people. Raises
    LostUpload, NotAllowed (role, call, department), Conflict for a file already imported,
    InvalidFile when what was previewed no longer fits, DomainError for what nobody answered.
    """
    require(can_import(acting, localtime(at).date()))
    if earlier := ProfileImport.objects.filter(key=key, imported_by=acting).first():
        return earlier
    upload = own_upload(key, acting, at)
    assert upload.call
    contents = read_contents(name=upload.file_name, content=upload.stored_bytes)
    with transaction.atomic():
        call = lock_call(upload.call)
        if earlier := ProfileImport.objects.filter(key=key).first():
            return earlier  # a second click waited for the lock while the first one imported
        require_open(call, at)
        _refuse_repeated(call, upload.sha256)
        plan = _plan(contents, call, acting, at)
        if plan.questions and not people_differ:
            raise DomainError(
                _("Say first whether people of the same name and date of birth are one person.")
            )
        done = ProfileImport.objects.create(
            call=call,
            key=key,
            file_name=upload.file_name,
            sha256=upload.sha256,
            profiles=len(plan.profiles),
            producers=plan.producers,
            imported_by=acting,
            imported_at=at,
        )
        _write(plan, call, done, acting, at)
        upload.delete()
        return done


def own_upload(
    key: UUID, acting: Membership, at: datetime, *, corrects: bool = False
) -> ProfileUpload:
    """The upload without mistakes that this member keeps. Raises LostUpload."""
    uploads = ProfileUpload.objects.filter(key=key, owner=acting, expires_at__gt=at)
    upload = uploads.filter(is_wrong=False, call__isnull=corrects).first()
    if upload is None:
        raise LostUpload(_("The file is no longer kept: upload it again."))
    return upload


def _refuse_repeated(call: Call, digest: str) -> None:
    done = (
        ProfileImport.objects.filter(call=call, sha256=digest)
        .select_related("imported_by__user")
        .first()
    )
    if done:
        raise Conflict(
            _("This very file was already imported in this call by %(person)s on %(when)s.")
            % {
                "person": done.imported_by.user.display_name,
                "when": date_format(localtime(done.imported_at), "SHORT_DATETIME_FORMAT"),
            }
        )


def _plan(contents: Contents, call: Call, acting: Membership, at: datetime) -> ImportPlan:
    plan = plan_import(contents=contents, call=call, acting=acting, at=at)
    if plan.mistakes:
        raise refusal_of(plan.mistakes)
    if not plan.profiles:
        raise InvalidFile(_("The file has no profiles: fill in the template and upload it."))
    return plan


def refusal_of(mistakes: tuple[RowError, ...]) -> InvalidFile:
    """What is said of a workbook with mistakes, with all of them."""
    message = ngettext(
        "The file has %(count)s mistake: nothing was saved. Correct it and upload it again.",
        "The file has %(count)s mistakes: nothing was saved. Correct them and upload it again.",
        len(mistakes),
    )
    return InvalidFile(message % {"count": number(len(mistakes))}, mistakes)


# -- Writing: a number of queries that does not grow with the rows --------------------------------
def _write(
    plan: ImportPlan, call: Call, done: ProfileImport, acting: Membership, at: datetime
) -> None:
    organisations = _organisations(plan.profiles, acting, at)
    allies = _allies(plan.profiles, acting, at)
    codes = next_codes(call, [row.municipality.department_id for row in plan.profiles])
    alliances = [
        Alliance(
            call=call,
            code=code,
            name=row.name,
            organisation=organisations[row.organisation, row.municipality],
            ally=allies[row.ally] if row.ally else None,
            municipality=row.municipality,
            crop=row.crop,
            route=row.route,
            total_value_cop=row.total_value_cop,
            incentive_cop=row.incentive_cop,
            status_since=at,
            created_at=at,
            own_code=row.record.values["code"],
            imported_in=done,
        )
        for row, code in zip(plan.profiles, codes, strict=True)
    ]
    Alliance.objects.bulk_create(alliances, batch_size=BATCH)
    duty = _require_duty(alliances, acting)
    Producer.objects.bulk_create(
        (
            Producer(alliance=alliance, **asdict(data))
            for alliance, row in zip(alliances, plan.profiles, strict=True)
            for data in row.producers
        ),
        batch_size=BATCH,
    )
    Event.objects.bulk_create(
        [
            Event(
                alliance=alliance,
                verb="create_profile",
                duty=duty,
                actor=acting.user,
                organisation=acting.organisation,
                at=at,
                data={"import": done.pk, "producers": len(row.producers)},
            )
            for alliance, row in zip(alliances, plan.profiles, strict=True)
        ],
        batch_size=BATCH,
    )


def _require_duty(alliances: Sequence[Alliance], acting: Membership) -> Duty:
    """Writing a profile is to promote it, whoever does it.

    The EIP may bring anybody's file in because it directs; from then on it has helped to write
    those profiles, and what the regime keeps apart from promoting is closed to it.
    """
    may = Duty.PROMOTE if acting.role == Role.OGR else Duty.DIRECT
    dossier_of, member = dossiers(alliances), member_of(acting)
    for alliance in alliances:
        require(judge(dossier_of[alliance.pk], may, member))
        require(is_compatible(dossier_of[alliance.pk], Duty.PROMOTE, member))
    return Duty.PROMOTE


def _organisations(
    profiles: Sequence[PlannedProfile], acting: Membership, at: datetime
) -> dict[tuple[Party, Municipality | None], Organisation]:
    wanted = [(row.organisation, row.municipality) for row in profiles]
    return find_or_register_many(
        kind=OrganisationKind.PRODUCER, parties=wanted, acting=acting, at=at
    )


def _allies(
    profiles: Sequence[PlannedProfile], acting: Membership, at: datetime
) -> dict[Party, Organisation]:
    allies = find_or_register_many(
        kind=OrganisationKind.ALLY,
        parties=[(row.ally, None) for row in profiles if row.ally],
        acting=acting,
        at=at,
    )
    return {party: organisation for (party, _place), organisation in allies.items()}
