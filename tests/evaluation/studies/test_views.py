"""Pages of the studies: written, frozen and read; refused to everybody else."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.models import Study
from evaluation.studies.forms import new_form, revision_form
from tests.factories.evaluation import make_study, make_wave

pytestmark = pytest.mark.django_db


def create_url(wave, kind="chaining"):
    return reverse("evaluation:study-create", args=[kind, wave.pk])


def filled(wave, kind="chaining", study=None, **changes):
    """What the browser sends when nothing but the title is changed."""
    form = revision_form(study) if study else new_form(kind, wave)
    values = {name: value for name, value in form.initial.items() if value not in (None, "", [])}
    return values | {"title": "Encadenamiento 2021", "key": uuid4()} | changes


def test_an_evaluator_writes_and_freezes_a_study(evaluator, as_member):
    client, wave = as_member(evaluator), make_wave(evaluator)
    begin = client.get(reverse("evaluation:study-begin"), {"kind": "chaining", "wave": wave.pk})
    form = client.get(begin.headers["Location"])

    written = client.post(create_url(wave), filled(wave))
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
    wave = make_wave(evaluator)

    answer = as_member(evaluator).post(create_url(wave), filled(wave, **change))

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Study.objects.exists()


def test_the_second_click_writes_no_second_study(evaluator, as_member):
    wave = make_wave(evaluator)
    client, sent = as_member(evaluator), filled(wave)

    places = [client.post(create_url(wave), sent)["Location"] for _ in range(2)]

    assert places[0] == places[1]
    assert Study.objects.count() == 1


def test_an_open_study_is_changed_and_keeps_what_is_not_asked(evaluator, as_member):
    study = make_study(evaluator, frozen=False, alpha=0.1, covariates=("schooling_years",))
    client, url = as_member(evaluator), reverse("evaluation:study-revise", args=[study.pk])
    page = client.get(url).content.decode()
    detail = client.get(reverse("evaluation:study-detail", args=[study.pk])).content.decode()
    sent = filled(
        study.wave, study=study, title="Otro", both_high="3", covariates=["schooling_years"]
    )

    answer = client.post(url, sent)

    assert url in detail
    assert f'value="{study.title}"' in page
    assert answer.headers["Location"] == reverse("evaluation:study-detail", args=[study.pk])
    study.refresh_from_db()
    assert (study.title, study.specification["both"]["high"]) == ("Otro", 3)
    assert study.specification["covariates"] == ["schooling_years"]
    assert study.specification["alpha"] == 0.1


def test_a_change_that_cannot_be_is_said_beside_the_field(evaluator, as_member):
    study = make_study(evaluator, frozen=False)
    url = reverse("evaluation:study-revise", args=[study.pk])

    answer = as_member(evaluator).post(url, filled(study.wave, both_high="1"))

    assert answer.status_code == 422
    assert "above low" in answer.content.decode()


def test_a_frozen_study_is_not_changed(evaluator, as_member):
    study = make_study(evaluator)
    url = reverse("evaluation:study-revise", args=[study.pk])

    answer = as_member(evaluator).post(url, filled(study.wave, title="Otro"))

    assert answer.status_code == 409
    assert as_member(evaluator).get(url).status_code == 302
    study.refresh_from_db()
    assert study.title != "Otro"


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
    assert client.get(create_url(study.wave)).status_code == 403
    assert client.post(create_url(study.wave), filled(study.wave)).status_code == 403
    revise = reverse("evaluation:study-revise", args=[study.pk])
    assert client.post(revise, filled(study.wave)).status_code == 403


def test_outsiders_read_nothing(evaluator, outsider, as_member):
    study = make_study(evaluator)

    for name, args in (
        ("study-detail", [study.pk]), ("study-list", []), ("study-begin", []),
        ("study-create", ["impact", study.wave.pk]),
        ("study-revise", [study.pk]),
    ):  # fmt: skip
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
