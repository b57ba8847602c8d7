"""The producers of a file that would be imported: whole, once each, of a profile in the file."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date

from django.utils.translation import gettext as _

from alliances.calls.models import Call
from alliances.lifecycle.models import Alliance
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.selectors import same_person_elsewhere
from alliances.preparation.workbook.reading import Contents, Mistakes, Record

Identity = tuple[str, str]

OPTIONAL = {"phone": "", "farm_name": "", "special_group": ""}  # and what stands for a blank
FIELDS = tuple(field.name for field in fields(ProducerData))


def planned_people(
    contents: Contents, *, call: Call, today: date, mistakes: Mistakes
) -> dict[str, list[ProducerData]]:
    """Producers by the code of their profile; adds every mistake found to ``mistakes``."""
    codes = {record.get("code") for record in contents.profiles}
    people: dict[str, list[ProducerData]] = {}
    seen: dict[Identity, Record] = {}
    for record in contents.producers:
        _check_profile(record, codes, mistakes)
        data = _producer(record)
        if data is None:
            continue
        problems = producer_problems(data, today)
        mistakes.extend(record.mistake(key, message) for key, message in problems.items())
        if _is_first(seen, data.identity, record, mistakes):
            people.setdefault(record.values["code"], []).append(data)
    _check_elsewhere(call, seen, mistakes)
    return people


def _check_profile(record: Record, codes: set[str | None], mistakes: Mistakes) -> None:
    code = record.get("code")
    if code is not None and codes and code not in codes:
        message = _("There is no profile «%(code)s» on the sheet «Perfiles»: correct the code.")
        mistakes.append(record.mistake("code", message % {"code": code}))


def _producer(record: Record) -> ProducerData | None:
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
