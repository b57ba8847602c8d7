"""Reads about profiles: what each lacks, who may see whom, and what waits on the home page."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.calls.models import Call, EligibilityRule
from alliances.documents.models import DocumentKind
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import BY_VERB, Status
from alliances.people.models import Consultant, Credential, Membership, Producer, Role
from alliances.preparation.models import Study
from alliances.preparation.rules import EDITABLE, ENDED_EARLY, STUDY_OPEN
from alliances.territory.workdays import add_working_days, working_days_between
from paap.access import ALLOWED, Verdict, refused

#: Who works with producers by name; everybody else reads counts.
SEES_PRODUCERS = frozenset(
    {Role.EIP, Role.OGR, Role.OGA, Role.CONSULTANT, Role.ORGANISATION, Role.MANAGER}
)
SEES_DOCUMENTS = frozenset({Role.OGR, Role.OGA})
IMPORTERS = frozenset({Role.OGR, Role.EIP})
KEEPS_CONSULTANTS = frozenset({Role.OGR, Role.EIP})
HOME_LIMIT = 12
STUDY_SECTIONS = ("technical", "market", "social", "environmental", "organisational")


# -- Who may see or do what has no duty of the ledger ---------------------------------------------
def can_see_producers(membership: Membership) -> Verdict:
    """Whether this role reads producers one by one (Ley 1581 of 2012: the minimum)."""
    if membership.role in SEES_PRODUCERS:
        return ALLOWED
    return refused(
        _("Producers are shown by name only to those who work with them; you see their counts.")
    )


def can_see_documents(membership: Membership) -> Verdict:
    """Whether this role may ask for a whole document number, which is recorded."""
    if membership.role in SEES_DOCUMENTS:
        return ALLOWED
    return refused(_("Only the OGR and the OGA of the alliance may see a whole document number."))


def can_import(membership: Membership) -> Verdict:
    """Whether this role may bring in files of profiles."""
    if membership.role in IMPORTERS:
        return ALLOWED
    return refused(_("Only the OGR of a region and the EIP import profiles."))


def consultants_visible_to(membership: Membership) -> QuerySet[Consultant]:
    """The register, for those who keep it; a consultant sees their own entry."""
    consultants = Consultant.objects.select_related("user")
    if membership.role in KEEPS_CONSULTANTS:
        return consultants
    return consultants.filter(user=membership.user_id)


def can_register_credential(consultant: Consultant, membership: Membership) -> Verdict:
    """The consultant themself, or those who keep the register."""
    if membership.role in KEEPS_CONSULTANTS or consultant.user_id == membership.user_id:
        return ALLOWED
    return refused(_("Only the consultant, the OGR and the EIP write credentials down."))


def can_verify_credential(credential: Credential, membership: Membership) -> Verdict:
    """Those who keep the register, never for themselves."""
    if credential.consultant.user_id == membership.user_id:
        return refused(_("Nobody verifies their own credentials."))
    if membership.role in KEEPS_CONSULTANTS:
        return ALLOWED
    return refused(_("Only the OGR and the EIP verify credentials."))


# -- Profiles and their producers ----------------------------------------------------------------
def open_calls(at: datetime) -> QuerySet[Call]:
    """Sealed calls that receive profiles on that day, latest first."""
    today = localtime(at).date()
    return Call.objects.filter(
        sealed_at__isnull=False, opens_on__lte=today, closes_on__gte=today
    ).order_by("-opens_on", "pk")


def producers_of(alliance: Alliance) -> QuerySet[Producer]:
    """The producers of a profile by surname."""
    return alliance.producers.order_by("surnames", "given_names", "pk")


def same_person_elsewhere(
    alliance: Alliance, identities: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """For each person already in another living profile of the same call, that profile's code."""
    wanted = set(identities)
    rows = (
        Producer.objects.filter(
            alliance__call=alliance.call_id, document_number__in=[number for _k, number in wanted]
        )
        .exclude(alliance=alliance.pk)
        .exclude(alliance__status__in=ENDED_EARLY)
        .order_by("alliance__code")
        .values_list("document_kind", "document_number", "alliance__code")
    )
    return {(kind, number): code for kind, number, code in rows if (kind, number) in wanted}


def with_gap_counts(alliances: QuerySet[Alliance]) -> QuerySet[Alliance]:
    """Each alliance with ``producer_count`` and ``without_consent``."""
    return alliances.annotate(
        producer_count=Count("producers"),
        without_consent=Count("producers", filter=Q(producers__consented_on__isnull=True)),
    )


def size_limits(calls: Iterable[int]) -> dict[int, EligibilityRule]:
    """How many producers each call wants, by call."""
    rules = EligibilityRule.objects.filter(call__in=set(calls), code=EligibilityRule.Code.SIZE)
    return {rule.call_id: rule for rule in rules}


def _counts_of(alliance: Alliance) -> tuple[int, int]:
    """What ``with_gap_counts`` added: producers, and those without consent."""
    return alliance.producer_count, alliance.without_consent  # type: ignore[attr-defined]


