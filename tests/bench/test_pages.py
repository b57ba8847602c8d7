"""The measurement of pages, on one alliance with one of everything that it asks for."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from bench import pages
from tests.factories.alliances import make_alliance
from tests.factories.fiduciary import make_funded_cast, make_request

#: A page as it is, one whose address is filled in, and a list of the API.
ASKED = (("eip", "/"), ("eip", "/alianzas/{executing}/"), ("eip", "/api/v1/disbursements/"))


@pytest.mark.django_db
def test_each_page_is_asked_and_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_funded_cast()
    make_request(cast)
    make_alliance("submitted", call=cast.alliance.call)
    cast["eip"].user.username = "eip"  # as the demonstration calls its people
    cast["eip"].user.save()
    monkeypatch.setattr(pages, "PAGES", ASKED)
    out = StringIO()

    call_command("bench", "--measure", "--runs", "2", stdout=out)

    timings = [pages.Timing(**row) for row in json.loads(out.getvalue())]
    assert [(row.role, row.page) for row in timings] == list(ASKED)
    assert all(row.queries > 0 and 0 < row.p50_ms <= row.p95_ms for row in timings)


@pytest.mark.django_db
def test_an_empty_database_is_told_apart_and_not_measured() -> None:
    out = StringIO()

    call_command("bench", "--is-empty", stdout=out)

    assert out.getvalue().strip() == "yes"
    with pytest.raises(SystemExit, match="seed_demo"):
        pages.measure(1)
