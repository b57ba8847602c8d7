"""Exercises and excerpts: who writes, who reads what, and what never gets in or out."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from alliances.models import Event
from evaluation.models import Excerpt, Exercise
from evaluation.qualitative.rules import personal_data
from evaluation.qualitative.selectors import counts_for, excerpts_for
from evaluation.qualitative.services import (
    link_excerpt,
    withdraw_excerpt,
)
from evaluation.runs.giving.document import quotations
from evaluation.runs.models import Run
from kit.errors import Conflict, DomainError, NotAllowed, Unconfirmed
from tests.factories.alliances import (
    make_alliance,
    make_membership,
    make_municipality,
    make_organisation,
)
from tests.factories.evaluation import SAID as WORDS
from tests.factories.evaluation import make_excerpt, make_exercise, make_study

AT = datetime(2021, 9, 1, 15, tzinfo=UTC)


@pytest.fixture
def place(db):
    return make_municipality()


def test_an_exercise_counts_who_took_part_and_leaves_an_event(evaluator, place):
    exercise = make_exercise(evaluator)
    assert Exercise.objects.get() == exercise
    assert Event.objects.get(verb="record_exercise").data["exercise"] == exercise.pk


@pytest.mark.parametrize(
    "wrong", [{"held_on": date(2021, 9, 2)}, {"women": 0, "men": 0}], ids=["to come", "nobody"]
)
def test_what_cannot_have_been_held_is_refused(evaluator, place, wrong):
    with pytest.raises(DomainError):
        make_exercise(evaluator, **wrong)
    assert not Exercise.objects.exists()


def test_nothing_is_quoted_without_consent(evaluator, place):
    exercise = make_exercise(evaluator, has_consent=False)
    with pytest.raises(DomainError, match="consented"):
        make_excerpt(evaluator, exercise)


def test_only_evaluators_write(evaluator, policy, place):
    exercise = make_exercise(evaluator)
    with pytest.raises(NotAllowed):
        make_exercise(policy)
    with pytest.raises(NotAllowed):
        make_excerpt(policy, exercise)


def test_the_event_does_not_hold_the_words(evaluator, place):
    make_excerpt(evaluator, make_exercise(evaluator))
    assert "gerente" not in str(Event.objects.get(verb="add_excerpt").data)


@pytest.mark.parametrize(
    "text",
    ["llámeme al 310 555 1234", "cédula 12.345.678", "escriba a rosa@example.org"],
)
def test_what_looks_like_a_persons_number_is_asked_about(evaluator, place, text):
    exercise = make_exercise(evaluator)
    with pytest.raises(Unconfirmed):
        make_excerpt(evaluator, exercise, text=text, despite="")
    made = make_excerpt(evaluator, exercise, text=text, despite="Es el número de una resolución.")
    assert made.text == text


def test_pesos_and_years_are_not_taken_for_documents():
    assert not personal_data("vendimos $ 7.277.324 en 2021 y 12 toneladas")
    assert not personal_data("4.896.313 pesos de utilidad")


@given(st.from_regex(r"[1-9]\d{5,9}", fullmatch=True))
def test_any_document_is_seen(number):
    assert personal_data(f"mi cédula es {number}, anótela") == number


def test_words_stay_and_rows_are_not_removed(evaluator, place):
    excerpt = make_excerpt(evaluator, make_exercise(evaluator))
    with pytest.raises(DatabaseError), transaction.atomic():
        Excerpt.objects.update(text="otra cosa")
    with pytest.raises(DatabaseError), transaction.atomic():
        excerpt.delete()


def test_its_author_withdraws_an_excerpt_until_it_stands_by_a_study(evaluator, place):
    exercise = make_exercise(evaluator)
    one, two = make_excerpt(evaluator, exercise), make_excerpt(evaluator, exercise)
    with pytest.raises(NotAllowed):
        withdraw_excerpt(excerpt_id=one.pk, acting=make_membership("evaluator"), at=AT)
    withdraw_excerpt(excerpt_id=one.pk, acting=evaluator, at=AT)
    link_excerpt(excerpt_id=two.pk, study_id=make_study(evaluator).pk, acting=evaluator, at=AT)
    with pytest.raises(Conflict):
        withdraw_excerpt(excerpt_id=two.pk, acting=evaluator, at=AT)
    assert [*excerpts_for(evaluator)] == [two]
    for excerpt, change in ((one, {"withdrawn_at": None}), (two, {"study": None})):
        with pytest.raises(DatabaseError), transaction.atomic():
            Excerpt.objects.filter(pk=excerpt.pk).update(**change)


def test_only_what_may_be_quoted_stands_by_a_study(evaluator, place):
    excerpt = make_excerpt(evaluator, make_exercise(evaluator), is_quotable=False)
    with pytest.raises(Conflict):
        link_excerpt(
            excerpt_id=excerpt.pk, study_id=make_study(evaluator).pk, acting=evaluator, at=AT
        )


def test_a_report_shows_the_chosen_quotations_with_their_department_only(evaluator, place):
    study = make_study(evaluator)
    excerpt = make_excerpt(evaluator, make_exercise(evaluator))
    assert not [*quotations(Run(study=study))]
    link_excerpt(excerpt_id=excerpt.pk, study_id=study.pk, acting=evaluator, at=AT)
    text = " ".join(block.text for block in quotations(Run(study=study)))
    assert WORDS in text
    assert place.department.name in text
    assert place.name not in text


# -- Counts ----------------------------------------------------------------------------------------
def test_small_counts_are_hidden_from_readers_and_not_from_evaluators(evaluator, policy, place):
    exercise = make_exercise(evaluator)
    for theme, actor, n in (
        ("support", "producer", 12),
        ("support", "ally", 3),
        ("fund", "ally", 11),
    ):
        for _each in range(n):
            make_excerpt(evaluator, exercise, theme=theme, actor=actor)

    whole, seen = counts_for(evaluator), counts_for(policy)

    assert [cells for _theme, cells in whole.rows] == [[12, 3, 15], [0, 11, 11]]
    assert whole.totals == [12, 14, 26]
    told = [cell for _theme, cells in seen.rows for cell in cells]
    assert 3 not in told
    assert told.count(None) >= 2


# -- Pages -----------------------------------------------------------------------------------------
def test_readers_see_quotable_excerpts_without_the_municipality(
    evaluator, policy, outsider, place, as_member
):
    exercise = make_exercise(evaluator)
    make_excerpt(evaluator, exercise)
    make_excerpt(evaluator, exercise, text="Esto no se puede citar", is_quotable=False)
    url, file = reverse("evaluation:excerpt-list"), reverse("evaluation:excerpt-file")

    page = as_member(policy).get(url).content.decode()
    own = as_member(evaluator).get(url).content.decode()
    numbers = as_member(policy).get(file).content.decode()

    for text in (page, numbers):
        assert WORDS in text
        assert "no se puede citar" not in text
        assert place.name not in text
    assert "no se puede citar" in own
    assert as_member(outsider).get(url).status_code == 403
    assert as_member(policy).get(reverse("evaluation:exercise-list")).status_code == 403
    detail = reverse("evaluation:exercise-detail", args=[exercise.pk])
    assert as_member(policy).get(detail).status_code == 403


def test_excerpts_are_found_by_words_without_accents(evaluator, place):
    excerpt = make_excerpt(evaluator, make_exercise(evaluator))
    assert [*excerpts_for(evaluator, words="pago gerente")] == [excerpt]
    assert not [*excerpts_for(evaluator, words="gerente cacao")]


def test_alliance_and_body_are_named_by_code_and_nit(evaluator, place, as_member):
    """The form lists neither: there are thousands."""
    alliance = make_alliance()
    body = make_organisation("ally", nit="900123456-8")
    sent = {
        "kind": "workshop",
        "title": "Taller",
        "held_on": "2021-08-20",
        "municipality": place.pk,
        "women": 3,
        "men": 2,
        "held_by": "Equipo",
        "alliance": f" {alliance.code.lower()} ",
        "body": "900.123.456-8",
    }
    client, address = as_member(evaluator), reverse("evaluation:exercise-create")
    assert alliance.name not in client.get(address).content.decode()

    wrong = client.post(address, sent | {"alliance": "XX-9", "body": "800197268-4"})
    assert not Exercise.objects.exists()
    assert "No alliance has the code XX-9." in wrong.content.decode()
    assert "No body has the NIT 800197268-4." in wrong.content.decode()

    client.post(address, sent)
    exercise = Exercise.objects.get()
    assert (exercise.alliance, exercise.body) == (alliance, body)


def test_an_evaluator_records_codes_links_and_withdraws_on_pages(evaluator, place, as_member):
    client = as_member(evaluator)
    sent = {
        "kind": "workshop",
        "title": "Taller de cierre",
        "held_on": "2021-08-20",
        "municipality": place.pk,
        "women": 3,
        "men": 2,
        "held_by": "Equipo",
        "has_consent": "on",
    }
    client.post(reverse("evaluation:exercise-create"), sent)
    exercise = Exercise.objects.get()
    detail = reverse("evaluation:exercise-detail", args=[exercise.pk])
    said_so = {"text": WORDS, "theme": "support", "actor": "producer", "is_quotable": "on"}
    asked = client.post(detail, said_so | {"text": "cel 3105551234"})
    assert not Excerpt.objects.exists()
    assert "Why it is right all the same" in asked.content.decode()
    for _each in range(2):
        assert client.post(detail, said_so).status_code == 302
    one, two = Excerpt.objects.order_by("pk")
    study = make_study(evaluator)
    link = reverse("evaluation:excerpt-link", args=[one.pk])
    assert client.get(link).status_code == 200
    assert client.post(link, {"study": study.pk}).status_code == 302
    withdraw = reverse("evaluation:excerpt-withdraw", args=[two.pk])
    assert client.get(withdraw).status_code == 405
    assert client.post(withdraw).status_code == 302
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.study, two.withdrawn_at is None) == (study, False)
    assert WORDS in client.get(detail).content.decode()
