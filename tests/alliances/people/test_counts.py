"""Tables of people: whole for who works with them or judges them, hidden where few for the rest."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from alliances.field.selectors import coverage_of
from alliances.field.services import log_visit
from alliances.people.counts import READS_EVERY_COUNT
from alliances.preparation.selectors import producer_figures
from tests.factories.alliances import READERS, Cast, make_cast, make_producer

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """Ten producers, two of them men; three came to a visit and one does what was taught."""
    cast = make_cast("executing")
    people = [make_producer(cast.alliance, sex="m" if n < 2 else "f") for n in range(10)]
    log_visit(
        alliance_id=cast.alliance.pk,
        acting=cast["oga"],
        at=cast.alliance.status_since,
        kind="technical",
        visited_on=date(2026, 3, 2),
        topic="Siembra",
        practice_checked="Semilla",
        attended=[row.pk for row in people[:3]],
        adopted=[people[0].pk],
        key=uuid4(),
    )
    return cast


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login(cast[role].user)
    return client


@pytest.mark.parametrize("role", READERS)
def test_counts_of_few_people_are_hidden_on_pages_and_in_the_api(cast: Cast, role: str) -> None:
    is_whole = role in READS_EVERY_COUNT

    figures = producer_figures(cast.alliance, cast[role])
    coverage = coverage_of(cast.alliance, cast[role])
    (visit,) = client_of(cast, role).get("/api/v1/visits/").json()["results"]

    assert (figures.count, figures.women) == (10, 8 if is_whole else None)
    assert (coverage.producers, coverage.reached) == (10, 3 if is_whole else None)
    (adoption,) = coverage.adoptions
    assert (adoption.adopted, adoption.observed) == ((1, 3) if is_whole else (None, None))
    assert (visit["attended"], visit["adopted"]) == ((3, 1) if is_whole else (None, None))


def test_a_page_says_that_a_count_is_hidden(cast: Cast) -> None:
    page = {
        role: client_of(cast, role)
        .get(reverse("alliances:alliance-visits", args=[cast.alliance.code]))
        .text
        for role in ("oga", "evaluator")
    }

    assert "3 people came" in page["oga"]
    assert "people came" in page["evaluator"]
    assert "3 people came" not in page["evaluator"]
    assert "hidden of 10" in page["evaluator"]


def test_of_a_few_producers_there_are_no_figures_at_all() -> None:
    cast = make_cast("submitted")
    make_producer(cast.alliance)

    figures = producer_figures(cast.alliance, cast["evaluator"])

    assert (figures.count, figures.project_area_ha, figures.experience_years) == (None, None, None)
    text = (
        client_of(cast, "evaluator")
        .get(reverse("alliances:producer-list", args=[cast.alliance.code]))
        .text
    )
    assert "would tell who they are" in text
