"""An impact study in the browser: what it proposes, refuses beside its field, and reads back."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances import territory
from alliances.models import Department
from evaluation.models import Study
from evaluation.studies import labels
from evaluation.studies.checking import covariates_of, outcomes_of
from evaluation.studies.covariates import IMPACT_COVARIATES
from evaluation.studies.forms.impact import CONTRADICTIONS, ImpactForm, months_before
from evaluation.studies.impact_spec import DATED, Contradiction, Exclusion, ImpactSpec
from evaluation.studies.kinds import specification_rows
from evaluation.studies.services import create_study, revise_study
from evaluation.surveys.services import add_variable
from kit.errors import DomainError
from tests.factories.evaluation import AT, make_impact_study, make_wave
from tests.samples import samples

REFERENCE = Path(territory.__file__).parent / "data"
pytestmark = pytest.mark.django_db
SPEC = ImpactSpec(outcomes=("sales_cop",), treatment="selected")


DAYS = st.dates(date(2002, 1, 1), date(2050, 1, 1))


@pytest.fixture
def wave(evaluator):
    """A wave whose dictionary also holds a score and a question of yes or no; 33 departments."""
    with (REFERENCE / "departments.csv").open(encoding="utf-8", newline="") as file:
        Department.objects.bulk_create(Department(**row) for row in csv.DictReader(file))
    made = make_wave(evaluator)
    for name, kind in (("local_score", "number"), ("took_part", "yes_no")):
        add_variable(
            wave_id=made.pk, acting=evaluator, at=AT, name=name, label=name.title(), kind=kind
        )
    return made


def post(form):
    """What the browser sends back from a form as it stands."""
    sent = QueryDict(mutable=True)
    for field in form:
        value = field.field.prepare_value(field.value())
        shown = field.field.widget.format_value(value)
        sent.setlist(field.name, shown if isinstance(shown, list) else [shown or ""])
    return sent


def filled(wave, **changes):
    """A new form as it is proposed, with a title and some changes."""
    sent = post(ImpactForm(wave=wave))
    sent["title"] = "Impacto 2021"
    for name, value in changes.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def browser(sent):
    """The same for the test client, which reads a dictionary of lists."""
    return dict(sent.lists())


def url_of(wave):
    return reverse("evaluation:study-create", args=["impact", wave.pk])


# -- What it proposes ------------------------------------------------------------------------------
def test_a_new_study_is_proposed_whole(evaluator, wave, as_member):
    client = as_member(evaluator)
    page = client.get(url_of(wave)).content.decode()

    written = client.post(url_of(wave), browser(filled(wave)))

    study = Study.objects.get()
    assert written.headers["Location"] == reverse("evaluation:study-detail", args=[study.pk])
    assert ImpactSpec.from_data(study.specification) == ImpactSpec(
        outcomes=("productivity_kg_ha", "sales_cop", "profit_cop"),
        standardised=("productivity_kg_ha",),
        treated_by=date(2020, 9, 1),
        covariates=tuple(IMPACT_COVARIATES),
    )
    assert study.slug == "impacto-2021"
    assert "Ventas del cultivo principal al año (COP al año)" in page
    assert page.index("sales_cop") < page.index("income_change_cop")


def test_personal_answers_and_words_are_no_outcomes(wave):
    form = ImpactForm(wave=wave)

    offered = {name for name, _label in form.fields["outcomes"].choices}

    assert offered == {row.name for row in outcomes_of(wave)}
    assert offered.isdisjoint({"respondent_name", "address", "wellbeing"})


def test_only_what_was_settled_before_selection_may_adjust(evaluator, wave):
    form = ImpactForm(wave=wave)
    late = replace(SPEC, covariates=("income_change_cop",))

    offered = [name for name, _label in form.fields["covariates"].choices]

    assert offered == [*IMPACT_COVARIATES, "schooling_years"]
    assert "14 numbers of this wave were measured after it" in form.fields["covariates"].help_text
    with pytest.raises(DomainError, match="not settled before selection"):
        create_study(title="x", wave_id=wave.pk, specification=late, acting=evaluator, at=AT)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2021, 8, 2), date(2021, 2, 2)),
        (date(2021, 3, 1), date(2020, 9, 1)),
        (date(2020, 8, 31), date(2020, 2, 28)),
        (date(2021, 6, 30), date(2020, 12, 28)),
    ],
)
def test_six_months_before(day, before):
    assert months_before(day, 6) == before


# -- The same specification there and back ---------------------------------------------------------
CODES = st.integers(-99_999, 99_999).map(lambda number: number / 4)


@st.composite
def specifications(draw, numbers, before, departments):
    """Any specification that a study of the wave may have."""
    measures = [row.name for row in numbers if row.kind != "yes_no"]
    outcomes = draw(
        st.lists(st.sampled_from([row.name for row in numbers]), min_size=1, unique=True)
    )
    free = [*IMPACT_COVARIATES, *(row.name for row in before if row.name not in outcomes)]
    covariates = draw(st.lists(st.sampled_from(free), unique=True))
    used = {*outcomes, *covariates}
    scores = [name for name in measures if name not in used]
    yes_no = [row.name for row in numbers if row.kind == "yes_no" and row.name not in used]
    treatments = [name for name in labels.TREATMENTS if name != "answer" or yes_no]
    treatment = draw(st.sampled_from(treatments))
    score = draw(st.sampled_from(["", *scores]))
    vce = draw(st.sampled_from(list(labels.VARIANCES)))
    groups = [name for name in labels.CLUSTERS if (name == "none") == (vce == "nn")]
    left_out = draw(st.lists(st.sampled_from(departments), unique=True))
    reason = st.text("abcñ :;,.", min_size=1).map(lambda text: " ".join(text.split())).filter(bool)
    return ImpactSpec(
        outcomes=tuple(outcomes),
        standardised=tuple(draw(st.lists(st.sampled_from(outcomes), unique=True))),
        treatment=treatment,
        treated_by=draw(DAYS) if treatment in DATED else None,
        treatment_variable=draw(st.sampled_from(yes_no)) if treatment == "answer" else "",
        score_variable=score,
        cutoff=draw(st.floats(-1e6, 1e6)) if score else 0.0,
        covariates=tuple(covariates),
        exclusions=tuple(Exclusion(code, draw(reason)) for code in left_out),
        minimum_controls=draw(st.integers(2, 10**6)),
        cluster=draw(st.sampled_from(groups)),
        kernel=draw(st.sampled_from(list(labels.KERNELS))),
        p=draw(st.sampled_from(list(labels.ORDERS))),
        bwselect=draw(st.sampled_from(list(labels.SELECTORS))),
        bandwidth_on=draw(st.sampled_from(list(labels.TARGETS))),
        vce=vce,
        masspoints=draw(st.sampled_from(list(labels.MASS_POINTS))),
        level=draw(st.floats(50, 100, exclude_min=True, exclude_max=True)),
        decimals=draw(st.sampled_from(list(labels.READINGS))),
        codes=tuple(
            (name, tuple(draw(st.dictionaries(CODES, CODES | st.none(), min_size=1)).items()))
            for name in draw(st.lists(st.sampled_from(outcomes), unique=True))
        ),
        placebos=draw(st.integers(0, 200)),
        balance_draws=draw(st.integers(0, 9999)),
        threshold=draw(st.integers(2, 100)),
    )


@pytest.mark.parametrize("language", ["en", "es-co"])
@given(data=st.data())
@settings(
    max_examples=samples(60, usual=20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_shown_reads_back_the_same(language, wave, data):
    departments = list(Department.objects.order_by("code").values_list("code", flat=True))
    numbers, before = outcomes_of(wave), covariates_of(wave)
    spec = data.draw(specifications(numbers, before, departments))
    study = Study(kind="impact", title="Impacto", wave=wave, specification=spec.to_data())

    with translation.override(language):
        opened = ImpactForm(wave=wave, study=study)
        sent = ImpactForm(post(opened), wave=wave, study=study)

        assert sent.is_valid(), sent.errors
    assert sent.specification() == spec


def test_every_choice_of_the_specification_has_words():
    hints = get_type_hints(ImpactSpec)
    words = {
        "treatment": labels.TREATMENTS,
        "cluster": labels.CLUSTERS,
        "kernel": labels.KERNELS,
        "bwselect": labels.SELECTORS,
        "bandwidth_on": labels.TARGETS,
        "vce": labels.VARIANCES,
        "masspoints": labels.MASS_POINTS,
        "decimals": labels.READINGS,
    }

    assert {name: set(said) for name, said in words.items()} == {
        name: set(get_args(hints[name])) for name in words
    }


# -- Contradictions --------------------------------------------------------------------------------
CONTRADICTORY = [
    ({"outcomes": []}, "outcomes", "required"),
    (
        {"outcomes": ["sales_cop"], "standardised": ["profit_cop"]},
        "standardised",
        "ticked as an outcome",
    ),
    ({"treated_by": ""}, "treated_by", "by which day"),
    ({"treatment": "answer", "treatment_variable": ""}, "treatment_variable", "the question"),
    (
        {
            "treatment": "answer",
            "treatment_variable": "took_part",
            "outcomes": ["took_part"],
            "standardised": [],
        },
        "treatment_variable",
        "another use",
    ),
    ({"score_variable": "sales_cop", "cutoff": "3"}, "score_variable", "another use"),
    (
        {"outcomes": ["schooling_years"], "standardised": [], "covariates": ["schooling_years"]},
        "covariates",
        "another use",
    ),
    ({"score_variable": "local_score"}, "cutoff", "where the cut-off"),
    ({"cluster": "none"}, "vce", "grouped by nobody"),
    ({"vce": "nn"}, "vce", "grouped by nobody"),
    ({"level": "100"}, "level", "above 50 and under 100"),
    ({"minimum_controls": "1"}, "minimum_controls", "greater than or equal to 2"),
    ({"placebos": "-1"}, "placebos", "greater than or equal to 0"),
    ({"p": "3"}, "p", "not one of the available choices"),
    ({"exclusions": "Nariño"}, "exclusions", "Line 1: say why Nariño is left out"),
    ({"exclusions": "narino: a\n\nNARIÑO: b"}, "exclusions", "Line 3: Nariño is already left out"),
    ({"exclusions": "Nariñoo: a"}, "exclusions", "did you mean «Nariño»"),
    ({"exclusions": "Macondo: a"}, "exclusions", "no department «Macondo»"),
    ({"exclusions": ": a"}, "exclusions", "Line 1: there is no department"),
    ({"covariates": ["income_change_cop"]}, "covariates", "not one of the available choices"),
    ({"slug": "con espacios"}, "slug", "valid “slug”"),
]


@pytest.mark.parametrize(("changes", "field", "message"), CONTRADICTORY)
def test_a_contradiction_is_said_beside_its_field(wave, changes, field, message):
    form = ImpactForm(filled(wave, **changes), wave=wave)

    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert message in " ".join(form.errors[field])


def test_several_contradictions_are_said_at_once(wave):
    form = ImpactForm(filled(wave, treated_by="", cluster="none", level="50"), wave=wave)

    assert set(form.errors) == {"treated_by", "vce", "level"}


def test_every_rule_of_the_specification_has_its_field():
    with pytest.raises(Contradiction) as broken:
        ImpactSpec(
            outcomes=(),
            standardised=("x",),
            treatment="answer",
            treated_by=date(2020, 1, 1),
            covariates=("y", "y"),
            exclusions=(Exclusion("52", ""), Exclusion("52", "")),
            cluster="none",
            p=3,
            level=0,
            minimum_controls=0,
            placebos=-1,
            codes=(("z", ()),),
            threshold=1,
        )

    assert set(broken.value.rules) == {*CONTRADICTIONS, "a variable has one use"}
    assert {field for field, _said in CONTRADICTIONS.values()} <= set(ImpactForm.base_fields)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("narino: a", "52"),
        ("  NARIÑO :a", "52"),
        ("52: a", "52"),
        ("santander: a", "68"),
        ("Norte: a", "54"),
        ("cauca: a", "19"),
        ("valle: a", "76"),
        ("Bogota D.C: a", "11"),
        ("bogotá: a", "11"),
    ],
)
def test_names_of_departments_are_forgiven(wave, line, code):
    form = ImpactForm(filled(wave, exclusions=line), wave=wave)

    assert form.is_valid(), form.errors
    assert form.specification().exclusions == (Exclusion(code, "a"),)


def test_what_a_treatment_does_not_read_is_left_empty(wave):
    form = ImpactForm(
        filled(wave, treatment="none", treatment_variable="took_part", cutoff="7"), wave=wave
    )

    assert form.is_valid()
    spec = form.specification()
    assert (spec.treated_by, spec.treatment_variable, spec.cutoff) == (None, "", 0)


def test_a_coded_question_is_a_treatment_only_with_its_codes(evaluator, wave):
    asked = replace(SPEC, treatment="answer", treatment_variable="local_score")
    coded = replace(asked, codes=(("local_score", ((1.0, 1.0), (2.0, 0.0), (9.0, None))),))
    with pytest.raises(DomainError, match="no yes-or-no variable"):
        create_study(title="x", wave_id=wave.pk, specification=asked, acting=evaluator, at=AT)

    create_study(title="x", wave_id=wave.pk, specification=coded, acting=evaluator, at=AT)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("sales_cop", "write «variable: code"),
        ("sales_cop: 1", "write «variable: code"),
        ("sales_cop: 1 = yes", "«yes» is no number"),
        ("sales_cop: 1 = 2, 3 = 4", "is no number"),
        ("sales_cop: 1 = 1; 1 = 0", "one thing only"),
        ("dias: 1 = 1", "Codes belong to"),
    ],
)
def test_codes_that_cannot_be_read_are_told_by_line(wave, line, problem):
    form = ImpactForm(filled(wave, codes=line), wave=wave)

    assert not form.is_valid()
    assert problem in form.errors["codes"][0]


def test_codes_are_written_in_a_line(wave):
    form = ImpactForm(filled(wave, codes="sales_cop: 999 = ; 0.5 = 1"), wave=wave)

    assert form.is_valid(), form.errors
    assert form.specification().codes == (("sales_cop", ((999.0, None), (0.5, 1.0))),)


# -- Pages -----------------------------------------------------------------------------------------
def test_what_was_typed_comes_back_with_its_errors(evaluator, wave, as_member):
    answer = as_member(evaluator).post(
        url_of(wave), browser(filled(wave, exclusions="Macondo: siempre llueve"))
    )
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Macondo: siempre llueve" in page
    assert "no department «Macondo»" in page
    assert not Study.objects.exists()


def test_a_folded_section_opens_on_what_must_be_mended(evaluator, wave, as_member):
    client = as_member(evaluator)

    page = client.get(url_of(wave)).content.decode()
    refused = client.post(url_of(wave), browser(filled(wave, cluster="none"))).content.decode()

    assert '<details class="form-section form-folded">' in page
    assert '<details class="form-section form-folded" open>' in refused


def test_a_short_name_that_is_taken_is_said_beside_it(evaluator, wave, as_member):
    client = as_member(evaluator)
    client.post(url_of(wave), browser(filled(wave, slug="impacto")))

    answer = client.post(url_of(wave), browser(filled(wave, slug="impacto", key=str(uuid4()))))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["slug"]
    assert Study.objects.count() == 1


def test_an_open_study_is_read_changed_and_frozen(evaluator, wave, as_member):
    study = make_impact_study(evaluator, wave, frozen=False)
    client = as_member(evaluator)
    revise = reverse("evaluation:study-revise", args=[study.pk])
    sent = post(ImpactForm(wave=wave, study=study))
    sent["exclusions"] = "Nariño: puntajes alterados"

    changed = client.post(revise, browser(sent))
    page = client.get(changed.headers["Location"]).content.decode()
    client.post(reverse("evaluation:study-freeze", args=[study.pk]))

    study.refresh_from_db()
    assert study.specification["exclusions"] == [
        {"department": "52", "reason": "puntajes alterados"}
    ]
    assert study.slug in page
    assert "puntajes alterados" in page
    assert study.is_frozen
    assert client.post(revise, browser(post(ImpactForm(wave=wave, study=study)))).status_code == 409


def test_a_covariate_measured_after_is_refused_from_the_page_too(evaluator, wave):
    study = make_impact_study(evaluator, wave, frozen=False)

    with pytest.raises(DomainError, match="not settled before selection"):
        revise_study(
            study_id=study.pk,
            title="x",
            specification=replace(SPEC, covariates=("profit_cop",)),
            acting=evaluator,
            at=AT,
        )


def test_readers_read_what_an_impact_study_asks(evaluator, wave, policy, outsider, as_member):
    study = make_impact_study(evaluator, wave)
    detail = reverse("evaluation:study-detail", args=[study.pk])

    assert as_member(policy).get(detail).status_code == 200
    assert as_member(policy).get(url_of(wave)).status_code == 403
    assert as_member(policy).post(url_of(wave), filled(wave)).status_code == 403
    assert as_member(outsider).get(detail).status_code == 403
    assert as_member(outsider).get(url_of(wave)).status_code == 403
    assert as_member(evaluator).get(url_of(make_wave(evaluator))).status_code == 200
    missing = reverse("evaluation:study-create", args=["impact", 9999])
    assert as_member(evaluator).get(missing).status_code == 404


# -- Reading ---------------------------------------------------------------------------------------
def rows_of(evaluator, wave, **spec):
    return dict(specification_rows(make_impact_study(evaluator, wave, frozen=False, **spec)))


def test_what_it_asks_is_told_in_words(evaluator, wave):
    rows = rows_of(
        evaluator,
        wave,
        outcomes=("productivity_kg_ha", "sales_cop"),
        standardised=("productivity_kg_ha",),
        treatment="in_execution",
        treated_by=date(2021, 2, 1),
        covariates=("is_woman", "schooling_years"),
        exclusions=(Exclusion("52", "otro comité"), Exclusion("11", "sin campo")),
        level=97.5,
        balance_draws=1999,
    )

    untreated = "in standard deviations of the untreated of the same crop"
    assert rows["Outcome 1"] == f"Rendimiento del cultivo principal, {untreated}"
    assert rows["Outcome 2"] == "Ventas del cultivo principal al año, COP al año"
    assert rows["Treated"] == "their alliance was in execution by 1 Feb 2021"
    assert rows["Score"] == "the frozen score, less the cut-off used"
    assert rows["Adjusted for"] == "Woman, Años de estudio"
    assert (rows["Without Nariño"], rows["Without Bogotá, D.C."]) == ("otro comité", "sin campo")
    assert rows["Level of the intervals, in per cent"] == "97.5%"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"treatment": "selected"}, "the committee selected their alliance"),
        (
            {"treatment": "none"},
            "everybody from the cut-off on, whatever came later (sharp design)",
        ),
        (
            {"treatment": "answer", "treatment_variable": "took_part"},
            "they answered yes to «Took_Part»",
        ),
        (
            {"treatment": "trust_constituted", "treated_by": date(2021, 2, 1)},
            "the trust of their alliance was constituted by 1 Feb 2021",
        ),
    ],
)
def test_each_treatment_is_told(evaluator, wave, spec, said):
    assert rows_of(evaluator, wave, **spec)["Treated"] == said


def test_a_score_of_the_survey_says_that_nobody_sealed_it(evaluator, wave):
    rows = rows_of(evaluator, wave, score_variable="local_score", cutoff=70.5)

    assert rows["Score"] == "«Local_Score» less 70.5: nobody sealed this score"
    assert rows["Departments left out"] == "none"


def test_codes_and_how_scores_are_read_are_told(evaluator, wave):
    codes = (("sales_cop", ((999.0, None), (2.0, 0.0))),)
    rows = rows_of(evaluator, wave, codes=codes, decimals="as_stored")

    [told] = [words for name, words in rows.items() if name.startswith("Codes of")]
    assert told == "999 is no answer; 2 counts as 0"
    assert rows["Scores are read"] == "As they are stored, without rounding"


def test_in_spanish(evaluator, wave, spanish):
    study = make_impact_study(
        evaluator, wave, treatment="in_execution", treated_by=date(2021, 2, 1), level=97.5
    )

    with translation.override("es-co"):
        rows = dict(specification_rows(study))
        form = ImpactForm(filled(wave, exclusions="Nariño"), wave=wave)
        problems = " ".join(form.errors["exclusions"])

    assert rows["Tratado"] == "su alianza estaba en ejecución al 1 feb 2021"
    assert rows["Nivel de los intervalos, en por ciento"] == "97,5\N{NO-BREAK SPACE}%"
    assert problems == "Línea 1: diga por qué se deja fuera a Nariño, después de dos puntos."
