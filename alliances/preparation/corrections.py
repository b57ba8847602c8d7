"""What a workbook that came back would change: matched with what stands, row by row.

Reads the database, writes nothing. A row is known by our key of it; a producer without one is new
in the profile of its row. What a workbook does not name stays as it is: nobody leaves a profile for
want of a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_do, with_names
from alliances.people.identifiers import masked
from alliances.people.models import Membership, Producer
from alliances.preparation.catalogue import Catalogue
from alliances.preparation.plan import PlannedProfile, in_order, planned_profile
from alliances.preparation.plan_people import read_producer
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.selectors import profile_cells, same_person_elsewhere
from alliances.preparation.table import ADD_PRODUCER, UPDATE_PRODUCER, UPDATE_PROFILE
from alliances.preparation.workbook.columns import PRODUCER_COLUMNS, PROFILE_COLUMNS
from alliances.preparation.workbook.reading import Contents
from alliances.preparation.workbook.writing import in_words
from kit.errors import RowError
from kit.figures import number
from kit.files.columns import Mistakes, Record
from kit.files.parsers import HIDDEN
from kit.versions import version_of

#: Each is an act of its own, with its event: more would keep a person waiting.
MAX_CHANGES = 500
HEADINGS = {column.key: column.heading for column in (*PROFILE_COLUMNS, *PRODUCER_COLUMNS)}


@dataclass(frozen=True)
class Change:
    """One cell that says otherwise than what stands, both as the workbook writes them."""

    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """One row that changes something: a profile, a producer, or a producer who is new."""

    record: Record
    alliance: Alliance
    who: str
    changes: tuple[Change, ...]
    profile: PlannedProfile | None = None
    producer: Producer | None = None
    data: ProducerData | None = None

    @property
    def is_new(self) -> bool:
        """A producer who is not in the profile yet."""
        return self.data is not None and self.producer is None


@dataclass(frozen=True)
class CorrectionPlan:
    """What would change, or every mistake that prevents it."""

    rows: tuple[RowChange, ...]
    unchanged: int
    mistakes: tuple[RowError, ...]

    @property
    def version(self) -> str:
        """What was previewed: the very rows as they stood, and what each becomes."""
        return version_of(
            *(
                (
                    row.alliance.version,
                    row.producer.version if row.producer else "",
                    [(change.heading, change.after) for change in row.changes],
                )
                for row in self.rows
            )
        )


def plan_corrections(
    *, contents: Contents, profiles: QuerySet[Alliance], acting: Membership, at: datetime
) -> CorrectionPlan:
    """Match a workbook with these profiles, which may change."""
    mistakes: Mistakes = list(contents.mistakes)
    scope = _Scope.load(contents, profiles)
    catalogue = Catalogue.load(acting, at)
    rows = [
        *_profiles(contents.profiles, scope, catalogue, mistakes),
        *_producers(contents.producers, scope, catalogue.today, mistakes),
    ]
    changed = [row for row in rows if row.changes]
    _check_allowed(changed, acting, mistakes)
    _check_elsewhere(changed, mistakes)
    if len(changed) > MAX_CHANGES:
        message = _("%(count)s rows change and the most is %(limit)s: split the file in two.")
        values = {"count": number(len(changed)), "limit": number(MAX_CHANGES)}
        mistakes.append(changed[MAX_CHANGES].record.mistake("code", message % values))
    return CorrectionPlan(
        rows=() if mistakes else tuple(changed),
        unchanged=len(rows) - len(changed),
        mistakes=tuple(sorted(mistakes, key=in_order)),
    )


@dataclass(frozen=True)
class _Scope:
    """The profiles that a workbook may name, by our code and by the code it gives them."""

    by_code: Mapping[str, Alliance]
    producers: Mapping[int, Producer]

    @classmethod
    def load(cls, contents: Contents, profiles: QuerySet[Alliance]) -> "_Scope":
        alliances = {row.code: row for row in with_names(profiles)}
        names = dict(alliances)
        for code, alliance in _own_codes(alliances.values()).items():
            names.setdefault(code, alliance)
        for record in contents.profiles:
            ours, code = record.get("profile_id"), record.get("code")
            if ours in alliances and code:
                names[code] = alliances[ours]
        producers = Producer.objects.filter(alliance__in=alliances.values())
        return cls(names, {row.pk: row for row in producers})


def _own_codes(alliances: Iterable[Alliance]) -> dict[str, Alliance]:
    """Profiles by the code of whoever wrote them, where it names one."""
    own: dict[str, list[Alliance]] = {}
    for alliance in alliances:
        own.setdefault(alliance.own_code, []).append(alliance)
    return {code: rows[0] for code, rows in own.items() if code and len(rows) == 1}


# -- Profiles --------------------------------------------------------------------------------------
def _profiles(
    records: Iterable[Record], scope: _Scope, catalogue: Catalogue, mistakes: Mistakes
) -> list[RowChange]:
    rows: list[RowChange] = []
    seen: dict[int, Record] = {}
    for record in records:
        alliance = scope.by_code.get(record.get("profile_id") or "")
        if alliance is None:
            message = _("This is no profile of yours that can change: leave its identifier as is.")
            mistakes.append(record.mistake("profile_id", message))
            continue
        if _is_twice(seen, alliance.pk, record, "profile_id", mistakes):
            continue
        planned = planned_profile(record, [], catalogue, mistakes, held=alliance.crop_id)
        if planned:
            changes = _changes(profile_cells(alliance), _planned_cells(planned))
            _check_fixed(record, alliance, planned, mistakes)
            rows.append(RowChange(record, alliance, alliance.code, changes, profile=planned))
    return rows


def _planned_cells(planned: PlannedProfile) -> dict[str, Any]:
    return {
        "name": planned.name,
        "organisation": planned.organisation.name,
        "nit": planned.organisation.nit,
        "municipality_code": planned.municipality.pk,
        "crop": planned.crop.name_es,
        "ally": planned.ally.name if planned.ally else "",
        "ally_nit": planned.ally.nit if planned.ally else "",
        "route": planned.route,
        "total_value_cop": planned.total_value_cop,
        "incentive_cop": planned.incentive_cop,
    }


def _check_fixed(
    record: Record, alliance: Alliance, planned: PlannedProfile, mistakes: Mistakes
) -> None:
    """What the register of organisations and the code say is not changed by a profile."""
    organisation = alliance.organisation
    is_same = planned.organisation.nit == organisation.nit
    if is_same and planned.organisation.founded_on != organisation.founded_on:
        message = _("The date of a registered organisation is not changed here: leave it as is.")
        mistakes.append(record.mistake("founded_on", message))
    if planned.municipality.department_id != alliance.municipality.department_id:
        message = _("The code %(code)s belongs to %(department)s: withdraw it and create another.")
        values = {"code": alliance.code, "department": alliance.municipality.department}
        mistakes.append(record.mistake("municipality_code", message % values))


# -- Producers -------------------------------------------------------------------------------------
def _producers(
    records: Iterable[Record], scope: _Scope, today: date, mistakes: Mistakes
) -> list[RowChange]:
    rows: list[RowChange] = []
    seen: dict[int, Record] = {}
    for record in records:
        alliance, producer = _of_row(record, scope, mistakes)
        if alliance is None:
            continue
        if producer and _is_twice(seen, producer.pk, record, "producer_id", mistakes):
            continue
        data = read_producer(record)
        if data is None:
            continue
        data = _with_document(record, data, producer, mistakes)
        problems = producer_problems(data, today)
        mistakes.extend(record.mistake(key, text) for key, text in problems.items())
        before = asdict(data_of(producer)) if producer else {}
        changes = _changes(before, asdict(data))
        who = f"{data.given_names} {data.surnames}"
        rows.append(RowChange(record, alliance, who, changes, producer=producer, data=data))
    return rows


def _of_row(
    record: Record, scope: _Scope, mistakes: Mistakes
) -> tuple[Alliance | None, Producer | None]:
    """The profile and the producer that a row is of; none without a profile, with the mistake."""
    number, code = record.get("producer_id"), record.get("code")
    producer = scope.producers.get(number) if number else None
    alliance = scope.by_code.get(code or "")
    if code is None or "producer_id" in record.unread:
        return None, None
    if number and producer is None:
        message = _("This is no producer of a profile of yours: leave its identifier as it is.")
        mistakes.append(record.mistake("producer_id", message))
    elif alliance is None:
        message = _("There is no profile «%(code)s» that you can change.")
        mistakes.append(record.mistake("code", message % {"code": code}))
    elif producer and producer.alliance_id != alliance.pk:
        message = _("Nobody goes from one profile to another here: write the profile as it was.")
        mistakes.append(record.mistake("code", message))
    else:
        return alliance, producer
    return None, None


def _with_document(
    record: Record, data: ProducerData, producer: Producer | None, mistakes: Mistakes
) -> ProducerData:
    """The document that stands, where the workbook says it as it was exported."""
    if not data.document_number.startswith(HIDDEN):
        return data
    if producer and data.document_number == producer.masked_document:
        return replace(data, document_number=producer.document_number)
    message = _("Write the whole document, or leave it as it was exported.")
    mistakes.append(record.mistake("document_number", message))
    return data


def data_of(producer: Producer) -> ProducerData:
    """What is written of a producer."""
    return ProducerData(**{field.name: getattr(producer, field.name) for field in _DATA})


_DATA = fields(ProducerData)


# -- What both share -------------------------------------------------------------------------------
def _is_twice(
    seen: dict[int, Record], key: int, record: Record, column: str, mistakes: Mistakes
) -> bool:
    earlier = seen.setdefault(key, record)
    if earlier is not record:
        message = _("This is already in row %(row)d: delete one of the two.")
        mistakes.append(record.mistake(column, message % {"row": earlier.row}))
    return earlier is not record


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(HEADINGS[key], shown_cell(key, before.get(key)), shown_cell(key, value))
        for key, value in after.items()
        if before.get(key, "") != value and (before or value not in ("", None))
    )


def shown_cell(key: str, value: Any) -> str:
    """A cell as the preview shows it; of a document its last digits."""
    if key == "document_number" and value:
        return masked(value)
    words = in_words(key, value)
    if isinstance(words, date):
        return f"{words:%d/%m/%Y}"
    if isinstance(words, Decimal):
        return f"{words.normalize():f}"
    return "" if words is None else str(words)


def _check_allowed(rows: Sequence[RowChange], acting: Membership, mistakes: Mistakes) -> None:
    """What a row changes is an act, and not everybody's."""
    verdicts: dict[tuple[int, str], Any] = {}
    for row in rows:
        act = UPDATE_PROFILE if row.profile else ADD_PRODUCER if row.is_new else UPDATE_PRODUCER
        key = (row.alliance.pk, act.verb)
        if key not in verdicts:
            verdicts[key] = may_do(row.alliance, act, acting)
        if not verdicts[key]:
            mistakes.append(row.record.mistake("code", verdicts[key].reason))


