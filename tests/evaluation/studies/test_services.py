"""A study is fixed and hashed before it can be run, by an evaluator, for good."""

import json
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from alliances.models import Event
from evaluation.estimators.chaining.spec import ChainingSpec
from evaluation.models import Study
from evaluation.studies.kinds import specification_rows
from evaluation.studies.services import (
    Overtaken,
    create_study,
    freeze_study,
    hash_of_study,
    revise_study,
)
from kit.errors import Conflict, DomainError, NotAllowed
from tests.alliances.preparation.conftest import at_once
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.factories.evaluation import AT, make_study, make_wave

pytestmark = pytest.mark.django_db


def test_a_study_keeps_its_specification(evaluator):
    study = make_study(evaluator, frozen=False, covariates=("is_woman", "schooling_years"))

    again = ChainingSpec.from_data(json.loads(json.dumps(study.specification)))

    assert again.covariates == ("is_woman", "schooling_years")
    assert not study.is_frozen


@pytest.mark.parametrize(
    "name", ["nothing", "respondent_name", "wellbeing_text", "document_number"]
)
def test_only_impersonal_numbers_are_covariates(evaluator, name):
    with pytest.raises(DomainError, match=name):
        make_study(evaluator, covariates=(name,))


def test_a_study_needs_a_title(evaluator):
    with pytest.raises(ValidationError):
        create_study(
            title="",
            wave_id=make_wave(evaluator).pk,
            specification=chaining_spec(),
            acting=evaluator,
            at=AT,
        )


def test_freezing_hashes_what_is_asked(evaluator):
    wave = make_wave(evaluator)
    one = make_study(evaluator, wave)
    same = make_study(evaluator, wave)
    other = make_study(evaluator, wave, alpha=0.1)

    assert one.spec_hash == same.spec_hash == hash_of_study(one)
    assert other.spec_hash != one.spec_hash


def test_freezing_is_kept_in_the_audit_chain(evaluator):
    study = make_study(evaluator)

    event = Event.objects.get(verb="freeze_study")

    assert (event.actor, event.organisation) == (evaluator.user, evaluator.organisation)
    assert event.data["study"] == study.pk
    assert event.data["spec_hash"] == study.spec_hash


def test_a_study_sent_twice_is_one(evaluator):
    arguments = {
        "title": "Encadenamiento",
        "wave_id": make_wave(evaluator).pk,
        "specification": chaining_spec(),
        "acting": evaluator,
        "at": AT,
        "key": uuid4(),
    }

    assert create_study(**arguments) == create_study(**arguments)
    assert Study.objects.count() == 1


def test_an_open_study_is_revised(evaluator):
    study = make_study(evaluator, frozen=False)

    revise_study(
        study_id=study.pk,
        title="Otro",
        specification=chaining_spec(alpha=0.1),
        acting=evaluator,
        at=AT,
    )

    study.refresh_from_db()
    assert (study.title, study.specification["alpha"]) == ("Otro", 0.1)


def test_whoever_read_an_older_version_does_not_overwrite_the_newer(evaluator):
    study = make_study(evaluator, frozen=False)
    read, asked = (
        study.version,
        {"study_id": study.pk, "acting": evaluator, "at": AT, "title": "Otro"},
    )
    revise_study(**asked, specification=chaining_spec(alpha=0.1), seen=read)

    with pytest.raises(
        Overtaken, match=f"{evaluator.user.display_name} changed this study on 2 Mar"
    ):
        revise_study(**asked, specification=chaining_spec(alpha=0.2), seen=read)

    study.refresh_from_db()
    assert study.specification["alpha"] == 0.1
    revise_study(**asked, specification=chaining_spec(alpha=0.2), seen=study.version)


def test_a_short_name_belongs_to_one_study(evaluator):
    wave = make_wave(evaluator)
    asked = {"wave_id": wave.pk, "specification": chaining_spec(), "acting": evaluator, "at": AT}
    titles = ["El río", "El rio", "¡El río!", "???", "¿?"]

    made = [create_study(title=title, **asked).slug for title in titles]

    assert made == ["el-rio", "el-rio-2", "el-rio-3", "estudio", "estudio-2"]
    with pytest.raises(ValidationError) as refused:
        create_study(title="Otro", slug="el-rio", **asked)
    assert list(refused.value.message_dict) == ["slug"]


def test_a_frozen_study_never_changes(evaluator):
    study = make_study(evaluator)

    with pytest.raises(Conflict, match="frozen"):
        freeze_study(study_id=study.pk, acting=evaluator, at=AT)
    with pytest.raises(Conflict, match="frozen"):
        revise_study(
            study_id=study.pk, title="Otro", specification=chaining_spec(), acting=evaluator, at=AT
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(specification={})
    with pytest.raises(DatabaseError), transaction.atomic():
        Study.objects.filter(pk=study.pk).delete()


@pytest.mark.parametrize("role", ["policy", "outsider"])
def test_only_an_evaluator_writes_studies(evaluator, role, request):
    stranger = request.getfixturevalue(role)
    study = make_study(evaluator, frozen=False)

    with pytest.raises(NotAllowed):
        make_study(stranger, study.wave)
    with pytest.raises(NotAllowed):
        freeze_study(study_id=study.pk, acting=stranger, at=AT)
    with pytest.raises(NotAllowed):
        revise_study(
            study_id=study.pk, title="Otro", specification=chaining_spec(), acting=stranger, at=AT
        )


def test_a_hash_without_freezing_is_refused_by_the_database(evaluator):
    study = make_study(evaluator, frozen=False)

    with pytest.raises(DatabaseError, match="frozen_with_hash"), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(spec_hash="a" * 64)


def test_the_specification_is_told_in_pairs(evaluator):
    pairs = dict(specification_rows(make_study(evaluator)))

    assert pairs["Interval level"] == "95%"
    assert pairs["Producers and their organisation"] == "low under 1.5, high from 2.5"


@pytest.mark.django_db(transaction=True)
def test_studies_of_one_title_written_at_once_have_different_names(evaluator):
    waves = [make_wave(evaluator), make_wave(evaluator)]

    def write(wave):
        return create_study(
            title="Impacto",
            wave_id=wave.pk,
            specification=chaining_spec(),
            acting=evaluator,
            at=AT,
        ).slug

    assert sorted(at_once(*(partial(write, wave) for wave in waves))) == ["impacto", "impacto-2"]
