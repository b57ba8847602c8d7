"""The shape of an impact study as a person writes it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from alliances.models import Department
from evaluation.studies.checking import covariates_of, outcomes_of
from evaluation.studies.covariates import IMPACT_COVARIATES
from evaluation.studies.forms.base import NAME, Section, StudyForm, choose, with_unit
from evaluation.studies.forms.codes import CodesField
from evaluation.studies.forms.exclusions import ExclusionsField
from evaluation.studies.impact_spec import DATED, Contradiction, ImpactSpec
from evaluation.studies.labels import (
    CLUSTERS,
    KERNELS,
    MASS_POINTS,
    ORDERS,
    READINGS,
    SELECTORS,
    SETTINGS,
    TARGETS,
    TREATMENTS,
    VARIANCES,
)
from evaluation.surveys.models import VariableKind, Wave
from kit.forms import DayField
from kit.names import by_name

#: Outcomes of the published evaluation, proposed where the wave has them.
STANDARD_OUTCOMES = ("productivity_kg_ha", "sales_cop", "profit_cop")
STANDARDISED = ("productivity_kg_ha",)
#: Months in execution before the survey that a new study asks for.
MONTHS_BEFORE = 6
#: The field beside which a broken rule of the specification is said, and how. (A variable with two
#: uses is said beside the second of them.)
CONTRADICTIONS: dict[str, tuple[str, Any]] = {
    "name at least one outcome, each once": ("outcomes", _("Choose at least one outcome.")),
    "only outcomes are standardised": (
        "standardised",
        _("Only what is ticked as an outcome above can be measured in standard deviations."),
    ),
    "this treatment needs its day": ("treated_by", _("Say by which day.")),
    "this treatment needs its variable": ("treatment_variable", _("Choose the question.")),
    "a department is left out once": ("exclusions", _("A department is left out twice.")),
    "every exclusion says why": ("exclusions", _("Say why each department is left out.")),
    "without a cluster the variance is nn, with one it is not": (
        "vce",
        _("«Nearest neighbours, without groups» goes with errors grouped by nobody, and only so."),
    ),
    "codes belong to variables of the study, each once": (
        "codes",
        _("Codes belong to outcomes, the question, the score or what is adjusted for, each once."),
    ),
    "p is 1 or 2": ("p", _("The order is 1 or 2.")),
    "the level lies between 50 and 100": ("level", _("Write a level above 50 and under 100.")),
    "crops need 2 controls or more": ("minimum_controls", _("At least 2.")),
    "the threshold is 2 or more": ("threshold", _("At least 2.")),
    "placebos and draws are not negative": ("placebos", _("Placebos and draws start at 0.")),
}


def _one_of(name: str, labels: Any, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=SETTINGS[name], choices=list(labels.items()), help_text=help_text
    )


def _some_of(label: Any, help_text: Any = "", *, required: bool = False) -> Any:
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.CheckboxSelectMultiple,
    )


class ImpactForm(StudyForm):
    """Everything that an impact study fixes before outcomes are read."""

    spec: ImpactSpec
    wave: Wave
    parts = (
        NAME,
        Section(
            _("Outcomes"),
            ("outcomes", "standardised"),
            _("What taking part may have changed. All of them are reported, whatever they say."),
        ),
        Section(
            _("Who counts as treated"),
            ("treatment", "treated_by", "treatment_variable"),
            _("The day and the question are read only where the choice needs them."),
        ),
        Section(_("Score"), ("score_variable", "cutoff")),
        Section(_("Adjustment"), ("covariates",)),
        Section(_("Codes"), ("codes",), is_folded=True),
        Section(_("Departments left out"), ("exclusions",)),
        Section(
            _("Settings of the method"),
            tuple(SETTINGS),
            _("The proposal is the method's own; change one only with a reason."),
            is_folded=True,
        ),
    )

    outcomes = _some_of(_("Outcomes"), required=True)
    standardised = _some_of(
        _("In standard deviations"),
        _(
            "Measured in standard deviations of the untreated of the same crop, so that potato and "
            "coffee can be put together."
        ),
    )
    treatment = forms.ChoiceField(
        label=_("Producers count as treated when"),
        choices=list(TREATMENTS.items()),
        widget=forms.RadioSelect,
    )
    treated_by = DayField(
        label=_("By this day, included"),
        required=False,
        help_text=_(
            "Proposed: six months before the survey began, time for a harvest. Who arrived later "
            "counts as untreated."
        ),
    )
    treatment_variable = forms.ChoiceField(label=_("Yes-or-no question"), required=False)
    score_variable = forms.ChoiceField(
        label=_("Score that decides"),
        required=False,
        help_text=_(
            "The frozen score was sealed before the decision. Nobody sealed a score that comes "
            "from the survey: the study says so."
        ),
    )
    cutoff = forms.FloatField(
        label=_("Cut-off of a score of the survey"),
        required=False,
        help_text=_("The frozen score brings its own."),
    )
    covariates = _some_of(_("Adjust for"))
    exclusions = ExclusionsField(
        label=_("Departments and reasons"),
        help_text=_(
            "One line each, «department: reason», such as «Cauca: another committee scored». "
            "Results with and without them are always shown."
        ),
    )
    codes = CodesField(
        label=_("What codes count as"),
        help_text=_(
            "One line each, «variable: code = value; …», such as «took_part: 1 = 1; 2 = 0; 9 =» "
            "where 9 is no answer. Answers that are not named stay as they are."
        ),
    )
    cluster = _one_of("cluster", CLUSTERS, _("Whoever shares a score shares its luck."))
    vce = _one_of("vce", VARIANCES)
    kernel = _one_of("kernel", KERNELS)
    p = forms.TypedChoiceField(label=SETTINGS["p"], choices=list(ORDERS.items()), coerce=int)
    bwselect = _one_of("bwselect", SELECTORS)
    bandwidth_on = _one_of("bandwidth_on", TARGETS)
    masspoints = _one_of("masspoints", MASS_POINTS)
    decimals = _one_of(
        "decimals",
        READINGS,
        _("Files may keep 60.1 as 60.099998; other programs leave it so."),
    )
    level = forms.FloatField(label=SETTINGS["level"], min_value=50, max_value=100)
    minimum_controls = forms.IntegerField(
        label=SETTINGS["minimum_controls"],
        min_value=2,
        help_text=_("A crop with fewer tells no standard deviation and is left out of it."),
    )
    placebos = forms.IntegerField(label=SETTINGS["placebos"], min_value=0, max_value=200)
    balance_draws = forms.IntegerField(label=SETTINGS["balance_draws"], min_value=0, max_value=9999)
    threshold = forms.IntegerField(label=SETTINGS["threshold"], min_value=2, max_value=100)

    def proposal(self) -> ImpactSpec:
        """The published outcomes, and whoever was in execution six months before the survey."""
        numbers = [row.name for row in outcomes_of(self.wave)]
        outcomes = tuple(name for name in STANDARD_OUTCOMES if name in numbers) or tuple(numbers)
        return ImpactSpec(
            outcomes=outcomes or ("",),
            standardised=tuple(name for name in STANDARDISED if name in outcomes),
            treated_by=months_before(self.wave.collected_from, MONTHS_BEFORE),
            covariates=tuple(IMPACT_COVARIATES),
        )

    def answers_of(self, spec: ImpactSpec) -> dict[str, Any]:
        """Every choice by its name; no cut-off where the score brings its own."""
        return super().answers_of(spec) | {
            "level": _short(spec.level),
            "cutoff": _short(spec.cutoff) if spec.score_variable else None,
        }

    def offer(self) -> None:
        """The wave's numbers, its yes-or-no questions, and what was settled before selection."""
        numbers = outcomes_of(self.wave)
        before = covariates_of(self.wave)
        numbers.sort(key=lambda row: row.name not in STANDARD_OUTCOMES)
        labels = {row.name: with_unit(row) for row in numbers}
        yes_no = {row.name: row.label for row in numbers if row.kind == VariableKind.YES_NO}
        measures = {name: label for name, label in labels.items() if name not in yes_no}
        choose(self, "outcomes", labels.items())
        choose(self, "standardised", measures.items())
        self._select("treatment_variable", {"": "—"} | yes_no | measures)  # with codes, any number
        frozen = _("The frozen score, less the cut-off used")
        self._select("score_variable", {"": frozen} | measures)
        facts = IMPACT_COVARIATES | {row.name: labels[row.name] for row in before}
        choose(self, "covariates", facts.items())
        self.fields["covariates"].help_text = _not_offered(len(numbers) - len(before))
        departments = self.fields["exclusions"]
        departments.names = dict(  # type: ignore[attr-defined]
            Department.objects.order_by(*by_name("name")).values_list("code", "name")
        )

    def _select(self, name: str, choices: Mapping[str, Any]) -> None:
        self.fields[name].choices = list(choices.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Contradictions of the specification become errors beside their field."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if cleaned["score_variable"] and cleaned["cutoff"] is None:
            self.add_error("cutoff", _("Say where the cut-off of this score lies."))
            return cleaned
        try:
            self.specification()
        except Contradiction as error:
            for field, message in [*_messages_of(error), *self._used_twice(cleaned)]:
                self.add_error(field, message)
        return cleaned

    def specification(self) -> ImpactSpec:
        """The specification that these answers ask for."""
        values = self.chosen()
        if values["treatment"] not in DATED:
            values["treated_by"] = None
        if values["treatment"] != "answer":
            values["treatment_variable"] = ""
        if not values["score_variable"]:
            values["cutoff"] = 0.0
        return ImpactSpec(**values)

    def _used_twice(self, chosen: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The field of the second use of a variable, and what to say there."""
        answer = chosen["treatment_variable"] if chosen["treatment"] == "answer" else ""
        uses = {
            "outcomes": chosen["outcomes"],
            "covariates": chosen["covariates"],
            "treatment_variable": [answer],
            "score_variable": [chosen["score_variable"]],
        }
        used: set[str] = set()
        labels = {row.name: row.label for row in outcomes_of(self.wave)}
        for field, names in uses.items():
            for name in used.intersection(names) - {""}:
                yield (
                    field,
                    gettext("«%(name)s» already has another use in this study.")
                    % {"name": labels.get(name, name)},
                )
            used.update(names)


def months_before(day: date, months: int) -> date:
    """The same day some months before, at most the 28th."""
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def _short(value: float) -> float:
    """95 rather than 95.0, to show in a field."""
    return int(value) if value.is_integer() else value


def _messages_of(error: Contradiction) -> list[tuple[str, Any]]:
    return [CONTRADICTIONS[rule] for rule in error.rules if rule in CONTRADICTIONS]


def _not_offered(count: int) -> Any:
    after = ngettext(
        "%(count)s number of this wave was measured after it and is not offered.",
        "%(count)s numbers of this wave were measured after it and are not offered.",
        count,
    ) % {"count": count}
    return format_lazy(
        "{} {}",
        _("Only what was settled before selection: what came later may be an effect itself."),
        after if count else "",
    )
