"""The shape of a follow-up study as a person writes it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Max
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _

from alliances.models import Event, PriceIndex
from evaluation.studies.checking import chaining_studies_of, practices_of
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.forms.base import NAME, Section, StudyForm, choose
from evaluation.studies.reading.follow_up import GROUPS
from kit.forms import DayField, TextField

_FIELDS = (
    "reference_on",
    "pesos_of",
    "chaining_study",
    "practice",
    "selling_days",
    "fund_days",
    "practice_days",
    "threshold",
    "minimum_clusters",
    "level",
)


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=3650)


class FollowUpForm(StudyForm):
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
    groups = forms.MultipleChoiceField(
        label=_("Told apart by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    chaining_study = forms.ChoiceField(
        label=_("Study of chaining"),
        required=False,
        help_text=_("Its levels, both links together; it must have been run."),
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
    level = forms.FloatField(
        label=_("Level of the intervals, in per cent"), min_value=51, max_value=99.9
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
        """The choices as a person writes them."""
        lists = {"months": ", ".join(map(str, spec.months)), "groups": list(spec.groups)}
        return lists | {name: getattr(spec, name) for name in _FIELDS}

    def offer(self) -> None:
        """The chaining studies that were run, and the wave's yes-or-no questions."""
        choose(self, "groups", list(GROUPS.items()))
        none = ("", _("None"))
        self._offer("chaining_study", [none, *chaining_studies_of()])
        questions = [(row.name, row.question) for row in practices_of(self.wave)]
        if questions:
            self._offer("practice", [none, *questions])
        else:
            del self.fields["practice"]

    def _offer(self, name: str, choices: Any) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def clean_months(self) -> tuple[int, ...]:
        """Months in order, each once."""
        months = sorted({int(text) for text in self.cleaned_data["months"].split(",")})
        if months[0] < 1:
            raise forms.ValidationError(_("Months are counted from 1 on."))
        return tuple(months)

    def clean(self) -> dict[str, Any]:
        """Levels of chaining and the study that they are of come together."""
        cleaned = super().clean() or {}
        by_level = "chaining" in cleaned.get("groups", ())
        if by_level != bool(cleaned.get("chaining_study")):
            self.add_error(
                "chaining_study",
                _("Choose the study whose levels are read.")
                if by_level
                else _("Mark «Level of chaining» to tell answers apart by it."),
            )
        return cleaned

    def specification(self) -> FollowUpSpec:
        """The specification that these answers ask for."""
        chosen = self.cleaned_data
        values = {name: chosen[name] for name in _FIELDS if name in chosen}
        values |= {"months": chosen["months"], "groups": tuple(chosen["groups"])}
        return replace(self.spec, **values)
