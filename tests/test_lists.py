"""Every list of the product: how many queries, its row by row way, and what leaves of it.

A list without a row in ``KINDS`` fails the suite.
"""

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from alliances.people.models import Consultant, Credential
from evaluation.models import Run, Study, Wave
from kit import lists
from kit.lists import FROM, SIZES, Listing, QueryDict, shape_named
from tests.factories.alliances import (
    Cast,
    make_alliance,
    make_call,
    make_membership,
    make_organisation,
    make_producer,
    make_user,
)
from tests.factories.evaluation import make_run, make_study
from tests.factories.fiduciary import (
    MILLION,
    make_evidence,
    make_funded_cast,
    make_line,
    make_request,
)
from tests.pages import Browser

pytestmark = pytest.mark.django_db
#: What a page may take, as everywhere.
MOST_QUERIES = 15
_numbers = count(1)


@dataclass(frozen=True)
class Kind:
    """A list: who reads it, what else its address asks for, and how one more row comes about.

    ``copies``: so many more at once, where making each by its services takes long.
    """

    role: str
    make: Callable[[Cast], object]
    query: str = ""
    copies: Callable[[Cast, int], object] | None = None

    def make_rows(self, cast: Cast, number: int) -> None:
        """So many more."""
        if self.copies and number:
            self.copies(cast, number)
            return
        for _row in range(number):
            self.make(cast)


def _alliance(status: str) -> Callable[[Cast], object]:
    def make(cast: Cast) -> object:
        known = {name: getattr(cast.alliance, name) for name in ("call", "organisation", "ally")}
        return make_producer(make_alliance(status, **known))

    return make


def _request(cast: Cast) -> object:
    line = cast.alliance.budget_lines.first() or make_line(
        cast.alliance, planned_cop=10_000 * MILLION
    )
    return make_request(cast, line=line, amount_cop=MILLION, description=f"Abono {next(_numbers)}")


def _consultant(cast: Cast) -> object:
    consultant = Consultant.objects.create(
        user=make_user(), profession="Agrónoma", experience_years=5
    )
    return Credential.objects.create(
        consultant=consultant, title="Título", issuer="U", issued_on="2015-01-01"
    )


def _copy(row: Any, **changes: object) -> Any:
    """Another row like this one."""
    other = copy(row)
    other.pk, other._state.adding = None, True
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _studies(cast: Cast, number: int) -> list[Study]:
    """Frozen ones like the one that services made, each of a wave of its own."""
    study = make_study(cast["evaluator"])
    waves = Wave.objects.bulk_create(
        _copy(study.wave, code=f"copia-{next(_numbers)}") for _row in range(number - 1)
    )
    return [
        study,
        *Study.objects.bulk_create(
            _copy(study, wave=wave, slug=f"copia-{next(_numbers)}", key=None) for wave in waves
        ),
    ]


def _runs(cast: Cast, number: int) -> None:
    """Runs like the one that services asked for, each of a study of its own."""
    first, *others = _studies(cast, number)
    run = make_run(cast["evaluator"], first)
    Run.objects.bulk_create(_copy(run, study=study, key=uuid4()) for study in others)


KINDS = {
    "alliances": Kind("eip", _alliance("submitted")),
    "bodies": Kind("admin", lambda cast: make_organisation()),
    "calls": Kind("eip", lambda cast: make_call()),
    "consultants": Kind("ogr", _consultant),
    "documents": Kind("eip", lambda cast: make_evidence(cast["organisation"], cast.alliance)),
    "field": Kind("eip", _alliance("executing")),
    "people": Kind("admin", lambda cast: make_membership("ogr", cast["ogr"].organisation)),
    "producers": Kind("ogr", lambda cast: make_producer(cast.alliance)),
    "profiles": Kind("ogr", _alliance("submitted")),
    "requests": Kind("eip", _request, "all=1"),
    "runs": Kind("evaluator", lambda cast: make_run(cast["evaluator"]), copies=_runs),
    "studies": Kind("evaluator", lambda cast: make_study(cast["evaluator"]), copies=_studies),
}


