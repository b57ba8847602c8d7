"""An act sent once more is answered by its event, also by one of before events named their rows."""

from pathlib import Path

import pytest

from alliances.lifecycle.acting import OpenAct
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.table import APPOINT
from kit.errors import Conflict
from tests.factories.alliances import AT

ROOT = Path(__file__).parents[3]


def test_an_event_that_names_no_row_is_answered_in_words() -> None:
    act = OpenAct(APPOINT, Alliance(), None, AT, earlier=Event(data={}))  # type: ignore[arg-type]

    with pytest.raises(Conflict):
        act.earlier_row("appointment")
    act.earlier = Event(data={"appointment": 7})
    assert act.earlier_row("appointment") == 7


def test_every_service_asks_for_the_row_of_an_earlier_act_alike() -> None:
    apps = ("alliances", "fiduciary", "evaluation")
    services = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    asking = [path for path in services if ".earlier.data[" in path.read_text(encoding="utf-8")]
    assert asking == [ROOT / "alliances" / "lifecycle" / "acting.py"]
