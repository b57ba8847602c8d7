"""Shapes of what scorers and committees send; what may be sealed or decided is for the services."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import Criterion
from alliances.documents.rules import ACCEPTED_EXTENSIONS
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import BY_VERB
from alliances.selection.models import CommitteeDecision
from alliances.selection.rules import VERBS, votes_problems
from alliances.selection.selectors.sheet import SheetRow, version_of_answer
from alliances.selection.services import LineDraft
from alliances.selection.services.deciding import DEPARTURES
from kit.forms import DayField, SeenField, SeenForm, TextField, tell_problems


@dataclass(frozen=True)
class FormRow:
    """One criterion of the form: its fields and the answer that is stored."""

    sheet: SheetRow
    number: int
    option: forms.BoundField
    comment: forms.BoundField
    seen: forms.BoundField
    is_open: bool

    @property
    def criterion(self) -> Criterion:
        return self.sheet.criterion


class SheetForm(forms.Form):
    """A whole sheet, or some criteria of it: an option and a reason for each.

    Each criterion has a version of its own: answers are kept one by one, from several windows.
    """

    was_overtaken = False

    def __init__(self, *args: Any, rows: Sequence[SheetRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet_rows = rows
        for row in rows:
            self._add(row)

    def _add(self, row: SheetRow) -> None:
        option, comment, seen = _names(row.criterion)
        self.fields[seen] = SeenField(initial=version_of_answer(row.line))
        self.fields[option] = forms.TypedChoiceField(
            label=row.criterion.name,
            coerce=int,
            required=False,
            choices=[(option.pk, option.descriptor) for option in row.criterion.options.all()],
            widget=forms.RadioSelect,
            initial=row.line.option_id if row.line else None,
        )
        self.fields[comment] = TextField(
            label=_("Reason"),
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 2}),
            initial=row.line.comment if row.line else "",
        )

    def clean(self) -> dict[str, Any]:
        """A reason without an option has nothing to hang from."""
        cleaned = super().clean() or {}
        for row in self.sheet_rows:
            option, comment, _seen = _names(row.criterion)
            if cleaned.get(comment) and not cleaned.get(option):
                self.add_error(option, _("Choose an option so that the reason can be kept."))
        return cleaned

    def lines(self) -> Iterable[LineDraft]:
        """The answers given, without the criteria that are still empty."""
        for row in self.sheet_rows:
            option, comment, seen = _names(row.criterion)
            sent = self.cleaned_data
            if sent.get(option):
                yield LineDraft(row.criterion.pk, sent[option], sent[comment], sent[seen])

    def rows(self) -> Iterator[FormRow]:
        """What the page draws: the first criterion that needs something is open."""
        waiting = [row for row in self.sheet_rows if self._needs_something(row)]
        for number, row in enumerate(self.sheet_rows, start=1):
            option, comment, seen = _names(row.criterion)
            is_open = row is (waiting[0] if waiting else self.sheet_rows[0])
            yield FormRow(row, number, self[option], self[comment], self[seen], is_open)

    def _needs_something(self, row: SheetRow) -> bool:
        option, comment, _seen = _names(row.criterion)
        if self.is_bound:
            return bool(self.errors.get(option) or self.errors.get(comment))
        return not row.is_answered


def _names(criterion: Criterion) -> tuple[str, str, str]:
    return f"option_{criterion.pk}", f"comment_{criterion.pk}", f"seen_{criterion.pk}"


class DecisionForm(SeenForm):
    """What the committee decided, in which session, with which votes, and why."""

    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    session_on = DayField(is_past=True, label=_("Session held on"))
    votes_for = forms.IntegerField(label=_("Votes for"), min_value=1, max_value=99)
    votes_against = forms.IntegerField(label=_("Votes against"), min_value=0, max_value=99)
    reason_code = forms.ChoiceField(
        label=_("Kind of reason"),
        required=False,
        choices=[
            ("", _("None: it follows the ranking")),
            *((c.value, c.label) for c in DEPARTURES),
        ],
    )
    reason = TextField(
        label=_("Reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "A decision that departs from the ranking needs the kind of reason, a sentence, which "
            "is public, and the signed minutes."
        ),
    )
    minutes = forms.FileField(
        label=_("Minutes of the session"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ACCEPTED_EXTENSIONS)}),
    )

    def __init__(self, *args: Any, alliance: Alliance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is sent is judged by the service: a second click must reach it, and its key.
        offered = [
            outcome
            for outcome, verb in VERBS.items()
            if self.is_bound or alliance.status in BY_VERB[verb].sources
        ]
        cast(forms.ChoiceField, self.fields["outcome"]).choices = [
            (outcome.value, CommitteeDecision.Outcome(outcome).label) for outcome in offered
        ]

    def clean(self) -> dict[str, Any]:
        """A majority decides: with the first wave of errors."""
        cleaned = super().clean() or {}
        tell_problems(self, votes_problems(cleaned.get("votes_for"), cleaned.get("votes_against")))
        return cleaned
