"""The head of an alliance's page: the one act that leads on, the slack, the next three dates."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from alliances.lifecycle import ahead
from alliances.lifecycle.ahead import DateAhead, dates_ahead
from fiduciary.models import DisbursementRequest
from tests.factories.alliances import make_cast, make_producer
from tests.factories.fiduciary import make_commitment, make_funded_cast, make_request, make_rules

pytestmark = pytest.mark.django_db


def test_the_nearest_three_in_order_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [date(2026, 5, n) for n in (9, 2, 7, 4)]
    rows = [DateAhead(day, f"{day:%d}") for day in days]
    monkeypatch.setattr(ahead, "_tellers", [])
    ahead.tells_dates(lambda alliances, today: [(alliances[0].pk, row) for row in rows[:2]])
    ahead.tells_dates(lambda alliances, today: [(alliances[0].pk, row) for row in rows[2:]])
    told = dates_ahead(make_cast("draft").alliance, date(2026, 5, 1))
    assert [row.label for row in told] == ["02", "04", "07"]


def page_of(cast, role: str):  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(cast[role].user)
    return client.get(reverse("alliances:alliance-detail", args=[cast.alliance.code]))


def test_the_act_that_leads_on_stands_in_the_head_for_whoever_may_do_it() -> None:
    cast = make_cast("draft")
    make_producer(cast.alliance)
    assert page_of(cast, "ogr").context["leading"] is not None
    assert page_of(make_cast("submitted"), "eip").context["leading"] is None


def test_money_and_the_fund_tell_their_next_day() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    make_rules(cast)
    make_commitment(cast, make_producer(cast.alliance))
    needed = localdate() + timedelta(days=20)
    DisbursementRequest.objects.filter(pk=request.pk).update(
        next_need_by_on=needed, slack_days=9, slack_state="at_risk"
    )
    page = page_of(cast, "oga")
    told = {row.on: row for row in page.context["dates"]}
    assert told[needed].slack == 9
    assert request.reference in told[needed].label
    assert page.context["pressing"] == told[needed]
    assert any(
        reverse("fiduciary:alliance-fund", args=[cast.alliance.code]) == row.url
        for row in told.values()
    )
