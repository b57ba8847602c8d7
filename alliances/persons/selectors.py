"""Reads of the register: what it knows of somebody, and who may be there twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import ENDED_EARLY, SUPPORTED
from alliances.people.models import Membership, Person, Producer
from alliances.people.roles import Role
from alliances.persons.rules import is_slip
from kit.access import ALLOWED, Verdict, refused
from kit.names import folded
from kit.versions import version_of

READS_REGISTER = frozenset({Role.EIP, Role.OGR})


# -- Who reads and who decides --------------------------------------------------------------------
def can_read_register(membership: Membership) -> Verdict:
    """Whether this role asks where else a producer of theirs took part."""
    if membership.role in READS_REGISTER:
        return ALLOWED
    return refused(_("The register of persons is read by the OGR and the EIP."))


def can_keep_persons(membership: Membership, on: date) -> Verdict:
    """Whether this membership decides if two people are one, on a day."""
    if membership.role != Role.EIP:
        return refused(_("Whether two people are one is decided by the EIP."))
    if not membership.is_valid_on(on):
        return refused(_("%(member)s: this role is not in force today.") % {"member": membership})
    return ALLOWED


def persons_visible_to(membership: Membership) -> QuerySet[Person]:
    """Persons of the alliances that this membership sees."""
    producers = Producer.objects.filter(alliance__in=alliances_visible_to(membership))
    return Person.objects.filter(pk__in=producers.values("person"))


# -- What the register knows of a person ----------------------------------------------------------
def participations_of(person: Person) -> QuerySet[Producer]:
    """Every profile that names a person, the latest first."""
    return person.producers.select_related(
        "alliance__call", "alliance__organisation", "alliance__municipality__department"
    ).order_by("-alliance__created_at", "-pk")


def record_in_words(code: str, call: str) -> str:
    """A record of the register as a finding names it."""
    return _("%(code)s of «%(call)s»") % {"code": code, "call": call}


def support_on_record(alliance: Alliance, persons: Collection[int]) -> dict[int, str]:
    """For each of these persons in another executed alliance, the first such record in words.

    Of two that were both executed, the later one is no earlier support of the other's people.
    """
    rows = Producer.objects.filter(person__in=persons, alliance__status__in=SUPPORTED)
    rows = rows.exclude(alliance=alliance.pk)
    if alliance.status in SUPPORTED:
        rows = rows.filter(alliance__lt=alliance.pk)
    records = rows.order_by("-alliance").values_list(
        "person", "alliance__code", "alliance__call__name"
    )
    return {person: record_in_words(code, call) for person, code, call in records}


@dataclass(frozen=True)
class Housemates:
    """People of this call who, by an earlier record, live with somebody: how many, and which."""

    others: int
    record: str


NO_HOUSEMATES = Housemates(0, "")


def housemates_on_record(
    alliance: Alliance, producers: Collection[Producer]
) -> dict[int, Housemates]:
    """For each producer's person, those of one household in another profile who take part now.

    They take part in this profile, declared as another household, or in another living profile of
    the call.
    """
    declared = {row.person_id: row.household_key for row in producers}
    shared = _shared_households(alliance, declared)
    there = _in_call(alliance, {mate for mates in shared.values() for mate in mates})
    housemates = {}
    for person, mates in shared.items():
        apart = {
            mate: record
            for mate, record in mates.items()
            if (_are_apart(declared[person], declared[mate]) if mate in declared else mate in there)
        }
        if apart:
            housemates[person] = Housemates(len(apart), min(apart.values()))
    return housemates


def _are_apart(one: str, other: str) -> bool:
    """Whether two people of a profile are counted as two households, or of none."""
    return not one or one != other


def _shared_households(alliance: Alliance, persons: Collection[int]) -> dict[int, dict[int, str]]:
    """For each person, who shares a household code with them in another profile, and where."""
    elsewhere = Producer.objects.exclude(alliance=alliance.pk).exclude(household_key="")
    homes = defaultdict(set)
    for person, place, key in elsewhere.filter(person__in=persons).values_list(
        "person", "alliance", "household_key"
    ):
        homes[place, key].add(person)
    if not homes:
        return {}
    rows = elsewhere.filter(
        alliance__in={place for place, _key in homes}, household_key__in={key for _, key in homes}
    ).values_list("person", "alliance", "household_key", "alliance__code", "alliance__call__name")
    shared: dict[int, dict[int, str]] = defaultdict(dict)
    for mate, place, key, code, call in rows:
        for person in homes.get((place, key), set()) - {mate}:
            shared[person][mate] = record_in_words(code, call)
    return shared


def _in_call(alliance: Alliance, persons: Collection[int]) -> set[int]:
    """Those of these persons who are in another living profile of the call."""
    if not persons:
        return set()
    rows = Producer.objects.filter(person__in=persons, alliance__call=alliance.call_id)
    rows = rows.exclude(alliance=alliance.pk).exclude(alliance__status__in=ENDED_EARLY)
    return set(rows.values_list("person", flat=True))


# -- Who may be there twice -----------------------------------------------------------------------
LIKENESSES: dict[str, Promise] = {
    "document": gettext_lazy("Documents one slip apart"),
    "name": gettext_lazy("The same name"),
    "born_on": gettext_lazy("The same date of birth"),
    "phone": gettext_lazy("The same telephone"),
    "household": gettext_lazy("The same household"),
}
#: The letters of names that are compared without their marks.
_MARKED = "".join(map(chr, (0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xFC, 0xF1)))
#: Two rows that share a day of birth or a name, and one thing more. A slip leaves the first or the
#: last digits of a document as they were: ``is_slip`` then reads both whole.
_ALIKE = """
    WITH written AS MATERIALIZED (
        SELECT person_id, id, alliance_id, born_on, phone, document_number AS number,
               nullif(household_key, '') AS household,
               translate(lower(given_names || ' ' || surnames), %(marked)s, %(bare)s) AS name
          FROM alliances_producer),
    alike AS (
        SELECT a.id AS one, b.id AS other, a.person_id AS first, b.person_id AS second
          FROM written a JOIN written b ON a.born_on = b.born_on AND a.person_id < b.person_id
         WHERE a.name = b.name OR nullif(a.phone, '') = b.phone
            OR (a.alliance_id, a.household) = (b.alliance_id, b.household)
            OR left(a.number, 4) = left(b.number, 4) OR right(a.number, 4) = right(b.number, 4)
        UNION ALL
        SELECT a.id, b.id, a.person_id, b.person_id
          FROM written a JOIN written b ON a.name = b.name AND a.person_id < b.person_id
         WHERE a.born_on <> b.born_on
           AND (nullif(a.phone, '') = b.phone
                OR (a.alliance_id, a.household) = (b.alliance_id, b.household)
                OR left(a.number, 4) = left(b.number, 4)
                OR right(a.number, 4) = right(b.number, 4)))
    SELECT one, other FROM alike
     WHERE NOT EXISTS (SELECT FROM alliances_differentpeople AS apart
                        WHERE (apart.first_id, apart.second_id) = (alike.first, alike.second))
     ORDER BY first, second, one, other
