"""A wave's dictionary as an XLSForm, the questionnaire that KoboToolbox and ODK run. Pure.

Personal variables are not asked, since no answer to them is kept; who answers is told by the
document number. Where the dictionary asks for consent, the rest is asked only after a yes.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop, override

if TYPE_CHECKING:
    from evaluation.surveys.models import Variable, Wave

LANGUAGES = {"es": "Español (es)", "en": "English (en)"}
LABELS = [f"label::{name}" for name in LANGUAGES.values()]
SURVEY = [
    *("type", "name", *LABELS, "required", "constraint"),
    *(f"constraint_message::{name}" for name in LANGUAGES.values()),
    "relevant",
]
CHOICES = ["list_name", "name", *LABELS]
GROUP = "respuestas"
_TYPES = {"integer": "integer", "number": "decimal", "text": "text"}
#: What the rooms of a document number accept, before its digits are looked at.
_DOCUMENT = "regex(., '^[0-9A-Za-z .-]{4,20}$')"

Row = dict[str, str]


def xlsform_of(wave: "Wave", variables: Iterable["Variable"]) -> bytes:
    """The workbook: its sheets survey, choices and settings."""
    questions = [variable for variable in variables if not variable.is_personal]
    lists: dict[str, tuple[str, list[Row]]] = {}
    consents = [variable for variable in questions if variable.role == "consent"]
    others = [variable for variable in questions if variable.role != "consent"]
    relevant = " and ".join(f"${{{variable.name}}} = '1'" for variable in consents)
    survey = [
        {"type": "start", "name": "start"},
        {"type": "end", "name": "end"},
        *(_question(variable, lists) for variable in consents),
        {"type": "begin_group", "name": GROUP, "relevant": relevant}
        | dict(zip(LABELS, _label(gettext_noop("Questionnaire")), strict=True)),
        {"type": "text", "name": "documento", "required": "yes", "constraint": _DOCUMENT}
        | dict(zip(LABELS, _label(gettext_noop("Document number")), strict=True)),
        *(_question(variable, lists) for variable in others),
        {"type": "end_group", "name": GROUP},
    ]
    settings = {
        "form_title": wave.title,
        "form_id": wave.code,
        "version": f"{wave.collected_from:%Y%m%d}",
        "default_language": LANGUAGES["es"],
    }
    choices = [row for _name, rows in lists.values() for row in rows]
    return _workbook(
        ("survey", SURVEY, survey),
        ("choices", CHOICES, choices),
        ("settings", list(settings), [settings]),
    )


def _question(variable: "Variable", lists: dict[str, tuple[str, list[Row]]]) -> Row:
    constraint = _constraint(variable)
    row = {
        "type": _TYPES.get(variable.kind) or f"select_one {_list_of(variable, lists)}",
        "name": variable.name,
        "required": "" if variable.kind == "text" else "yes",
        "constraint": constraint,
    }
    labels = (variable.label, variable.label_en or variable.label)
    row |= dict(zip(LABELS, labels, strict=True))
    if constraint:
        messages = _label(gettext_noop("The number is out of range."))
        row |= dict(zip(SURVEY[6:8], messages, strict=True))
    return row


def _constraint(variable: "Variable") -> str:
    """The range of a number, or one of its codes of «no answer»."""
    if variable.kind not in ("integer", "number"):
        return ""
    limits = [
        f". {sign} {limit.normalize():f}"
        for sign, limit in ((">=", variable.minimum), ("<=", variable.maximum))
        if limit is not None
    ]
    if not limits:
        return ""
    missing = [f". = {code}" for code in variable.missing_codes]
    return " or ".join([f"({' and '.join(limits)})" if missing else " and ".join(limits), *missing])


def _list_of(variable: "Variable", lists: dict[str, tuple[str, list[Row]]]) -> str:
    """The name of the variable's list of answers; lists that say the same are one."""
    rows = list(_answers(variable))
    name, _rows = lists.setdefault(repr(rows), (f"{variable.name}_list", rows))
    for row in rows:
        row["list_name"] = name
    return name


def _answers(variable: "Variable") -> Iterable[Row]:
    if variable.kind == "yes_no":
        pairs = [("1", *_label(gettext_noop("Yes"))), ("0", *_label(gettext_noop("No")))]
    else:
        english = variable.value_labels_en
        pairs = [
            (code, label, english.get(code) or label)
            for code, label in variable.value_labels.items()
        ]
    codes = {code for code, *_labels in pairs}
    for code in variable.missing_codes:
        if code not in codes:
            spanish, in_english = _label(gettext_noop("No answer"))
            pairs.append((code, f"{spanish} ({code})", f"{in_english} ({code})"))
    for code, *labels in pairs:
        yield {"name": code, **dict(zip(LABELS, labels, strict=True))}


def _label(text: str) -> tuple[str, str]:
    """A text of ours in both languages of the form."""
    labels = []
    for language in LANGUAGES:
        with override(language):
            labels.append(gettext(text))
    return labels[0], labels[1]


def _workbook(*sheets: tuple[str, Sequence[str], Sequence[Row]]) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, headings, rows in sheets:
        page = workbook.create_sheet(title)
        page.append(list(headings))
        for number, row in enumerate(rows, start=2):
            for place, heading in enumerate(headings, start=1):
                if text := row.get(heading, ""):
                    cell = page.cell(number, place, text)
                    cell.data_type = "s"  # a label that begins with «=» is no formula
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