@pytest.fixture(scope="module")
def shared(module_rows: None) -> Cast:
    """The cast of every list; what a test adds to it is taken back after it."""
    cast = make_funded_cast(cash_cop=1000 * MILLION)
    cast.people["admin"] = make_membership("admin")
    return cast


@pytest.fixture
def cast(shared: Cast, settings: Any, tmp_path: Any) -> Cast:
    """The cast as it began: rows remember what was read of them."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return deepcopy(shared)


def client_of(membership: Any) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


def listing_of(name: str, query: str, acting: Any) -> Listing:
    shape = shape_named(name)
    assert shape
    return Listing(shape, QueryDict(query), acting)


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_every_list_is_here() -> None:
    assert get_resolver().url_patterns  # with the addresses every list is declared
    assert list(KINDS) == [shape.name for shape in lists.declared()]


@pytest.mark.parametrize("name", KINDS)
def test_a_list_asks_no_more_for_two_hundred_rows_than_for_fifty(name: str, cast: Cast) -> None:
    kind = KINDS[name]
    client, counts = client_of(cast[kind.role]), []
    for size in (SIZES[0], SIZES[-1]):
        query = f"{kind.query}&size={size}".removeprefix("&")
        listing = listing_of(name, query, cast[kind.role])
        kind.make_rows(cast, size - listing.queryset.count())
        address = listing.shape.address(query)
        assert len(listing_of(name, query, cast[kind.role]).rows) == size
        queries(client, address)  # what is read once for all pages is read
        counts.append(queries(client, address))
    assert counts[0] == counts[1] <= MOST_QUERIES


@pytest.mark.parametrize("name", KINDS)
def test_a_list_comes_back_at_the_page_and_row_that_was_left(
    name: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any row, the way back is the page on which it stands, at that row."""
    monkeypatch.setattr(lists, "SIZES", (2,))
    kind, role = KINDS[name], cast[KINDS[name].role]
    for _row in range(5):
        kind.make(cast)
    client = client_of(role)
    for page in (1, 2):
        listing = listing_of(name, f"{kind.query}&page={page}".removeprefix("&"), role)
        for row in listing.rows:
            way = listing.opening(row)
            back = client.get(way).context["frame"].trail.back
            assert back == f"{listing.shape.address(listing.here)}#{listing.anchor(row)}"
            assert f'id="{listing.anchor(row)}"' in client.get(back).content.decode()
    # Walked on from the first page to the second, the way back is the second.
    last = listing_of(name, kind.query, role).rows[1]
    following = client.get(listing_of(name, kind.query, role).opening(last))
    page = client.get(following.context["frame"].trail.following)
    assert "page=2#row-" in page.context["frame"].trail.back


@pytest.mark.parametrize("name", KINDS)
def test_a_list_is_walked_row_by_row_in_each_of_its_orders(name: str, cast: Cast) -> None:
    """From the page of the second row to the first and the third, wherever they stand."""
    kind = KINDS[name]
    for _row in range(3):
        kind.make(cast)
    client = client_of(cast[kind.role])
    for sort, _column in listing_of(name, kind.query, cast[kind.role]).sorts:
        query = f"{kind.query}&sort={sort}".removeprefix("&")
        listing = listing_of(name, query, cast[kind.role])
        first, second, third = listing.rows[:3]
        with CaptureQueriesContext(connection) as captured:
            trail = client.get(listing.opening(second)).context["frame"].trail
        assert trail.place == 2, sort
        assert trail.total == listing.queryset.count()
        for row, way in ((first, trail.previous), (third, trail.following)):
            assert way.partition("?")[0] == listing.shape.opens(row)
            assert f"{FROM}={name}" in way
        assert not any("LAST_VALUE" in row["sql"] for row in captured)  # not all are numbered
