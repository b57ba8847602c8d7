"""What was known when a study was frozen is stamped on it; an amendment is marked for good."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from alliances.models import Event
from evaluation.models import Reading, Study
from evaluation.runs.services import cancel_run, note_reading
from evaluation.studies.services import (
    amend_study,
    freeze_study,
    hash_of_study,
    revise_study,
)
from evaluation.studies.specs import differences, specification_of
from evaluation.studies.stamps import stamp_pairs, stamps_of
from evaluation.surveys.models import Measured
from kit.errors import Conflict, DomainError, NotAllowed
from tests.evaluation.runs.impact.rows import impact_rows
from tests.evaluation.runs.impact.scene import work_on
from tests.factories.evaluation import AT, make_impact_study, make_run, make_study, make_wave

pytestmark = pytest.mark.django_db


def test_who_read_a_run_is_kept_once(evaluator, policy):
    run = make_run(evaluator)

    for person in (evaluator, evaluator, policy):
        note_reading(run=run, acting=person, at=AT)

    assert [*run.readings.order_by("pk").values_list("reader", flat=True)] == [
        evaluator.user_id,
        policy.user_id,
    ]
    with pytest.raises(DatabaseError, match=r"Readings|denied"), transaction.atomic():
        Reading.objects.all().delete()


def test_a_study_is_stamped_with_who_had_read_results_of_its_wave(evaluator, policy):
    wave = make_wave(evaluator)
    run = make_run(evaluator, make_study(evaluator, wave))
    note_reading(run=run, acting=policy, at=AT)
    note_reading(run=make_run(evaluator), acting=evaluator, at=AT)  # of another wave

    study = make_study(evaluator, wave)

    name = policy.user.display_name
    assert study.read_before == [
        {"run": run.pk, "person": policy.user_id, "name": name, "at": AT.isoformat()}
    ]
    assert (
        name in dict(stamp_pairs(study))["Who had read results of the same data when it was frozen"]
    )
    assert Event.objects.filter(verb="freeze_study").last().data["read_before"] == study.read_before


def test_a_study_is_stamped_with_its_variables_of_after_selection(evaluator):
    wave = make_wave(evaluator)
    wave.variables.filter(name="schooling_years").update(measured=Measured.BEFORE)
    study = make_impact_study(evaluator, wave, covariates=("schooling_years", "age_years"))

    assert study.measured_after == ["sales_cop"]
    assert stamps_of(study)["measured_after"] == ["sales_cop"]


def test_the_hash_covers_the_stamps(evaluator):
    study = make_impact_study(evaluator)
    study.read_before = [{"run": 1, "person": 1, "name": "—", "at": AT.isoformat()}]
    assert hash_of_study(study) != study.spec_hash
    study.read_before = []
    assert hash_of_study(study) == study.spec_hash
    study.measured_after = []
    assert hash_of_study(study) != study.spec_hash


def test_what_moved_after_selection_meanwhile_is_refused_on_freezing(evaluator):
    wave = make_wave(evaluator)
    variables = wave.variables.filter(name="schooling_years")
    variables.update(measured=Measured.BEFORE)
    study = make_impact_study(evaluator, wave, covariates=("schooling_years",), frozen=False)
    variables.update(measured=Measured.AFTER)

    with pytest.raises(DomainError, match="schooling_years"):
        freeze_study(study_id=study.pk, acting=evaluator, at=AT)


def test_an_amendment_copies_and_is_marked(evaluator):
    old = make_impact_study(evaluator)
    new = amend_study(study_id=old.pk, acting=evaluator, at=AT)
    assert (new.amends, new.specification, new.is_frozen) == (old, old.specification, False)
    assert differences(new) == []

    spec = specification_of(old.kind, old.specification | {"p": 2})
    revise_study(study_id=new.pk, title=new.title, specification=spec, acting=evaluator, at=AT)
    frozen = freeze_study(study_id=new.pk, acting=evaluator, at=AT)

    assert len(differences(frozen)) == 1
    assert stamps_of(frozen)["amends"] == {"slug": old.slug, "spec_hash": old.spec_hash}
    assert len(stamps_of(frozen)["differences"]) == 1
    frozen.amends = None
    assert hash_of_study(frozen) != frozen.spec_hash


def test_only_an_evaluator_amends_and_only_what_is_frozen(evaluator, policy):
    with pytest.raises(Conflict):
        amend_study(study_id=make_study(evaluator, frozen=False).pk, acting=evaluator, at=AT)
    with pytest.raises(NotAllowed):
        amend_study(study_id=make_study(evaluator).pk, acting=policy, at=AT)


def test_the_page_amends_and_shows_what_differs(evaluator, as_member):
    old = make_impact_study(evaluator)
    browser = as_member(evaluator)
    page = browser.get(reverse("evaluation:study-detail", args=[old.pk])).content.decode()
    assert "Write an amended study" in page

    answer = browser.post(reverse("evaluation:study-amend", args=[old.pk]))

    new = Study.objects.get(amends=old)
    assert answer.url == reverse("evaluation:study-revise", args=[new.pk])
    spec = specification_of(old.kind, old.specification | {"p": 2})
    revise_study(study_id=new.pk, title="Otro", specification=spec, acting=evaluator, at=AT)
    page = browser.get(reverse("evaluation:study-detail", args=[new.pk])).content.decode()
    assert "What it asks otherwise" in page
    assert "Amends «" in browser.get(reverse("evaluation:study-list")).content.decode()


def test_page_file_and_api_are_readings_and_carry_the_stamps(evaluator, policy, as_member):
    wave = make_wave(evaluator)
    old = make_impact_study(evaluator, wave)
    note_reading(run=make_run(evaluator, old), acting=policy, at=AT)
    study = amend_study(study_id=old.pk, acting=evaluator, at=AT)
    study = freeze_study(study_id=study.pk, acting=evaluator, at=AT)
    cancel_run(run_id=old.runs.get().pk, acting=evaluator, at=AT)
    run = work_on(make_run(evaluator, study), impact_rows(alliances=120))
    assert not run.readings.exists()

    told = as_member(evaluator).get(reverse("evaluation:run-result", args=[run.pk, "json"])).json()
    assert told["stamps"]["read_before"][0]["person"] == policy.user_id
    assert told["stamps"]["amends"]["slug"] == old.slug
    page = as_member(policy).get(reverse("evaluation:run-detail", args=[run.pk]))
    assert "Amends «" in page.content.decode()
    assert {*run.readings.values_list("reader", flat=True)} == {evaluator.user_id, policy.user_id}
    report = as_member(evaluator).get(reverse("evaluation:run-report", args=[run.pk, "md"]))
    assert policy.user.display_name in report.content.decode()
    api = as_member(policy).get(f"/api/v1/runs/{run.pk}/").json()
    assert api["stamps"]["spec_hash"] == study.spec_hash
