"""An impact study is written, mended and changed in the browser."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.models import Study, Variable
from evaluation.studies.forms import new_form, revision_form
from evaluation.studies.forms.impact import ImpactStudyForm
from evaluation.studies.impact_spec import DATED, Exclusion, ImpactSpec
from evaluation.studies.rules import IMPACT_COVARIATES
from evaluation.studies.selectors import specification_rows
from evaluation.studies.services import revise_study
from kit.errors import Conflict, DomainError
from tests.evaluation.studies.test_views import create_url, filled
from tests.factories.alliances import make_department
from tests.factories.evaluation import make_impact_study, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave(evaluator):
    make_department()
    make_department("05", "Antioquia")
    return make_wave(evaluator)


def spec_of(study: Study) -> ImpactSpec:
    return ImpactSpec.from_data(study.specification)


def test_a_new_form_asks_what_most_studies_ask(evaluator, as_member, wave):
    client = as_member(evaluator)

    answer = client.post(create_url(wave, "impact"), filled(wave, "impact", title="Impacto"))

    study = Study.objects.get()
    spec = spec_of(study)
    assert answer.headers["Location"] == reverse("evaluation:study-detail", args=[study.pk])
    assert (study.kind, study.slug) == ("impact", "impacto")
    assert spec.outcomes == ("productivity_kg_ha", "sales_cop", "profit_cop")
    assert spec.standardised == ("productivity_kg_ha",)
    assert (spec.treatment, spec.treated_by) == ("in_execution", date(2020, 9, 2))
    assert set(spec.covariates) == set(IMPACT_COVARIATES)
    assert (spec.cluster, spec.vce, spec.bandwidth_on) == ("alliance", "cr3", "reduced_form")


def test_departments_are_named_as_people_write_them_each_with_its_reason(
    evaluator, as_member, wave
):
    lines = "NARINO: puntajes alterados\n\n05 : sin encuesta: no se visitó"
    sent = filled(wave, "impact", exclusions=lines, slug="con-exclusiones")

    as_member(evaluator).post(create_url(wave, "impact"), sent)

    study = Study.objects.get(slug="con-exclusiones")
    assert spec_of(study).exclusions == (
        Exclusion("52", "puntajes alterados"),
        Exclusion("05", "sin encuesta: no se visitó"),
    )
    rows = dict(specification_rows(study))
    assert rows["Left out: Nariño"] == "puntajes alterados"
    assert rows["Takes part who"] == "was in execution by a day: 2 Sep 2020"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"outcomes": []}, "outcomes", "Choose at least one"),
        ({"outcomes": ["respondent_phone"]}, "outcomes", "not one of the available"),
        ({"standardised": ["wellbeing"]}, "standardised", "not one of the available"),
        ({"standardised": ["schooling_years"]}, "standardised", "Only what is measured"),
        ({"treated_by": ""}, "treated_by", "by which day"),
        ({"treatment": "answer"}, "treatment_variable", "which answer"),
        ({"covariates": ["household_size"]}, "covariates", "not one of the available"),
        ({"score_variable": "household_size"}, "cutoff", "Say its cut-off"),
        ({"score_variable": "sales_cop", "cutoff": "1"}, "score_variable", "neither an outcome"),
        ({"cluster": "none"}, "vce", "nearest neighbours"),
        ({"vce": "nn"}, "vce", "nearest neighbours"),
        ({"exclusions": "Macondo: no existe"}, "exclusions", "Line 1: there is no department"),
        ({"exclusions": "Nariño: a\nAntioquia"}, "exclusions", "Line 2: say why"),
        ({"exclusions": "Nariño: a\nnariño: b"}, "exclusions", "named twice"),
        ({"level": "20"}, "level", "greater than or equal"),
        ({"slug": "Un nombre"}, "slug", "valid"),
    ],
)
def test_a_contradiction_is_said_beside_its_field(
    evaluator, as_member, wave, change, field, message
):
    answer = as_member(evaluator).post(create_url(wave, "impact"), filled(wave, "impact", **change))

    assert answer.status_code == 422
    assert any(message in error for error in answer.context["form"].errors[field])
    assert not Study.objects.exists()


def test_a_taken_short_name_is_said_and_one_is_made_where_none_is_given(evaluator, as_member, wave):
    client, url = as_member(evaluator), create_url(wave, "impact")
    sent = filled(wave, "impact", title="Impacto de la fase 3")

    for _study in range(3):
        client.post(url, sent | {"key": uuid4()})
    answer = client.post(url, sent | {"key": uuid4(), "slug": "impacto-de-la-fase-3"})

    slugs = set(Study.objects.values_list("slug", flat=True))
    assert slugs == {f"impacto-de-la-fase-3{end}" for end in ("", "-2", "-3")}
    assert answer.status_code == 422
    assert "already exists" in str(answer.context["form"].errors["slug"])


def test_what_is_measured_after_selection_adjusts_nothing(evaluator, wave):
    Variable.objects.filter(wave=wave, name="household_size").update(measured="before")
    offered = dict(new_form("impact", wave).fields["covariates"].choices)

    assert {"household_size", "schooling_years"} <= set(offered)
    assert "sales_cop" not in offered
    with pytest.raises(DomainError, match="not settled before selection"):
        make_impact_study(evaluator, wave, outcomes=("sales_cop",), covariates=("profit_cop",))


def test_an_open_study_is_changed_in_what_the_form_asks(evaluator, as_member, wave):
    study = make_impact_study(evaluator, wave, frozen=False, p=2, covariates=("is_woman",))
    url = reverse("evaluation:study-revise", args=[study.pk])
    sent = filled(wave, study=study, title="Otro", outcomes=["profit_cop"], slug="no-cambia")

    assert as_member(evaluator).post(url, sent).status_code == 302

    study.refresh_from_db()
    assert (study.title, spec_of(study).outcomes) == ("Otro", ("profit_cop",))
    assert (spec_of(study).p, spec_of(study).covariates) == (2, ("is_woman",))
    assert study.slug != "no-cambia"


def test_a_colleagues_change_is_shown_before_it_is_replaced(evaluator, as_member, wave):
    study = make_impact_study(evaluator, wave, frozen=False)
    client, url = as_member(evaluator), reverse("evaluation:study-revise", args=[study.pk])
    mine = filled(wave, study=study, title="Lo mío")
    theirs = spec_of(study)
    revise_study(study_id=study.pk, title="Lo suyo", specification=theirs, acting=evaluator)

    answer = client.post(url, mine)

    study.refresh_from_db()
    page = answer.content.decode()
    assert (answer.status_code, study.title) == (409, "Lo suyo")
    assert "was changed since you opened it" in page
    assert 'value="Lo mío"' in page
    again = mine | {"seen": answer.context["form"]["seen"].value()}
    assert client.post(url, again).status_code == 302
    study.refresh_from_db()
    assert study.title == "Lo mío"
    with pytest.raises(Conflict):
        revise_study(
            study_id=study.pk, title="x", specification=theirs, acting=evaluator, seen="old"
        )


def test_a_study_tells_which_runs_had_finished_before(evaluator, as_member, wave):
    study = make_impact_study(evaluator, wave)
    page = as_member(evaluator).get(reverse("evaluation:study-detail", args=[study.pk]))

    assert "Frozen before any run of this wave had finished." in page.content.decode()


def specs(names: tuple[str, ...]) -> st.SearchStrategy[ImpactSpec]:
    """Any study that the form can ask of a wave with these outcomes."""
    reasons = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)

    @st.composite
    def drawn(draw):
        outcomes = tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
        treatment = draw(st.sampled_from(["in_execution", "selected", "trust_constituted", "none"]))
        cluster = draw(st.sampled_from(["alliance", "department", "none"]))
        variances = ["nn"] if cluster == "none" else ["cr3", "cr2", "cr1", "nn_cluster"]
        own_score = draw(st.booleans())
        return ImpactSpec(
            outcomes=outcomes,
            standardised=tuple(name for name in outcomes if draw(st.booleans())),
            treatment=treatment,
            treated_by=draw(st.dates(date(2015, 1, 1), date(2030, 1, 1)))
            if treatment in DATED
            else None,
            score_variable="household_size" if own_score else "",
            cutoff=draw(st.integers(-100, 100)) / 4 if own_score else 0.0,
            covariates=tuple(draw(st.lists(st.sampled_from([*IMPACT_COVARIATES]), unique=True))),
            exclusions=tuple(
                Exclusion(code, draw(reasons))
                for code in draw(st.lists(st.sampled_from(["52", "05"]), unique=True))
            ),
            cluster=cluster,
            vce=draw(st.sampled_from(variances)),
            kernel=draw(st.sampled_from(["triangular", "epanechnikov", "uniform"])),
            p=draw(st.sampled_from([1, 2])),
            bwselect=draw(st.sampled_from(["mserd", "msetwo", "cerrd", "certwo"])),
            bandwidth_on=draw(st.sampled_from(["reduced_form", "fuzzy"])),
            masspoints=draw(st.sampled_from(["adjust", "off"])),
            level=draw(st.sampled_from([90.0, 95.0, 99.0])),
            minimum_controls=draw(st.integers(2, 50)),
            placebos=draw(st.integers(0, 30)),
            balance_draws=draw(st.integers(0, 99)),
        )

    return drawn()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=specs(("productivity_kg_ha", "sales_cop", "profit_cop", "income_improved")))
def test_what_a_form_shows_it_reads_back_the_same(evaluator, wave, spec):
    shown = ImpactStudyForm(wave=wave).answers_of(spec)
    sent = {name: value for name, value in shown.items() if value not in (None, "", [])}

    form = ImpactStudyForm(sent | {"title": "Ida y vuelta", "key": uuid4()}, wave=wave)

    assert form.is_valid(), form.errors
    assert ImpactSpec.from_data(form.specification().to_data()) == form.specification()
    found = form.specification()
    assert set(found.outcomes) == set(spec.outcomes)
    assert found.to_data() == spec.to_data()


def test_a_revision_shows_what_the_study_asks(evaluator, wave):
    study = make_impact_study(evaluator, wave, frozen=False)

    form = revision_form(study)

    assert form.spec == spec_of(study)
    assert form.initial["seen"] == study.version