def gaps_of(alliance: Alliance, size: EligibilityRule | None) -> list[str]:
    """What the profile lacks to be presented; ``alliance`` comes from ``with_gap_counts``."""
    count, unsigned = _counts_of(alliance)
    gaps = []
    if alliance.ally_id is None:
        gaps.append(_("There is no commercial ally."))
    if count == 0:
        gaps.append(_("There are no producers."))
    elif size and not _within(count, size.minimum, size.maximum):
        gaps.append(_size_gap(count, size))
    if unsigned:
        gaps.append(
            ngettext(
                "%(count)d producer has not signed to the use of their data.",
                "%(count)d producers have not signed to the use of their data.",
                unsigned,
            )
            % {"count": unsigned}
        )
    return gaps


def _within(count: int, minimum: Decimal | None, maximum: Decimal | None) -> bool:
    return (minimum is None or count >= minimum) and (maximum is None or count <= maximum)


def _size_gap(count: int, size: EligibilityRule) -> str:
    figures = {
        "count": count,
        "minimum": int(size.minimum or 1),
        "maximum": int(size.maximum or 0),
    }
    if size.maximum is None:
        return _("There are %(count)d producers and the call asks for at least %(minimum)d.") % (
            figures
        )
    return _("There are %(count)d producers and the call asks for %(minimum)d to %(maximum)d.") % (
        figures
    )


def profile_gaps(alliance: Alliance) -> list[str]:
    """What one profile lacks to be presented; empty when it is complete."""
    counted = with_gap_counts(Alliance.objects.filter(pk=alliance.pk)).get()
    return gaps_of(counted, size_limits([alliance.call_id]).get(alliance.call_id))


def study_gaps(alliance: Alliance) -> list[str]:
    """What the study lacks to be presented; empty when it is complete."""
    study = Study.objects.filter(alliance=alliance).first()
    if study is None:
        return [_("The study has not been written.")]
    gaps = [
        _("The section «%(section)s» of the study is empty.") % {"section": field.verbose_name}
        for field in Study._meta.fields
        if field.name in STUDY_SECTIONS and not getattr(study, field.name).strip()
    ]
    if not alliance.documents.filter(kind=DocumentKind.STUDY).exists():
        gaps.append(_("No document of the study is attached."))
    return gaps


# -- Home ----------------------------------------------------------------------------------------
def waiting_for(membership: Membership, at: datetime) -> list[HomeItem]:
    """Profiles to complete or to verify, and studies to write, least time left first."""
    if membership.role == Role.OGR:
        return by_urgency([*_profiles_to_complete(membership, at), *_to_verify(membership, at)])
    if membership.role == Role.CONSULTANT:
        return by_urgency(_studies_to_write(membership, at))
    return []


def _oldest(membership: Membership, statuses: Iterable[Status]) -> QuerySet[Alliance]:
    """The alliances longest in these statuses, with their gap counts."""
    here = alliances_visible_to(membership).filter(status__in=list(statuses))
    return with_gap_counts(here).order_by("status_since", "pk")[:HOME_LIMIT]


def _profiles_to_complete(membership: Membership, at: datetime) -> list[HomeItem]:
    alliances = list(_oldest(membership, EDITABLE))
    sizes = size_limits(alliance.call_id for alliance in alliances)
    items = []
    for alliance in alliances:
        gaps = gaps_of(alliance, sizes.get(alliance.call_id))
        why = gaps[0] if gaps else _("It is complete: present it.")
        if len(gaps) > 1:
            why = ngettext(
                "%(gap)s And %(more)d more thing.",
                "%(gap)s And %(more)d more things.",
                len(gaps) - 1,
            ) % {"gap": gaps[0], "more": len(gaps) - 1}
        page = "alliances:producer-list" if gaps else "alliances:alliance-detail"
        title = (
            _("Correct the profile")
            if alliance.status == Status.RETURNED
            else _("Complete the profile")
        )
        items.append(_item(alliance, title, why, page, "submit", at))
    return items


def _to_verify(membership: Membership, at: datetime) -> list[HomeItem]:
    items = []
    for alliance in _oldest(membership, [Status.SUBMITTED]):
        count, _unsigned = _counts_of(alliance)
        why = ngettext("%(count)d producer", "%(count)d producers", count) % {"count": count}
        title, page = _("Verify eligibility"), "alliances:eligibility"
        items.append(_item(alliance, title, why, page, "verify", at))
    return items


def _studies_to_write(membership: Membership, at: datetime) -> list[HomeItem]:
    return [
        _item(
            alliance,
            _("Write the study"),
            str(Status(alliance.status).label),
            "alliances:study",
            "submit_study",
            at,
        )
        for alliance in _oldest(membership, STUDY_OPEN)
    ]


def _item(alliance: Alliance, title: str, why: str, page: str, verb: str, at: datetime) -> HomeItem:
    """A row with the working days left of the verb that ends this status."""
    since = localtime(alliance.status_since).date()
    due_on = add_working_days(since, BY_VERB[verb].target_days)
    left = working_days_between(localtime(at).date(), due_on)
    return HomeItem(
        title=title,
        alliance=str(alliance),
        why=why,
        tone="late" if left < 0 else "attention" if left <= 3 else "good",
        url=reverse(page, args=[alliance.code]),
        action=_("Open"),
        since=alliance.status_since,
        alliance_id=alliance.pk,
        slack=left,
    )
