"""The home page is cut after it is sorted: the most urgent of many, not the oldest."""

from datetime import timedelta

import pytest

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.home import LIMIT, waiting_for
from tests.factories.alliances import AT, make_alliance, make_call, make_membership, walk_to

pytestmark = pytest.mark.django_db


def test_of_sixty_tasks_the_first_are_those_due_first() -> None:
    """A suspended alliance has four weeks, a study that was submitted two."""
    eip, call = make_membership("eip"), make_call()

    def thirty(status: str, days_ago: int) -> set[int]:
        alliances = [make_alliance(call=call) for _number in range(30)]
        for alliance in alliances:
            walk_to(alliance, status, AT - timedelta(days=days_ago))
        return {alliance.pk for alliance in alliances}

    older, pressing = thirty("suspended", 16), thirty("study_submitted", 13)
    rows = waiting_for(Desk(eip, AT))

    assert {row.alliance_id for row in rows[:LIMIT]} < pressing
    assert [row.slack for row in rows] == sorted(row.slack for row in rows)
    assert not older & {row.alliance_id for row in rows}