def _check_elsewhere(rows: Sequence[RowChange], mistakes: Mistakes) -> None:
    """Nobody takes part twice: in the workbook, in the profile or in the call."""
    of_profile: dict[int, list[RowChange]] = {}
    for row in rows:
        if row.data:
            of_profile.setdefault(row.alliance.pk, []).append(row)
    seen: dict[tuple[int, tuple[str, str]], Record] = {}
    for changed in of_profile.values():
        alliance = changed[0].alliance
        moved = {row.producer.pk for row in changed if row.producer}
        here = {
            (row.document_kind, row.document_number)
            for row in alliance.producers.exclude(pk__in=moved)
        }
        identities = [row.data.identity for row in changed if row.data]
        elsewhere = same_person_elsewhere(alliance, identities)
        for row in changed:
            assert row.data
            identity = row.data.identity
            first = seen.setdefault((alliance.call_id, identity), row.record)
            if first is not row.record:
                message = _("This person is already in row %(row)d: delete one of the two.")
                message %= {"row": first.row}
            elif identity in here:
                message = _("This person is already in this profile.")
            elif identity in elsewhere:
                message = _("This person is already in profile %(code)s of this call.")
                message %= {"code": elsewhere[identity]}
            else:
                continue
            mistakes.append(row.record.mistake("document_number", message))
