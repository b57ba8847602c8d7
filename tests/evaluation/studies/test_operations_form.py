"""A study of operations in the browser: without a wave, proposed, refused and read back."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from evaluation.models import Study
from evaluation.studies.kinds import KINDS, specification_rows
from evaluation.studies.models import WaveUse
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.services import create_study, freeze_study, hash_of_study, revise_study
from kit.errors import DomainError
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.factories.alliances import make_alliance, make_department
from tests.factories.evaluation import (
    AT,
    make_operations_study,
    make_study,
    make_wave,
)

pytestmark = pytest.mark.django_db
CREATE = reverse("evaluation:study-create-stored", args=["operations"])
SPEC = OperationsSpec(
    from_on=date(2020, 1, 1), until_on=date(2022, 12, 31), regimes=("phase_3",), level=90.0
)


def filled(**changes):
    """What the browser sends when nothing but the title is changed."""
    form = KINDS["operations"].form(wave=None)
    return {**form.initial, "title": "Operación 2021", "key": uuid4(), **changes}


def test_an_evaluator_writes_and_freezes_one(evaluator, as_member):
    client = as_member(evaluator)
    make_alliance()
    form = client.get(CREATE)

    written = client.post(CREATE, filled(regimes=["phase_3"]))
    study = Study.objects.get()
    client.post(reverse("evaluation:study-freeze", args=[study.pk]))
    page = client.get(written.headers["Location"]).content.decode()
    listed = client.get(reverse("evaluation:study-list")).content.decode()

    assert form.status_code == 200
    assert (study.kind, study.wave, study.specification["regimes"]) == (
        "operations",
        None,
        ["phase_3"],
    )
    assert "Frozen before any run of the same data" in page
    assert "Stored rows" in page
    assert "Stored rows" in listed


def test_what_is_written_is_read_back():
    assert OperationsSpec.from_data(SPEC.to_data()) == SPEC


@pytest.mark.parametrize(
    "wrong",
    [
        {"until_on": date(2019, 1, 1)},
        {"minimum_cell": 2},
        {"level": 100.0},
        {"calls": ("a", "a")},
        {"compare_by": ("crop",)},
    ],
)
def test_what_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError, match=" "):
        replace(SPEC, **wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until_on": "2019-01-01"}, "before it begins"),
        ({"calls": ["none"]}, "not one of the available choices"),
        ({"minimum_cell": "1"}, "greater than or equal to 3"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field(evaluator, as_member, change, message):
    answer = as_member(evaluator).post(CREATE, filled(from_on="2020-01-01", **change))

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Study.objects.exists()


@pytest.mark.parametrize(
    "unknown", [{"calls": ("none",)}, {"regimes": ("other",)}, {"departments": ("00",)}]
)
def test_only_what_there_is_can_be_named(evaluator, unknown):
    with pytest.raises(DomainError, match=next(iter(*unknown.values()))):
        make_operations_study(evaluator, **unknown)


def test_an_open_one_is_changed(evaluator, as_member):
    study = make_operations_study(evaluator, frozen=False)
    url = reverse("evaluation:study-revise", args=[study.pk])
    sent = filled(title="Otra", minimum_cell="20", seen=study.version)

    answer = as_member(evaluator).post(url, sent)

    assert answer.status_code == 302
    study.refresh_from_db()
    assert (study.title, study.specification["minimum_cell"]) == ("Otra", 20)


def test_it_is_told_in_pairs(evaluator):
    make_department("52", "Nariño")
    study = make_operations_study(evaluator, departments=("52",))

    pairs = dict(specification_rows(study))

    assert pairs["What it reads"] == "Stored rows"
    assert (pairs["Departments"], pairs["Calls"]) == ("Nariño", "all")


# -- What every kind owes to waves ----------------------------------------------------------------
def test_a_kind_that_reads_no_wave_is_given_none(evaluator, as_member):
    client, wave = as_member(evaluator), make_wave(evaluator)
    choose = reverse("evaluation:study-begin")

    with_wave = client.get(choose, {"kind": "operations", "wave": wave.pk})
    without = client.get(choose, {"kind": "operations"})
    missing = client.get(choose, {"kind": "impact"})

    assert with_wave.headers["Location"] == without.headers["Location"] == CREATE
    assert missing.status_code == 422
    assert "reads a survey wave" in missing.content.decode()


def test_addresses_know_which_kind_reads_a_wave(evaluator, as_member):
    client, wave = as_member(evaluator), make_wave(evaluator)
    of_wave = reverse("evaluation:study-create", args=["operations", wave.pk])

    assert client.get(of_wave).status_code == 404
    for kind, row in KINDS.items():
        stored = reverse("evaluation:study-create-stored", args=[kind])
        needs = row.code.wave_use is WaveUse.REQUIRED
        assert client.get(stored).status_code == (404 if needs else 200)


def test_services_and_database_refuse_the_wrong_one(evaluator):
    wave, stored = make_wave(evaluator), make_operations_study(evaluator, frozen=False)
    surveyed = make_study(evaluator, wave, frozen=False)
    asked = {"title": "x", "acting": evaluator, "at": AT}

    with pytest.raises(DomainError, match="no survey wave"):
        create_study(wave_id=wave.pk, specification=SPEC, **asked)
    with pytest.raises(DomainError, match="choose one"):
        create_study(wave_id=None, specification=chaining_spec(), **asked)
    for study, wrong in ((stored, wave), (surveyed, None)):
        with pytest.raises(DatabaseError, match="evaluation_study_wave"), transaction.atomic():
            Study.objects.filter(pk=study.pk).update(wave=wrong)
    revise_study(study_id=stored.pk, specification=SPEC, **asked)


def test_its_hash_is_of_what_it_asks(evaluator):
    one, same = make_operations_study(evaluator), make_operations_study(evaluator)
    other = make_operations_study(evaluator, minimum_cell=20)

    assert one.spec_hash == same.spec_hash == hash_of_study(one)
    assert other.spec_hash != one.spec_hash
    with pytest.raises(DomainError, match="frozen"):
        freeze_study(study_id=one.pk, acting=evaluator, at=AT)
