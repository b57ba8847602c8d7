"""An alliance in the field with its producers, and one visit to it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from alliances.field.models import Visit
from alliances.field.services import log_visit
from alliances.people.models import Producer
from tests.factories.alliances import AT, Cast, make_cast, make_producer

STARTED_ON = date(2026, 3, 2)  # when the factories walk an alliance to execution
LATER = AT + timedelta(days=20)


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "executing")


@pytest.fixture
def producers(cast: Cast) -> list[Producer]:
    return [make_producer(cast.alliance) for _ in range(3)]


def log(cast: Cast, by: str = "oga", at: datetime = LATER, **changes: Any) -> Visit:
    """A technical visit of 10 March, sent on the 22nd."""
    facts: dict[str, Any] = {
        "kind": "technical",
        "visited_on": date(2026, 3, 10),
        "topic": "Siembra de papa",
        "key": uuid4(),
    }
    return log_visit(alliance_id=cast.alliance.pk, acting=cast[by], at=at, **(facts | changes))
