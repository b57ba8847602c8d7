"""Pages of the studies: written, frozen and read; refused to everybody else."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.models import Study
from evaluation.runs.services import claim_run, execute_run
from evaluation.studies.kinds import KINDS
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db


def create_url(wave, kind="chaining"):
    return reverse("evaluation:study-create", args=[kind, wave.pk])


def filled(wave, **changes):
    """What the browser sends when nothing but title and day is changed."""
    form = KINDS["chaining"].form(wave=wave)
    values = {name: value for name, value in form.initial.items() if value}
    asked = {"title": "Encadenamiento 2021", "reference_on": "2021-06-30"}
    return values | asked | {"key": uuid4()} | changes


def revised(study, **changes):
    """The same from the page that changes a study."""
    return filled(study.wave, seen=study.version) | changes


def test_an_evaluator_writes_and_freezes_a_study(evaluator, as_member):
    client, wave = as_member(evaluator), make_wave(evaluator)
    form = client.get(create_url(wave))

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
    assert f"launch_run --study {study.slug}" in frozen_page


def test_kind_and_wave_are_chosen_first(evaluator, as_member):
    client, older = as_member(evaluator), make_wave(evaluator)
    choose = reverse("evaluation:study-begin")
    page = client.get(choose).content.decode()

    there = client.get(choose, {"kind": "impact", "wave": older.pk})
    nowhere = client.get(choose, {"kind": "astrology", "wave": older.pk})

    assert all(str(kind.summary) in page for kind in KINDS.values())
    assert there.headers["Location"] == create_url(older, "impact")
    assert nowhere.status_code == 422
    assert client.get(create_url(older, "astrology")).status_code == 404
    assert client.post(choose).status_code == 405


def test_without_a_wave_there_is_nothing_to_study(evaluator, as_member):
    page = as_member(evaluator).get(reverse("evaluation:study-begin")).content.decode()

    assert reverse("evaluation:wave-create") in page


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
    sent = revised(study, title="Otro", both_high="3", covariates=["schooling_years"])

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

    answer = as_member(evaluator).post(url, revised(study, both_high="1"))

    assert answer.status_code == 422
    assert "above low" in answer.content.decode()


def test_of_two_who_change_a_study_the_second_sees_both_and_loses_nothing(evaluator, as_member):
    study = make_study(evaluator, frozen=False)
    client, url = as_member(evaluator), reverse("evaluation:study-revise", args=[study.pk])
    opened = revised(study, title="Second")
    client.post(url, revised(study, title="First", both_high="3.5"))

    answer = client.post(url, opened)
    page = answer.content.decode()
    study.refresh_from_db()
    title_then = study.title
    client.post(url, opened | {"seen": answer.context["form"]["seen"].value()})

    assert answer.status_code == 409
    assert "after you opened it" in page
    assert "high from 3.5" in page
    assert 'value="Second"' in page
    assert title_then == "First"
    study.refresh_from_db()
    assert study.title == "Second"


def test_a_study_tells_whose_results_could_be_known(evaluator, as_member):
    wave, client = make_wave(evaluator), as_member(evaluator)
    make_surveyed(wave, evaluator, alliances=4, members=3)
    first = make_study(evaluator, wave)
    run = make_run(evaluator, first)
    execute_run(run_id=run.pk, token=claim_run(at=AT).claim_token, clock=lambda: AT)
    still_open, late = make_study(evaluator, wave, frozen=False), make_study(evaluator, wave)
    link = reverse("evaluation:run-detail", args=[run.pk])

    pages = [
        client.get(reverse("evaluation:study-detail", args=[study.pk])).content.decode()
        for study in (first, still_open, late)
    ]

    assert "Frozen before any run of the same data had shown results" in pages[0]
    assert "One run of the same data has shown results" in pages[1]
    assert "One run of the same data had shown results when it was frozen" in pages[2]
    assert [link in page for page in pages] == [False, True, True]


def test_a_frozen_study_is_not_changed(evaluator, as_member):
    study = make_study(evaluator)
    url = reverse("evaluation:study-revise", args=[study.pk])

    answer = as_member(evaluator).post(url, revised(study, title="Otro"))

    assert answer.status_code == 409
    assert as_member(evaluator).get(url).status_code == 302
    study.refresh_from_db()
    assert study.title != "Otro"


def test_only_what_was_read_is_frozen(evaluator, as_member):
    study, client = make_study(evaluator, frozen=False), as_member(evaluator)
    freeze = reverse("evaluation:study-freeze", args=[study.pk])
    page = client.get(reverse("evaluation:study-detail", args=[study.pk])).content.decode()
    read = study.version
    client.post(reverse("evaluation:study-revise", args=[study.pk]), revised(study, title="Otro"))

    answer = client.post(freeze, {"seen": read})

    assert f'name="seen" value="{read}"' in page
    assert answer.status_code == 409
    assert "after you opened it" in answer.content.decode()
    study.refresh_from_db()
    assert not study.is_frozen
    client.post(freeze, {"seen": study.version})
    study.refresh_from_db()
    assert study.is_frozen


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
    assert client.get(reverse("evaluation:study-begin")).status_code == 403
    assert client.post(create_url(study.wave), filled(study.wave)).status_code == 403
    revise = reverse("evaluation:study-revise", args=[study.pk])
    assert client.post(revise, revised(study)).status_code == 403


def test_outsiders_read_nothing(evaluator, outsider, as_member):
    study = make_study(evaluator)

    for name, args in (
        ("study-detail", [study.pk]),
        ("study-list", []),
        ("study-begin", []),
        ("study-create", ["chaining", study.wave.pk]),
        ("study-revise", [study.pk]),
    ):
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
