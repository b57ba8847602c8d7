"""The producers of a file that would be imported: whole, once each, of a profile in the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from django.utils.translation import gettext as _

from alliances.calls.models import Call
from alliances.lifecycle.models import Alliance
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.selectors import same_name_elsewhere, same_person_elsewhere
from alliances.preparation.workbook.reading import Contents
from kit.errors import RowError
from kit.files.columns import Mistakes, Record
from kit.files.headings import plain
from kit.files.parsers import HIDDEN

Identity = tuple[str, str]
#: Names as they are compared, and the day of birth.
Likeness = tuple[str, date]

#: What may be blank, as on the form, and what stands for it.
OPTIONAL = {
    **dict.fromkeys(("phone", "household_key", "farm_name", "special_group"), ""),
    **dict.fromkeys(
        ("literate", "is_member", "member_since", "had_earlier_support", "consented_on")
    ),
}
FIELDS = tuple(field.name for field in fields(ProducerData))


@dataclass(frozen=True)
class People:
    """Producers by the code of their profile, and what must be asked of them."""

    by_code: dict[str, list[ProducerData]] = field(default_factory=dict)
    questions: list[RowError] = field(default_factory=list)


def planned_people(contents: Contents, *, call: Call, today: date, mistakes: Mistakes) -> People:
    """The producers of a file; adds every mistake found to ``mistakes``."""
    codes = {record.get("code") for record in contents.profiles}
    people = People()
    seen: dict[Identity, Record] = {}
    alike: dict[Likeness, Record] = {}
    for record in contents.producers:
        _check_profile(record, codes, mistakes)
        data = read_producer(record)
        if data is None:
            continue
        if data.document_number.startswith(HIDDEN):
            message = _("Write the whole document: this row is new here.")
            mistakes.append(record.mistake("document_number", message))
            continue
        problems = producer_problems(data, today)
        mistakes.extend(record.mistake(key, message) for key, message in problems.items())
        if _is_first(seen, data.identity, record, mistakes):
            people.by_code.setdefault(record.values["code"], []).append(data)
            _ask_of_twin(alike, data, record, people.questions)
    _check_elsewhere(call, seen, mistakes)
    _ask_elsewhere(call, alike, seen, people.questions)
    return people


def _check_profile(record: Record, codes: set[str | None], mistakes: Mistakes) -> None:
    code = record.get("code")
    if code is not None and codes and code not in codes:
        message = _("There is no profile «%(code)s» on the sheet «Perfiles»: correct the code.")
        mistakes.append(record.mistake("code", message % {"code": code}))


def read_producer(record: Record) -> ProducerData | None:
    """The data of a row that could be read whole."""
    needed = ("code", *(name for name in FIELDS if name not in OPTIONAL))
    if record.unread.intersection(FIELDS) or not record.has_all(*needed):
        return None
    values = {name: record.get(name) for name in FIELDS}
    return ProducerData(**(values | {k: v for k, v in OPTIONAL.items() if values[k] is None}))


def _is_first(
    seen: dict[Identity, Record], identity: Identity, record: Record, mistakes: Mistakes
) -> bool:
    """Whether this person was not in the file before."""
    earlier = seen.setdefault(identity, record)
    if earlier is record:
        return True
    if earlier.get("code") == record.get("code"):
        message = _("This person is already in row %(row)d: delete one of the two.")
    else:
        message = _("This person is in profile «%(code)s», row %(row)d: leave them in one profile.")
    values = {"row": earlier.row, "code": earlier.get("code")}
    mistakes.append(record.mistake("document_number", message % values))
    return False


def _check_elsewhere(call: Call, seen: Mapping[Identity, Record], mistakes: Mistakes) -> None:
    for identity, code in same_person_elsewhere(Alliance(call=call), seen).items():
        message = _("This person is already in profile %(code)s of this call.")
        mistakes.append(seen[identity].mistake("document_number", message % {"code": code}))


# -- The same name and day of birth with another document ------------------------------------------
def _likeness(data: ProducerData) -> Likeness:
    return plain(f"{data.given_names} {data.surnames}"), data.born_on


def _ask_of_twin(
    alike: dict[Likeness, Record], data: ProducerData, record: Record, questions: list[RowError]
) -> None:
    """Two documents may be two people of one name, or one person with a slip in one of them."""
    earlier = alike.setdefault(_likeness(data), record)
    if earlier is not record:
        message = _(
            "The same name and date of birth as row %(row)d, with another document: is it the "
            "same person?"
        )
        questions.append(record.mistake("document_number", message % {"row": earlier.row}))


def _ask_elsewhere(
    call: Call,
    alike: Mapping[Likeness, Record],
    seen: Mapping[Identity, Record],
    questions: list[RowError],
) -> None:
    for likeness, identity, code in same_name_elsewhere(call, alike):
        if identity not in seen:
            message = _(
                "The same name and date of birth as somebody of profile %(code)s of this call, "
                "with another document: is it the same person?"
            )
            record = alike[likeness]
            questions.append(record.mistake("document_number", message % {"code": code}))
