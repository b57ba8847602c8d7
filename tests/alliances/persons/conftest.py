"""A profile with everybody around it, and the day of the factories."""

from typing import Any

import pytest
import time_machine

from tests.factories.alliances import AT


@pytest.fixture
def today() -> Any:
    """Pages read the clock: it stands on the day of the factories."""
    with time_machine.travel(AT, tick=False):
        yield AT
