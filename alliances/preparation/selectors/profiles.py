"""Profiles and their producers: what each lacks, who is elsewhere, what the figures are."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.calls.models import Call, CallRegion, EligibilityRule
from alliances.documents.models import DocumentKind
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import EDITABLE, ENDED_EARLY, Status
from alliances.people.counts import count_for, counts_for
from alliances.people.models import Membership, Organisation, Producer
from alliances.people.roles import Role
from alliances.preparation.models import PreinvestmentStudy
from kit.figures import number
from kit.files.headings import plain
from kit.names import by_name

STUDY_SECTIONS = ("technical", "market", "social", "environmental", "organisational")


def open_calls(at: datetime) -> QuerySet[Call]:
    """Sealed calls that receive profiles on that day, latest first."""
    today = localtime(at).date()
    return Call.objects.filter(
        sealed_at__isnull=False, opens_on__lte=today, closes_on__gte=today
    ).order_by("-opens_on", "pk")


def open_calls_for(membership: Membership, at: datetime) -> QuerySet[Call]:
    """Those to which this member may bring profiles: an organisation's, where its region is."""
    calls, place = open_calls(at), membership.organisation.municipality
    if membership.role != Role.ORGANISATION or place is None:
        return calls
    here = CallRegion.objects.filter(call=OuterRef("pk"), call_region=place.department.call_region)
    return calls.filter(Exists(here))


def producers_of(alliance: Alliance) -> QuerySet[Producer]:
    """The producers of a profile by surname."""
    return alliance.producers.order_by(*by_name("surnames", "given_names"), "pk")


def managers_of(organisation: Organisation, on: date) -> QuerySet[Membership]:
    """The people whose role is to manage an organisation."""
    return (
        Membership.objects.valid_on(on)
        .filter(organisation=organisation, role=Role.MANAGER)
        .with_names()
        .order_by("pk")
    )


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


def same_name_elsewhere(
    call: Call, alike: Collection[tuple[str, date]]
) -> list[tuple[tuple[str, date], tuple[str, str], str]]:
    """People of living profiles of a call who have one of these names (plain) and days of birth.

    With each, their identity and the code of their profile.
    """
    rows = (
        Producer.objects.filter(alliance__call=call, born_on__in={day for _name, day in alike})
        .exclude(alliance__status__in=ENDED_EARLY)
        .order_by("alliance__code", "pk")
        .values_list(
            "given_names",
            "surnames",
            "born_on",
            "document_kind",
            "document_number",
            "alliance__code",
        )
    )
    people = (
        ((plain(f"{given} {surnames}"), born_on), (kind, number), code)
        for given, surnames, born_on, kind, number, code in rows
    )
    return [row for row in people if row[0] in alike]


def presented_in(call: Call) -> dict[tuple[str, str], str]:
    """For each NIT and product of a living profile of a call, its code: neither enters twice."""
    rows = (
        Alliance.objects.filter(call=call)
        .exclude(status__in=ENDED_EARLY)
        .exclude(organisation__nit="")
        .order_by("pk")
        .values_list("organisation__nit", "crop", "code")
    )
    return {(nit, crop): code for nit, crop, code in rows}


def with_gap_counts(alliances: QuerySet[Alliance]) -> QuerySet[Alliance]:
    """Each alliance with ``producer_count`` and ``without_consent``.

    Counted alliance by alliance, so that a page counts those of its own rows alone.
    """
    own = Producer.objects.filter(alliance=OuterRef("pk"))
    return alliances.annotate(
        producer_count=_count(own), without_consent=_count(own.filter(consented_on__isnull=True))
    )


def _count(producers: QuerySet[Producer]) -> Coalesce:
    by_alliance = producers.order_by().values("alliance").annotate(count=Count("pk"))
    return Coalesce(Subquery(by_alliance.values("count")), 0)


def size_limits(calls: Iterable[int]) -> dict[int, EligibilityRule]:
    """How many producers each call wants, by call."""
    rules = EligibilityRule.objects.filter(call__in=set(calls), code=EligibilityRule.Code.SIZE)
    return {rule.call_id: rule for rule in rules}


def counts_of(alliance: Alliance) -> tuple[int, int]:
    """What ``with_gap_counts`` added: producers, and those without consent."""
    return alliance.producer_count, alliance.without_consent  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Gap:
    """One thing that a profile lacks, in words, and the page that mends it."""

    text: str
    page: str


def gaps_of(alliance: Alliance, size: EligibilityRule | None) -> list[str]:
    """What the profile lacks to be presented; ``alliance`` comes from ``with_gap_counts``."""
    return [gap.text for gap in _gaps(alliance, size)]


