"""Shapes of what a person sends about surveys; meaning is checked by the services."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from evaluation.surveys.checking import (
    ALIKE,
    ALLIANCE,
    DOCUMENT,
    HANDLING,
    MUNICIPALITY,
    NAME,
    ORGANISATION,
    PROGRAMME_ID,
    REPEATED,
    UNLINKED,
)
from evaluation.surveys.linking import Proposal
from evaluation.surveys.models import Variable, Wave
from evaluation.surveys.selectors import ColumnPreview, Doubt
from evaluation.surveys.table import DISCARD_WAVE, WITHDRAW_ANSWERS
from kit.files.limits import Limits
from kit.forms import DayInput, KeyedForm, KeyField, SeenField, TableField, TextField, door_field
from kit.numbers import COMMA, POINT

DELIMITERS = [
    ("", _("Find out")),
    (";", _("Semicolon ;")),
    (",", _("Comma ,")),
    ("\t", _("Tabulator")),
    ("|", _("Bar |")),
]
ENCODINGS = [
    ("", _("Find out")),
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("latin-1", "Latin-1"),
    ("utf-16", "UTF-16"),
]


TROUBLES = {
    UNLINKED: _("Rows of nobody in the programme"),
    REPEATED: _("Rows of a producer who already answered"),
    ALIKE: _("Rows with all the answers of an earlier one"),
}
#: What a proposed link rests on.
EVIDENCE = {
    "near_document": _("document but for one digit"),
    "same_phone": _("same telephone"),
    "same_name": _("same name"),
    "like_name": _("name but for a letter or two"),
    "same_alliance": _("same alliance"),
    "same_organisation": _("same organisation"),
    "same_municipality": _("same municipality"),
}
#: Rows of a group that are listed one by one; the others go with their group.
SHOWN = 200
WAYS = {
    "refuse": _("Refuse the file"),
    "leave_out": _("Leave them out, counted"),
    "keep": _("Keep them"),
}


class WaveForm(forms.ModelForm):
    """A wave; its dictionary comes with it."""

    key = KeyField()

    class Meta:
        model = Wave
        formfield_callback = door_field
        fields = ["code", "title", "collected_from", "collected_until"]
        widgets = {"collected_from": DayInput, "collected_until": DayInput}


class WaveReviseForm(forms.ModelForm):
    """Title and dates of a wave; its code stays."""

    key = KeyField()
    seen = SeenField()
    was_overtaken = False

    class Meta:
        model = Wave
        formfield_callback = door_field
        fields = ["title", "collected_from", "collected_until"]
        widgets = {"collected_from": DayInput, "collected_until": DayInput}


class WaveDiscardForm(ReasonForm):
    """Why a wave is taken out of sight with all that came into it."""

    act = DISCARD_WAVE


class VariableForm(forms.ModelForm):
    """A further line of the dictionary; answers are written one per line, ``code = label``."""

    key = KeyField()
    answers = TextField(
        label=_("Answers"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("For a list: one answer per line, such as «1 = Better»."),
    )
    missing = TextField(
        label=_("Codes of «no answer»"),
        required=False,
        help_text=_("Separated by spaces, such as «98 99»."),
    )

    class Meta:
        model = Variable
        formfield_callback = door_field
        fields = [
            "name",
            "label",
            "label_en",
            "kind",
            "unit",
            "minimum",
            "maximum",
            "measured",
            "role",
            "is_personal",
        ]

    def clean_answers(self) -> dict[str, str]:
        """Code → label; a line without «=» is refused."""
        lines = [line for line in self.cleaned_data["answers"].splitlines() if line.strip()]
        pairs = [line.partition("=") for line in lines]
        if any(not mark or not code.strip() or not label.strip() for code, mark, label in pairs):
            raise forms.ValidationError(_("Write each line as «code = label»."))
        return {code.strip(): label.strip() for code, _mark, label in pairs}

    def values(self) -> dict[str, Any]:
        """The fields of the variable."""
        chosen = {name: self.cleaned_data[name] for name in ("key", *self.Meta.fields)}
        return chosen | {
            "value_labels": self.cleaned_data["answers"],
            "missing_codes": self.cleaned_data["missing"].split(),
        }


class AnswersFileForm(forms.Form):
    """A file of answers and, where guessing fails, how its text is written."""

    file = TableField(
        label=_("File"),
        limits=Limits(),
        help_text=_("CSV, XLSX, ODS, Stata (.dta) or SPSS (.sav), up to 20 MB."),
    )
    delimiter = forms.ChoiceField(label=_("Delimiter of a CSV"), choices=DELIMITERS, required=False)
    encoding = forms.ChoiceField(label=_("Encoding of a CSV"), choices=ENCODINGS, required=False)
    sheet = TextField(
        label=_("Sheet of a workbook"),
        required=False,
        help_text=_("Blank: the one that has the headings."),
    )


class ConfirmForm(KeyedForm):
    """What was previewed is what is imported: ``seen`` is its version."""

    seen = TextField(max_length=64, widget=forms.HiddenInput)


class LinkRowsForm(ConfirmForm):
    """Proposals by what they rest on: whole groups are ticked, single rows are taken out again.

    A group whose rows were all decided before shows what was decided; else it is ticked when its
    evidence is more than one likeness.
    """

    def __init__(
        self,
        *args: Any,
        proposals: Sequence[Proposal],
        linked: Collection[int],
        declined: Collection[int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_evidence: dict[str, list[Proposal]] = {}
        for row in proposals:
            self.by_evidence.setdefault("-".join(row.evidence), []).append(row)
        ticked = [
            code
            for code, rows in self.by_evidence.items()
            if {row.row for row in rows} & {*linked}
            or (len(rows[0].evidence) > 1 and not {row.row for row in rows} & {*declined})
        ]
        self.fields["groups"] = forms.MultipleChoiceField(
            choices=[(code, code) for code in self.by_evidence], required=False, initial=ticked
        )
        self.fields["apart"] = forms.MultipleChoiceField(
            choices=[(str(row.row), row.row) for row in proposals],
            required=False,
            initial=[str(row.row) for row in proposals if row.row in declined],
        )

    def evidence_groups(self) -> list[dict[str, Any]]:
        """Each group in words, with its rows, for the page."""
        ticked, apart = self["groups"].value() or (), self["apart"].value() or ()
        return [
            {
                "code": code,
                "words": ", ".join(str(EVIDENCE[kind]) for kind in rows[0].evidence),
                "is_ticked": code in ticked,
                "number": len(rows),
                "rows": [(row, code in ticked and str(row.row) in apart) for row in rows[:SHOWN]],
            }
            for code, rows in self.by_evidence.items()
        ]

    def accepted(self) -> list[int]:
        """The rows of the groups that are ticked, without those taken out."""
        groups, apart = self.cleaned_data["groups"], {*self.cleaned_data["apart"]}
        rows = (row.row for code in groups for row in self.by_evidence[code])
        return [row for row in rows if str(row) not in apart]


class WithdrawForm(ReasonForm):
    """Why imported answers are taken out of every dataset."""

    act = WITHDRAW_ANSWERS


class MappingForm(forms.Form):
    """One choice per column of the file: an identifier, a variable, or nothing.

    A column whose numbers can be read in two ways is asked its decimal mark too.
    """

    seen = SeenField()

    def __init__(
        self,
        *args: Any,
        columns: Sequence[ColumnPreview],
        variables: Sequence[Variable],
        handling: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", _("Leave out")),
            (
                _("Who answered"),
                [
                    (DOCUMENT, _("Document number")),
                    (PROGRAMME_ID, _("Programme id")),
                    (ALLIANCE, _("Code of the alliance (with the name)")),
                    (NAME, _("Name of the producer (with the alliance)")),
                    (MUNICIPALITY, _("Municipality, to propose links")),
                    (ORGANISATION, _("Organisation, to propose links")),
                ],
            ),
            (_("Dictionary"), [(row.name, f"{row.name} · {row.label}") for row in variables]),
        ]
        self.was_overtaken = False
        self.columns = {f"column-{place}": column for place, column in enumerate(columns)}
        for key, column in self.columns.items():
            self.fields[key] = forms.ChoiceField(
                label=column.name, choices=choices, required=False, initial=column.target
            )
            if column.doubt:
                self.fields[f"mark-{key}"] = _mark_field(column.name, column.doubt)

        for trouble, ways in HANDLING.items():
            self.fields[f"handling-{trouble}"] = forms.ChoiceField(
                label=TROUBLES[trouble],
                choices=[(way, WAYS[way]) for way in ways],
                required=False,
                initial=handling.get(trouble, ways[0]),
            )

    def ways(self) -> list[forms.BoundField]:
        """What is done with rows of each trouble."""
        return [self[f"handling-{trouble}"] for trouble in HANDLING]

    def handling(self) -> dict[str, str]:
        """Trouble → what is done with its rows."""
        return {trouble: self.cleaned_data[f"handling-{trouble}"] for trouble in HANDLING}

    def rows(self) -> list[tuple[ColumnPreview, forms.BoundField, forms.BoundField | None]]:
        """Each column with its choice and, where it must be asked, its decimal mark."""
        return [
            (column, self[key], self[f"mark-{key}"] if column.doubt else None)
            for key, column in self.columns.items()
        ]

    def mapping(self) -> dict[str, str]:
        """Column of the file → target."""
        return {column.name: self.cleaned_data[key] for key, column in self.columns.items()}

    def marks(self) -> dict[str, str]:
        """Column of the file → the decimal mark chosen for it."""
        return {
            column.name: self.cleaned_data[f"mark-{key}"]
            for key, column in self.columns.items()
            if column.doubt
        }


def _mark_field(name: str, doubt: Doubt) -> forms.ChoiceField:
    """The question of a column whose numbers can be read in two ways."""
    comma = _("With a decimal comma: «%(text)s» is %(number)s")
    point = _("With a decimal point: «%(text)s» is %(number)s")
    return forms.ChoiceField(
        label=_("How are the numbers of «%(column)s» written?") % {"column": name},
        choices=[
            ("", _("Choose")),
            (COMMA, comma % {"text": doubt.text, "number": doubt.comma}),
            (POINT, point % {"text": doubt.text, "number": doubt.point}),
        ],
        required=False,
        initial=doubt.chosen,
    )