"""


@dataclass(frozen=True)
class LikePair:
    """Two persons who may be one: a row of each, and what is alike in them."""

    first: Producer
    second: Producer
    likenesses: tuple[str, ...]

    @property
    def is_slip(self) -> bool:
        """Whether one of the documents may be the other one, mistyped."""
        return "document" in self.likenesses

    @property
    def words(self) -> list[str]:
        return [str(LIKENESSES[name]) for name in self.likenesses]


def possible_duplicates() -> list[LikePair]:
    """Pairs of persons who may be one and were not told apart, the likest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, {"marked": _MARKED, "bare": "aeiouun"})
        pairs = cursor.fetchall()
    rows = Producer.objects.select_related("alliance__call").in_bulk(
        {pk for pair in pairs for pk in pair}
    )
    likest: dict[tuple[int, int], LikePair] = {}
    for one, other in pairs:
        pair = like_pair(rows[one], rows[other])
        persons = (pair.first.person_id, pair.second.person_id)
        if len(pair.likenesses) > len(likest[persons].likenesses if persons in likest else ()):
            likest[persons] = pair
    enough = [pair for pair in likest.values() if len(pair.likenesses) > 1]
    return sorted(enough, key=lambda pair: (-len(pair.likenesses), pair.first.pk, pair.second.pk))


def like_pair(one: Producer, other: Producer) -> LikePair:
    """What is alike in two rows."""
    alike = {
        "document": is_slip(_document(one), _document(other)),
        "name": folded(str(one)) == folded(str(other)),
        "born_on": one.born_on == other.born_on,
        "phone": bool(one.phone) and one.phone == other.phone,
        "household": bool(one.household_key)
        and (one.alliance_id, one.household_key) == (other.alliance_id, other.household_key),
    }
    return LikePair(one, other, tuple(name for name, holds in alike.items() if holds))


def _document(row: Producer | Person) -> tuple[str, str]:
    return row.document_kind, row.document_number


def pair_of(first: Person, second: Person) -> LikePair:
    """The latest row of each of two persons, and what is alike in them."""
    return like_pair(*(participations_of(person)[0] for person in (first, second)))


def version_of_pair(first: int, second: int) -> str:
    """What changes whenever anything written of either person does."""
    rows = Producer.objects.filter(person__in=(first, second)).order_by("pk")
    return version_of(*(row.version for row in rows))


def why_not_one(wrong: Person, right: Person) -> str:
    """What keeps a document from being corrected to the other one; empty when nothing does."""
    if not is_slip(_document(wrong), _document(right)):
        return _(
            "Their documents are more than one slip of the finger apart: the register never joins "
            "two documents."
        )
    by_call: Mapping[int, Producer] = {
        row.alliance.call_id: row for row in _living(participations_of(right))
    }
    places = {row.alliance_id: row for row in participations_of(right)}
    for row in participations_of(wrong):
        both = places.get(row.alliance_id) or (
            by_call.get(row.alliance.call_id) if row.alliance.status not in ENDED_EARLY else None
        )
        if both:
            return _(
                "Both take part in one call, in %(one)s and %(other)s: take the one who is there "
                "twice out of a profile first."
            ) % {"one": row.alliance.code, "other": both.alliance.code}
    return ""


def _living(rows: Iterable[Producer]) -> list[Producer]:
    return [row for row in rows if row.alliance.status not in ENDED_EARLY]
