"""Pages of the studies: written, frozen and read; refused to everybody else."""

import pytest
from django.urls import reverse

from evaluation.models import Study
from evaluation.studies.forms import ChainingStudyForm
from tests.factories.evaluation import make_study, make_wave

pytestmark = pytest.mark.django_db


def filled(wave, **changes):
    """What the browser sends when nothing but title, wave and day is changed."""
    form = ChainingStudyForm()
    values = {name: field.initial for name, field in form.fields.items() if field.initial}
    asked = {"title": "Encadenamiento 2021", "wave": wave.pk, "reference_on": "2021-06-30"}
    return values | asked | changes


def test_an_evaluator_writes_and_freezes_a_study(evaluator, as_member):
    client, wave = as_member(evaluator), make_wave(evaluator)
    form = client.get(reverse("evaluation:study-create"))

    written = client.post(reverse("evaluation:study-create"), filled(wave))
    study = Study.objects.get()
    open_page = client.get(written.headers["Location"]).content.decode()
    client.post(reverse("evaluation:study-freeze", args=[study.pk]))
    frozen_page = client.get(written.headers["Location"]).content.decode()

    assert form.status_code == 200
    assert study.specification["covariates"] == [
        "is_woman",
        "experience_years",
        "organisation_age_years",
    ]
    launch = reverse("evaluation:run-launch", args=[study.pk])
    assert launch not in open_page
    assert launch in frozen_page
    study.refresh_from_db()
    assert study.spec_hash in frozen_page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"both_high": "1"}, "above low"),
        ({"behaviour_weight": "2"}, "less than or equal to 1"),
        ({"reference_on": "yesterday"}, "valid date"),
        ({"covariates": ["respondent_name"]}, "not one of the available choices"),
        ({"title": ""}, "required"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field(evaluator, as_member, change, message):
    answer = as_member(evaluator).post(
        reverse("evaluation:study-create"), filled(make_wave(evaluator), **change)
    )

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Study.objects.exists()


def test_freezing_twice_is_told(evaluator, as_member):
    study = make_study(evaluator)

    answer = as_member(evaluator).post(reverse("evaluation:study-freeze", args=[study.pk]))

    assert answer.status_code == 409
    assert "frozen" in answer.content.decode()


def test_readers_read_and_do_not_write(evaluator, policy, as_member):
    study, client = make_study(evaluator, frozen=False), as_member(policy)
    freeze = reverse("evaluation:study-freeze", args=[study.pk])

    page = client.get(reverse("evaluation:study-detail", args=[study.pk]))

    assert page.status_code == 200
    assert "only an evaluator" in page.content.decode()
    assert freeze not in page.content.decode()
    assert client.post(freeze).status_code == 403
    assert client.get(reverse("evaluation:study-create")).status_code == 403


def test_outsiders_read_nothing(evaluator, outsider, as_member):
    study = make_study(evaluator)

    for name, args in (("study-detail", [study.pk]), ("study-list", []), ("study-create", [])):
        answer = as_member(outsider).get(reverse(f"evaluation:{name}", args=args))
        assert answer.status_code == 403


def test_freezing_does_not_answer_get(evaluator, as_member):
    study = make_study(evaluator, frozen=False)

    answer = as_member(evaluator).get(reverse("evaluation:study-freeze", args=[study.pk]))

    assert answer.status_code == 405
    assert (
        as_member(evaluator).post(reverse("evaluation:study-freeze", args=[9999])).status_code
        == 404
    )
