"""A profile with everybody around it, and the day of the factories."""

from typing import Any

import pytest
import time_machine

from tests.factories.alliances import AT, Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """A draft of Pasto with its people."""
    return make_cast("draft")


@pytest.fixture
def today() -> Any:
    """Pages read the clock: it stands on the day of the factories."""
    with time_machine.travel(AT, tick=False):
        yield AT