def _gaps(alliance: Alliance, size: EligibilityRule | None) -> Iterator[Gap]:
    count, unsigned = counts_of(alliance)
    if alliance.ally_id is None:
        yield Gap(_("There is no commercial ally."), "alliances:profile-edit")
    if count == 0:
        yield Gap(_("There are no producers."), "alliances:producer-create")
    elif size and not _within(count, size.minimum, size.maximum):
        yield Gap(_size_gap(count, size), "alliances:producer-list")
    if unsigned:
        text = ngettext(
            "%(count)s producer has not signed to the use of their data.",
            "%(count)s producers have not signed to the use of their data.",
            unsigned,
        ) % {"count": number(unsigned)}
        yield Gap(text, "alliances:producer-list")


def _within(count: int, minimum: Decimal | None, maximum: Decimal | None) -> bool:
    return (minimum is None or count >= minimum) and (maximum is None or count <= maximum)


def _size_gap(count: int, size: EligibilityRule) -> str:
    figures = {
        "count": number(count),
        "minimum": number(size.minimum or 1),
        "maximum": number(size.maximum or 0),
    }
    if size.maximum is None:
        return _("There are %(count)s producers and the call asks for at least %(minimum)s.") % (
            figures
        )
    return _("There are %(count)s producers and the call asks for %(minimum)s to %(maximum)s.") % (
        figures
    )


#: Profiles somebody is still preparing or reading: the desk of the OGR.
ON_DESK = (*EDITABLE, Status.SUBMITTED)


@dataclass(frozen=True)
class DeskRow:
    """A profile in preparation and what it lacks."""

    alliance: Alliance
    producers: int
    gaps: tuple[str, ...]

    @property
    def is_with_reader(self) -> bool:
        """Presented, and waiting for its eligibility to be declared."""
        return self.alliance.status == Status.SUBMITTED


def profiles_on_desk(membership: Membership) -> QuerySet[Alliance]:
    """The profiles this person sees that are not yet eligible, longest waiting first."""
    desk = alliances_visible_to(membership).filter(status__in=list(ON_DESK))
    return (
        with_gap_counts(desk)
        .select_related("organisation", "municipality__department", "crop", "call")
        .order_by("status_since", "pk")
    )


def desk_rows(alliances: Iterable[Alliance]) -> list[DeskRow]:
    """The page's rows, in a number of queries that does not grow with them."""
    rows = list(alliances)
    sizes = size_limits(row.call_id for row in rows)
    return [
        DeskRow(
            alliance=row,
            producers=counts_of(row)[0],
            gaps=tuple(gaps_of(row, sizes.get(row.call_id))) if row.status in EDITABLE else (),
        )
        for row in rows
    ]


def profile_gaps(alliance: Alliance) -> list[str]:
    """What one profile lacks to be presented; empty when it is complete."""
    return [gap.text for gap in gaps_to_mend(alliance)]


def gaps_to_mend(alliance: Alliance) -> list[Gap]:
    """The same, each with the page that mends it."""
    counted = with_gap_counts(Alliance.objects.filter(pk=alliance.pk)).get()
    return list(_gaps(counted, size_limits([alliance.call_id]).get(alliance.call_id)))


def study_gaps(alliance: Alliance) -> list[str]:
    """What the study lacks to be presented; empty when it is complete."""
    study = PreinvestmentStudy.objects.filter(alliance=alliance).first()
    if study is None:
        return [_("The study has not been written.")]
    gaps = [
        _("The section «%(section)s» of the study is empty.") % {"section": field.verbose_name}
        for field in PreinvestmentStudy._meta.fields
        if field.name in STUDY_SECTIONS and not getattr(study, field.name).strip()
    ]
    if not alliance.documents.filter(kind=DocumentKind.STUDY).exists():
        gaps.append(_("No document of the study is attached."))
    return gaps


@dataclass(frozen=True)
class ProfileFigures:
    """A profile's producers in figures, without a personal field; None for what is not shown."""

    count: int | None
    women: int | None
    project_area_ha: Decimal | None = None
    experience_years: Decimal | None = None


def producer_figures(alliance: Alliance, membership: Membership) -> ProfileFigures:
    """How many, how many women, how much land and experience, as this membership may read it."""
    totals = alliance.producers.aggregate(
        count=Count("pk"),
        women=Count("pk", filter=Q(sex=Producer.Sex.FEMALE)),
        project_area_ha=Sum("project_area_ha"),
        experience_years=Avg("experience_years"),
    )
    women, _others = counts_for(membership, [totals["women"], totals["count"] - totals["women"]])
    if count_for(membership, totals["count"]) is None:
        return ProfileFigures(count=None, women=None)
    return ProfileFigures(**totals | {"women": women})
