"""The work of the night: scheduled, and safe to run twice."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

from fiduciary.disbursements.tasks import refresh_all_clocks
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_request, make_windows

pytestmark = pytest.mark.django_db


def test_night_moves_the_clocks_once() -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    request = make_request(cast)

    with time_machine.travel(MONDAY + timedelta(days=30), tick=False):
        assert refresh_all_clocks() == 1
        assert refresh_all_clocks() == 0

    before = request.forecast_p90_on
    request.refresh_from_db()
    assert request.forecast_p90_on > before


def test_night_is_scheduled() -> None:
    assert refresh_all_clocks.name in {
        entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()
    }
