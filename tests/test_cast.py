"""The cast that tests of a module share: the same rows, and objects of its own for each test."""

from types import SimpleNamespace

import pytest
from django.db import connection

from alliances.models import Alliance
from tests.conftest import has_real_transactions
from tests.factories.alliances import CAST, Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_changes_no_other_sees(turn: int, cast: Cast, first_cast: Cast) -> None:
    assert cast.alliance.name == Alliance.objects.get().name != "Otra"
    assert cast["ogr"].organisation.name == first_cast["ogr"].organisation.name

    cast.alliance.name = cast["ogr"].organisation.name = "Otra"
    cast.alliance.save()
    cast.people.pop("oga")

    assert first_cast.alliance.name != "Otra"
    assert first_cast["ogr"].organisation.name != "Otra"
    assert set(first_cast.people) == set(CAST)


def test_rows_are_shared_inside_a_transaction_of_the_module(shared_rows: bool) -> None:
    assert shared_rows
    assert connection.in_atomic_block


@pytest.mark.parametrize(
    ("options", "names", "real"),
    [
        ({}, ["db"], False),
        ({"transaction": True}, ["db"], True),
        ({"transaction": False}, ["transactional_db"], True),
    ],
)
def test_who_ends_transactions_shares_nothing(options, names, real) -> None:  # type: ignore[no-untyped-def]
    marker = SimpleNamespace(kwargs=options)
    item = SimpleNamespace(get_closest_marker=lambda name: marker, fixturenames=names)
    assert has_real_transactions(item) is real  # type: ignore[arg-type]
