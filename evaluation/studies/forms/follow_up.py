"""The shape of a follow-up study as a person writes it."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Max
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _

from alliances.models import Event, PriceIndex
from evaluation.studies.checking import chaining_studies_of, practices_of
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.forms.base import NAME, GroupedForm, Section, choose
from evaluation.studies.reading.follow_up import GROUPS
from kit.forms import DayField, TextField


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=3650)


class FollowUpForm(GroupedForm):
    """Everything that a follow-up study fixes before anything is counted."""

    spec: FollowUpSpec
    parts = (
        NAME,
        Section(_("When"), ("reference_on", "months")),
        Section(_("Groups"), ("groups", "chaining_study")),
        Section(
            _("What counts"),
            ("selling_days", "fund_days", "pesos_of", "practice", "practice_days"),
        ),
        Section(_("Settings"), ("threshold", "minimum_clusters", "level"), is_folded=True),
    )

    reference_on = DayField(
        label=_("Reference day"),
        help_text=_("What lies after it is counted as «not enough time yet»."),
    )
    months = TextField(
        validators=[RegexValidator(r"^\d{1,3}(\s*,\s*\d{1,3})*\Z")],
        label=_("Months after closing"),
        help_text=_("One after another, with commas: 6, 12, 24."),
    )
    selling_days = _days(_("Days that a sale counts for"))
    fund_days = _days(_("Days that a repayment counts for"))
    practice_days = _days(_("Days that a word on practices counts for"))
    practice = forms.ChoiceField(
        label=_("Question about practices"),
        required=False,
        help_text=_("Of the wave, beside what visits checked."),
    )
    pesos_of = forms.IntegerField(label=_("Pesos of December of"), min_value=1990, max_value=2100)
    threshold = forms.IntegerField(
        label=_("Fewer than these are hidden"), min_value=2, max_value=100
    )
    minimum_clusters = forms.IntegerField(
        label=_("Fewest alliances for an interval over producers"), min_value=2, max_value=100
    )

    def proposal(self) -> FollowUpSpec:
        """As of the last act that is stored, in the latest pesos that the price index knows."""
        last = Event.objects.filter(alliance__isnull=False).aggregate(last=Max("at"))["last"]
        until = localtime(last).date() if last else localdate()
        year = PriceIndex.objects.aggregate(last=Max("year"))["last"]
        questions = [row.name for row in practices_of(self.wave)]
        practice = "practice_kept" if "practice_kept" in questions else ""
        return FollowUpSpec(reference_on=until, pesos_of=year or until.year, practice=practice)

    def answers_of(self, spec: FollowUpSpec) -> dict[str, Any]:
        """The months one after another."""
        return super().answers_of(spec) | {"months": ", ".join(map(str, spec.months))}

    def offer(self) -> None:
        """The chaining studies that were run, and the wave's yes-or-no questions."""
        choose(self, "groups", list(GROUPS.items()))
        self.select("chaining_study", chaining_studies_of())
        questions = [(row.name, row.question) for row in practices_of(self.wave)]
        if questions:
            self.select("practice", questions)
        else:
            del self.fields["practice"]

    def clean_months(self) -> tuple[int, ...]:
        """Months in order, each once."""
        months = sorted({int(text) for text in self.cleaned_data["months"].split(",")})
        if months[0] < 1:
            raise forms.ValidationError(_("Months are counted from 1 on."))
        return tuple(months)
