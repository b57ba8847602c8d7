"""Tabs of an alliance: what is empty stays away, unless this reader may begin something there."""

import re

import pytest
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliances.lifecycle.tabs import Tab, offer_tab
from alliances.models import Alliance
from tests.alliances.preparation.conftest import producer_form
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.evaluation import sign
from tests.factories.fiduciary import make_commitment, make_funded_cast, make_request, make_rules
from tests.factories.selection import make_decision, make_score
from tests.pages import Browser

pytestmark = pytest.mark.django_db
ALWAYS = {"", "productores", "historia"}


def tabs_of(
    cast: Cast, role: str, page: str = "alliances:alliance-detail", pk: int | None = None
) -> set[str]:
    client = Browser()
    client.force_login(cast[role].user)
    answer = client.get(reverse(page, args=[pk or cast.alliance.code]))
    assert answer.status_code == 200
    return tabs_in(answer, cast)


def tabs_in(answer: HttpResponse, cast: Cast) -> set[str]:
    [nav] = re.findall(r'<nav class="tabs".*?</nav>', answer.content.decode(), re.DOTALL)
    found = re.findall(rf'href="[^"]*/{cast.alliance.code}/([^/"]*)', nav)
    return set(found)


def names(cast: Cast, role: str, page: str = "alliances:alliance-detail") -> set[str]:
    return tabs_of(cast, role, page) - ALWAYS


def test_a_draft_has_what_its_organisation_may_begin_and_no_more() -> None:
    assert names(make_cast("draft"), "organisation") == {"documentos"}


@pytest.mark.parametrize(
    ("status", "role", "begun"),
    [
        ("eligible", "scorer", {"puntajes", "documentos"}),
        ("eligible", "organisation", {"documentos"}),
        ("eligible", "evaluator", set()),
        ("preparing", "ogr", {"estudio", "documentos"}),
        ("preparing", "eip", {"documentos"}),
        ("executing", "oga", {"visitas", "dinero", "documentos"}),
        ("executing", "evaluator", set()),
    ],
)
def test_an_empty_tab_is_for_who_may_put_the_first_thing_there(
    status: str, role: str, begun: set[str]
) -> None:
    assert names(make_cast(status), role) >= begun
    if not begun:
        assert names(make_cast(status), role) == begun


def test_what_there_is_has_its_tab_for_whoever_reads_it() -> None:
    cast = make_funded_cast()
    make_rules(cast)
    make_commitment(cast, make_producer(cast.alliance))
    make_request(cast)
    sign(cast.alliance, cast["ally"])
    make_score(cast.alliance, 80)
    make_decision(cast.alliance)
    shown = names(cast, "evaluator")
    assert shown >= {"puntajes", "acuerdo", "dinero", "fondo"}
    assert "estudio" not in shown  # loaded history has none


def test_a_score_that_may_not_be_read_yet_shows_no_tab() -> None:
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    assert "puntajes" not in names(cast, "organisation")
    assert "puntajes" in names(cast, "cir")


def test_a_page_that_is_empty_says_so_and_shows_its_own_tab() -> None:
    cast = make_cast("draft")
    assert "fondo" not in names(cast, "organisation")
    assert "fondo" in names(cast, "organisation", "fiduciary:alliance-fund")


def test_tabs_are_asked_with_the_alliance_in_one_query() -> None:
    cast = make_funded_cast()
    client = Browser()
    client.force_login(cast["organisation"].user)
    page = reverse("alliances:alliance-detail", args=[cast.alliance.code])
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
    asked = [row for row in captured.captured_queries if "tab_score" in row["sql"]]
    assert len(asked) == 1
    assert len(captured) <= 15


def test_a_form_sent_asks_for_tabs_only_to_be_shown_again() -> None:
    cast = make_cast("draft")
    client = Browser()
    client.force_login(cast["organisation"].user)
    page = reverse("alliances:producer-create", args=[cast.alliance.code])
    shown = tabs_of(cast, "organisation", "alliances:producer-create")
    with CaptureQueriesContext(connection) as captured:
        again = client.post(page, {"given_names": "Rosa"})
    assert again.status_code == 422
    assert tabs_in(again, cast) == shown
    assert sum("tab_score" in row["sql"] for row in captured.captured_queries) == 1

    with CaptureQueriesContext(connection) as captured:
        done = client.post(page, producer_form())
    assert done.status_code == 302
    assert not any("tab_score" in row["sql"] for row in captured.captured_queries)


def test_a_page_that_did_not_ask_shows_all() -> None:
    assert Alliance().shown_tabs is None


def test_pages_of_one_row_show_the_tabs_of_its_alliance() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    for role in ("evaluator", "organisation"):
        shown = tabs_of(cast, role)
        assert "estudio" not in shown
        assert tabs_of(cast, role, "fiduciary:request-detail", request.pk) == shown
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))
    asked = tabs_of(cast, "organisation", "fiduciary:repayment-new", commitment.pk)
    assert asked == tabs_of(cast, "organisation")


def test_two_tabs_have_two_names() -> None:
    with pytest.raises(ValueError, match="score"):
        offer_tab(Tab("score", lambda _member: Q()))
