"""Deciding whether two persons of the register are one. Events name rows, never documents."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Event
from alliances.lifecycle.reasons import check_sentence
from alliances.people.models import DifferentPeople, Membership, Person, Producer
from alliances.persons.selectors import can_keep_persons, version_of_pair, why_not_one
from alliances.persons.table import CORRECT_DOCUMENT, TELL_APART
from kit.access import require
from kit.errors import Conflict, DomainError, Overtaken


class IdentityEvidence(TextChoices):
    """What was seen of the right document, when another one is corrected to it."""

    ORIGINAL = "original", gettext_lazy("The document itself was seen")
    COPY = "copy", gettext_lazy("A copy of the document was seen")
    ISSUER = "issuer", gettext_lazy("Whoever issues it confirmed it")


@transaction.atomic
def correct_document(
    *,
    wrong: Person,
    right: Person,
    evidence: str,
    reason: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Person:
    """A document was mistyped: what profiles say of ``wrong`` is of ``right``.

    Each alliance has its event, which tells the rows and the evidence. Afterwards nobody has the
    mistyped document. Raises NotAllowed, Overtaken, DomainError for two documents that are no slip
    of each other, for who would be twice in a profile or call, and for a poor reason.
    """
    require(can_keep_persons(acting, localtime(at).date()))
    if evidence not in IdentityEvidence.values:
        raise DomainError(_("Say what was seen of the right document."))
    check_sentence(reason)
    places = Producer.objects.filter(person=wrong).order_by("alliance").values_list("alliance")
    content = {"wrong": wrong.pk, "right": right.pk, "evidence": evidence}
    version = partial(version_of_pair, wrong.pk, right.pk)
    for number, (alliance,) in enumerate(places or _places_before(key)):
        with act_on(
            alliance,
            CORRECT_DOCUMENT,
            acting=acting,
            at=at,
            key=None if number else key,
            content=content,
            seen=None if number else seen,
            version=version,
            reason=reason,
        ) as act:
            if act.earlier:
                return right
            if not number and (problem := why_not_one(wrong, right)):
                raise DomainError(problem)
            row = act.alliance.producers.filter(person=wrong).first()
            if row is None:
                raise Overtaken(_("This changed while you were reading: read it again."))
            row.document_kind = right.document_kind
            row.document_number = right.document_number
            row.save(update_fields=["document_kind", "document_number"])
            act.data |= {
                "producer": row.pk,
                "person": right.pk,
                "instead_of": wrong.pk,
                "evidence": evidence,
            }
    return right


def _places_before(key: UUID | None) -> list[tuple[int]]:
    """The alliance of the act that was done under this key, when nothing is left of the wrong one.

    Raises Conflict when there was none: somebody else did it, or the profile let them go.
    """
    event = Event.objects.filter(key=key).first() if key else None
    if event is None or event.alliance_id is None:
        raise Conflict(_("Nothing is written of this person any more: somebody was faster."))
    return [(event.alliance_id,)]


def tell_apart(
    *,
    first: Person,
    second: Person,
    reason: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> DifferentPeople:
    """Two persons who seemed one are two: they are not proposed again.

    Twice is once. Raises NotAllowed, DomainError for a poor reason.
    """
    require(can_keep_persons(acting, localtime(at).date()))
    check_sentence(reason)
    pair = sorted((first.pk, second.pk))
    with act_on(
        None,
        TELL_APART,
        acting=acting,
        at=at,
        key=key,
        content={"first": pair[0], "second": pair[1]},
        reason=reason,
    ) as act:
        if act.earlier:
            return DifferentPeople.objects.get(first_id=pair[0], second_id=pair[1])
        apart, is_new = DifferentPeople.objects.get_or_create(first_id=pair[0], second_id=pair[1])
        if not is_new:
            act.skip()
        act.data |= {"first": pair[0], "second": pair[1]}
        return apart
