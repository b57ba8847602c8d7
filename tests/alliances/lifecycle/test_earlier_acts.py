"""An act sent once more is answered by its event, also by one of before events named their rows."""

import pytest

from alliances.lifecycle.acting import OpenAct
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.table import APPOINT
from kit.errors import Conflict
from tests.factories.alliances import AT
from tests.sources import modules, text_of


def test_an_event_that_names_no_row_is_answered_in_words() -> None:
    act = OpenAct(APPOINT, Alliance(), None, AT, earlier=Event(data={}))  # type: ignore[arg-type]

    with pytest.raises(Conflict):
        act.earlier_row("appointment")
    act.earlier = Event(data={"appointment": 7})
    assert act.earlier_row("appointment") == 7


def test_every_service_asks_for_the_row_of_an_earlier_act_alike() -> None:
    asking = [str(path) for path in modules() if ".earlier.data[" in text_of(path)]
    assert asking == ["alliances/lifecycle/acting.py"]
