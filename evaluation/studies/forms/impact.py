"""The shape of an impact study as a person writes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.models import Department
from evaluation.studies.checking import covariates_of, outcomes_of
from evaluation.studies.forms.base import StudyForm
from evaluation.studies.impact_spec import DATED, Exclusion, ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.rules import IMPACT_COVARIATES
from evaluation.studies.words import (
    BANDWIDTHS_ON,
    CLUSTERS,
    KERNELS,
    MASS_POINTS,
    SELECTORS,
    TREATMENTS,
    VARIANCES,
)
from evaluation.surveys.models import Variable, VariableKind
from evaluation.surveys.rules import plain
from kit.forms import DayField

#: Outcomes of the programme's own survey: ticked in a new study where the wave has them.
USUAL_OUTCOMES = ("productivity_kg_ha", "sales_cop", "profit_cop")
USUAL_STANDARDISED = ("productivity_kg_ha",)
#: An alliance that began so shortly before the survey cannot have harvested yet.
TIME_TO_WORK = timedelta(days=180)
#: What a form asks under the names of the specification, as it is.
_PLAIN = (
    "treatment", "treated_by", "treatment_variable", "score_variable", "minimum_controls",
    "cluster", "kernel", "bwselect", "bandwidth_on", "vce", "masspoints", "level", "placebos",
    "balance_draws",
)  # fmt: skip
_LISTS = ("outcomes", "standardised", "covariates")


def _choice(label: Any, words: dict[str, Promise]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(words.items()))


def _ticks(label: Any, help_text: Any, *, required: bool) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )


class ImpactStudyForm(StudyForm[ImpactSpec]):
    """Outcomes, treatment, score, covariates, exclusions, and the settings of the estimate."""

    SECTIONS = (
        (gettext_lazy("What is measured"), ("outcomes", "standardised"), False),
        (
            gettext_lazy("Who took part"),
            ("treatment", "treated_by", "treatment_variable"),
            False,
        ),
        (gettext_lazy("The score that decided"), ("score_variable", "cutoff"), True),
        (gettext_lazy("Who is compared"), ("covariates", "exclusions"), False),
        (
            gettext_lazy("Settings of the estimate"),
            (
                "cluster", "vce", "kernel", "order", "bwselect", "bandwidth_on", "masspoints",
                "level", "minimum_controls", "placebos", "balance_draws",
            ),
            True,
        ),
    )  # fmt: skip

    outcomes = _ticks(
        gettext_lazy("Outcomes"),
        gettext_lazy("Numbers of this wave that nobody can be known by."),
        required=True,
    )
    standardised = _ticks(
        gettext_lazy("Compare within the crop"),
        gettext_lazy(
            "In standard deviations of those who did not take part, with the same crop: for yields."
        ),
        required=False,
    )
    treatment = forms.ChoiceField(
        label=gettext_lazy("Takes part who"),
        choices=list(TREATMENTS.items()),
        widget=forms.RadioSelect,
    )
    treated_by = DayField(
        label=gettext_lazy("By this day"),
        required=False,
        help_text=gettext_lazy("The last day that counts; only where a day decides."),
    )
    treatment_variable = forms.ChoiceField(
        label=gettext_lazy("The answer that tells it"),
        required=False,
        help_text=gettext_lazy("Only where an answer of the survey decides."),
    )
    score_variable = forms.ChoiceField(
        label=gettext_lazy("Score"),
        required=False,
        help_text=gettext_lazy(
            "The frozen score cannot have been changed since; a score among the answers was sealed "
            "by nobody."
        ),
    )
    cutoff = forms.FloatField(
        label=gettext_lazy("Cut-off of that answer"),
        required=False,
        help_text=gettext_lazy("The frozen score brings the cut-off that was used."),
    )
    covariates = _ticks(
        gettext_lazy("Adjust for"),
        gettext_lazy(
            "Only what was settled before selection: facts of the profile, and variables that the "
            "wave's dictionary marks so."
        ),
        required=False,
    )
    exclusions = forms.CharField(
        label=gettext_lazy("Departments left out, and why"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line, with its reason: «Bolívar: scores were changed»."),
    )
    cluster = _choice(gettext_lazy("Errors by"), CLUSTERS)
    vce = _choice(gettext_lazy("Variance"), VARIANCES)
    kernel = _choice(gettext_lazy("Kernel"), KERNELS)
    order = forms.ChoiceField(
        label=gettext_lazy("Order of the polynomial"), choices=[("1", "1"), ("2", "2")]
    )
    bwselect = _choice(gettext_lazy("Bandwidth"), SELECTORS)
    bandwidth_on = _choice(gettext_lazy("Bandwidth chosen on"), BANDWIDTHS_ON)
    masspoints = _choice(gettext_lazy("Scores that repeat"), MASS_POINTS)
    level = forms.FloatField(
        label=gettext_lazy("Level of the intervals (%)"), min_value=51, max_value=99.9
    )
    minimum_controls = forms.IntegerField(
        label=gettext_lazy("Least producers of a crop who did not take part"),
        min_value=2,
        max_value=1000,
        help_text=gettext_lazy("With fewer, the yields of the crop are not compared."),
    )
    placebos = forms.IntegerField(
        label=gettext_lazy("Cut-offs where nothing happened"), min_value=0, max_value=200
    )
    balance_draws = forms.IntegerField(
        label=gettext_lazy("Draws for the joint test of balance"), min_value=0, max_value=9999
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = _usual_first(outcomes_of(self.wave))
        before = {row.name: row.label for row in covariates_of(self.wave)}
        yes_no = [row for row in numbers if row.kind == VariableKind.YES_NO]
        blank = [("", gettext_lazy("The frozen score, less the cut-off used"))]
        self._offer("outcomes", _named(numbers, units=True))
        self._offer("standardised", _named(numbers))
        self._offer("treatment_variable", [("", "—"), *_named(yes_no)])
        self._offer("score_variable", [*blank, *_named(numbers)])
        self._offer("covariates", list((IMPACT_COVARIATES | before).items()))

    def _offer(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def read(self, study: Study) -> ImpactSpec:
        """What the study asks now."""
        return ImpactSpec.from_data(study.specification)

    def usual(self) -> ImpactSpec:
        """The programme's own outcomes, where this wave has them, of alliances at work in time."""
        names = [row.name for row in _usual_first(outcomes_of(self.wave))]
        outcomes = tuple(name for name in USUAL_OUTCOMES if name in names) or tuple(names[:1])
        return ImpactSpec(
            outcomes=outcomes or USUAL_OUTCOMES,
            standardised=tuple(name for name in USUAL_STANDARDISED if name in outcomes),
            treated_by=self.wave.collected_from - TIME_TO_WORK,
            covariates=tuple(IMPACT_COVARIATES),
        )

    def answers_of(self, spec: ImpactSpec) -> dict[str, Any]:
        """What a person would have written to ask for this."""
        names = dict(Department.objects.values_list("code", "name"))
        lines = [
            f"{names.get(item.department, item.department)}: {item.reason}"
            for item in spec.exclusions
        ]
        return (
            {name: getattr(spec, name) for name in _PLAIN}
            | {name: list(getattr(spec, name)) for name in _LISTS}
            | {
                "cutoff": spec.cutoff if spec.score_variable else None,
                "order": str(spec.p),
                "exclusions": "\n".join(lines),
            }
        )

    def clean_exclusions(self) -> tuple[Exclusion, ...]:
        """Departments by name, forgiven accents and case, or by code; each with its reason."""
        lines = self.cleaned_data["exclusions"].splitlines()
        written = [(place, line) for place, line in enumerate(lines, start=1) if line.strip()]
        codes = _department_codes()
        found = tuple(_exclusion(place, line, codes) for place, line in written)
        named = [item.department for item in found]
        if len({*named}) < len(named):
            raise forms.ValidationError(_("A department is named twice."))
        return found

    def clean(self) -> dict[str, Any]:
        """Say beside its field what contradicts something else."""
        cleaned = super().clean() or {}
        for name, message in self._contradictions(cleaned):
            if name not in self.errors:
                self.add_error(name, message)
        return cleaned

    def _contradictions(self, cleaned: dict[str, Any]) -> list[tuple[str, str]]:
        treatment, covariates = cleaned.get("treatment"), cleaned.get("covariates") or []
        outcomes, score = cleaned.get("outcomes") or [], cleaned.get("score_variable")
        rules = [
            (
                "treated_by",
                treatment in DATED and not cleaned.get("treated_by"),
                _("Say by which day."),
            ),
            (
                "treatment_variable",
                treatment == "answer" and not cleaned.get("treatment_variable"),
                _("Say which answer tells who took part."),
            ),
            (
                "standardised",
                not {*(cleaned.get("standardised") or [])} <= {*outcomes},
                _("Only what is measured can be compared within the crop."),
            ),
            (
                "covariates",
                bool({*covariates} & {*outcomes}),
                _("What is measured cannot adjust itself."),
            ),
            (
                "score_variable",
                bool(score) and score in {*outcomes, *covariates},
                _("The score is neither an outcome nor a covariate."),
            ),
            (
                "treatment_variable",
                treatment == "answer"
                and cleaned.get("treatment_variable") in {*outcomes, *covariates, score},
                _("This answer has another use in the study."),
            ),
            ("cutoff", bool(score) and cleaned.get("cutoff") is None, _("Say its cut-off.")),
            (
                "vce",
                (cleaned.get("cluster") == "none") != (cleaned.get("vce") == "nn"),
                _("Without groups the variance is that of nearest neighbours, and only then."),
            ),
        ]
        return [(name, message) for name, broken, message in rules if broken]

    def specification(self) -> ImpactSpec:
        """The specification that the answers ask for; what does not apply is left out."""
        chosen = self.cleaned_data
        values = {name: chosen[name] for name in _PLAIN}
        values |= {name: tuple(chosen[name]) for name in _LISTS}
        if chosen["treatment"] not in DATED:
            values["treated_by"] = None
        if chosen["treatment"] != "answer":
            values["treatment_variable"] = ""
        values["cutoff"] = (chosen["cutoff"] or 0.0) if chosen["score_variable"] else 0.0
        values |= {"p": int(chosen["order"]), "exclusions": chosen["exclusions"]}
        return replace(self.spec, **values)


def _usual_first(variables: list[Variable]) -> list[Variable]:
    usual = {name: place for place, name in enumerate(USUAL_OUTCOMES)}
    return sorted(variables, key=lambda row: usual.get(row.name, len(usual)))


def _named(variables: list[Variable], *, units: bool = False) -> list[tuple[str, str]]:
    return [
        (row.name, f"{row.label} ({row.unit})" if units and row.unit else row.label)
        for row in variables
    ]


def _department_codes() -> dict[str, str]:
    """Code by name without accents or capitals, and by itself."""
    rows = Department.objects.values_list("code", "name")
    return {plain(name): code for code, name in rows} | {code: code for code, _name in rows}


def _exclusion(place: int, line: str, codes: dict[str, str]) -> Exclusion:
    name, _mark, reason = line.partition(":")
    code = codes.get(plain(name))
    if code is None:
        raise forms.ValidationError(
            _("Line %(line)s: there is no department «%(name)s».")
            % {"line": place, "name": name.strip()[:40]}
        )
    if not reason.strip():
        raise forms.ValidationError(
            _("Line %(line)s: say why %(name)s is left out, after a colon.")
            % {"line": place, "name": name.strip()}
        )
    return Exclusion(code, reason.strip())
