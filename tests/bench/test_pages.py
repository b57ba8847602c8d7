"""The measurement of pages, on one alliance with one of everything that it asks for."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from alliances.lifecycle.table import Status
from bench import pages
from tests.factories.alliances import CAST, Cast, make_alliance, make_appointment, make_producer
from tests.factories.fiduciary import make_funded_cast, make_request

#: A page as it is, one whose address is filled in, and a list of the API.
ASKED = (("eip", "/"), ("eip", "/alianzas/{executing}/"), ("eip", "/api/v1/disbursements/"))

#: What a page may take; a round trip to the database costs more than its answer.
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def served_by_the_role_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are loaded as they are served; the role of tests may do more than the web's."""
    monkeypatch.setattr("paap.roles.guard_role", lambda: None)


@pytest.fixture
def world() -> Cast:
    """An alliance with money and sales, and others that wait at every step of the way there."""
    cast = make_funded_cast()
    call = cast.alliance.call
    for role in CAST:
        cast[role].user.username = role  # as the demonstration calls its people
        cast[role].user.save()
    for status in Status:
        alliance = make_alliance(status, call=call)
        make_producer(alliance)
        for role, duty in (("scorer", "score"), ("oga", "accompany"), ("trustee", "pay")):
            make_appointment(alliance, duty, cast[role].organisation)
    for _number in range(3):
        make_request(cast)
    for status in (Status.DRAFT, Status.RETURNED):  # what the organisation itself completes
        make_alliance(status, call=call, organisation=cast["organisation"].organisation)
    return cast


@pytest.mark.django_db
def test_each_page_is_asked_and_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_funded_cast()
    make_request(cast)
    make_alliance("submitted", call=cast.alliance.call)
    cast["eip"].user.username = "eip"  # as the demonstration calls its people
    cast["eip"].user.save()
    monkeypatch.setattr(pages, "PAGES", ASKED)
    out = StringIO()

    call_command("bench", "--measure", "--runs", "2", stdout=out)

    timings = [pages.Timing(**row) for row in json.loads(out.getvalue())]
    assert [(row.role, row.page) for row in timings] == list(ASKED)
    assert all(row.queries > 0 and 0 < row.p50_ms <= row.p95_ms for row in timings)


@pytest.mark.django_db
def test_no_page_needs_more_than_fifteen_queries(
    world: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks: what several parts of a page need is read once."""
    monkeypatch.setattr(pages, "_milliseconds", lambda client, url: 1.0)  # counted, not timed
    many = {
        f"{timing.role} {timing.page}": timing.queries
        for timing in pages.measure(2)
        if timing.queries > MOST_QUERIES
    }

    assert not many


@pytest.mark.django_db
def test_an_empty_database_is_told_apart_and_not_measured() -> None:
    out = StringIO()

    call_command("bench", "--is-empty", stdout=out)

    assert out.getvalue().strip() == "yes"
    with pytest.raises(SystemExit, match="seed_demo"):
        pages.measure(1)
