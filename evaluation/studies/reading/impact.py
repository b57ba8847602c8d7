"""What an impact study asks, in words."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from alliances.models import Department
from evaluation.studies import labels
from evaluation.studies.checking import outcomes_of
from evaluation.studies.covariates import IMPACT_COVARIATES
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.reading.words import Labels, Pair, figure, one_after_another, percent


def impact_pairs(study: Study) -> list[Pair]:
    """Every choice of the study: what is asked first, the settings of the method last."""
    spec = ImpactSpec.from_data(study.specification)
    variables = {row.name: row for row in outcomes_of(study.required_wave)}
    questions = {name: row.label for name, row in variables.items()}
    units = {name: row.unit for name, row in variables.items()}
    return [
        *_outcomes(spec, questions, units),
        (_("Treated"), _treatment(spec, questions)),
        (_("Score"), _score(spec, questions)),
        (_("Adjusted for"), one_after_another(spec.covariates, IMPACT_COVARIATES | questions)),
        *_codes(spec, questions),
        *_exclusions(spec),
        *_settings(spec),
    ]


def _outcomes(spec: ImpactSpec, questions: Labels, units: Labels) -> list[Pair]:
    return [
        (
            _("Outcome %(number)s") % {"number": number},
            _("%(outcome)s, in standard deviations of the untreated of the same crop")
            % {"outcome": questions.get(name, name)}
            if name in spec.standardised
            else ", ".join(filter(None, [questions.get(name, name), units.get(name)])),
        )
        for number, name in enumerate(spec.outcomes, 1)
    ]


def _treatment(spec: ImpactSpec, questions: Labels) -> str:
    sentences = {
        "in_execution": _("their alliance was in execution by %(day)s"),
        "trust_constituted": _("the trust of their alliance was constituted by %(day)s"),
        "selected": _("the committee selected their alliance"),
        "answer": _("they answered yes to «%(question)s»"),
        "none": _("everybody from the cut-off on, whatever came later (sharp design)"),
    }
    return sentences[spec.treatment] % {
        "day": spec.treated_by and date_format(spec.treated_by, "DATE_FORMAT"),
        "question": questions.get(spec.treatment_variable, spec.treatment_variable),
    }


def _score(spec: ImpactSpec, questions: Labels) -> str:
    if not spec.score_variable:
        return _("the frozen score, less the cut-off used")
    return _("«%(question)s» less %(cutoff)s: nobody sealed this score") % {
        "question": questions.get(spec.score_variable, spec.score_variable),
        "cutoff": figure(spec.cutoff),
    }


def _codes(spec: ImpactSpec, questions: Labels) -> list[Pair]:
    """A variable each, with what its codes count as."""
    return [
        (
            _("Codes of «%(question)s»") % {"question": questions.get(name, name)},
            "; ".join(
                _("%(code)s is no answer") % {"code": figure(code)}
                if value is None
                else _("%(code)s counts as %(value)s")
                % {"code": figure(code), "value": figure(value)}
                for code, value in pairs
            ),
        )
        for name, pairs in spec.codes
    ]


def _exclusions(spec: ImpactSpec) -> list[Pair]:
    """A department and its reason each."""
    names = dict(Department.objects.filter(code__in=spec.excluded).values_list("code", "name"))
    return [
        (
            _("Without %(department)s")
            % {"department": names.get(item.department, item.department)},
            item.reason,
        )
        for item in spec.exclusions
    ] or [(_("Departments left out"), _("none"))]


def _settings(spec: ImpactSpec) -> list[Pair]:
    settings = {
        "cluster": labels.CLUSTERS[spec.cluster],
        "kernel": labels.KERNELS[spec.kernel],
        "p": labels.ORDERS[spec.p],
        "bwselect": labels.SELECTORS[spec.bwselect],
        "bandwidth_on": labels.TARGETS[spec.bandwidth_on],
        "vce": labels.VARIANCES[spec.vce],
        "masspoints": labels.MASS_POINTS[spec.masspoints],
        "decimals": labels.READINGS[spec.decimals],
        "level": percent(spec.level),
    }
    return [
        (str(label), str(settings.get(name) or figure(getattr(spec, name))))
        for name, label in labels.SETTINGS.items()
    ]
