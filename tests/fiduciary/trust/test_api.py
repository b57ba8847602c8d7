"""A trustee's own system constitutes a trust: the same rules as the page, in JSON."""

from datetime import date
from uuid import uuid4

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.response import Response
from rest_framework.test import APIClient

from fiduciary.models import Trust
from tests.factories.alliances import Cast, make_cast
from tests.fiduciary.trust.test_pages import ready_to_close

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/trusts/"


def constitute(cast: Cast, role: str = "trustee", **changes: object) -> Response:
    client = APIClient()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    sent = {
        "alliance": cast.alliance.code,
        "contract_number": "PA-1",
        "constituted_on": "2026-03-02",
        "key": str(uuid4()),
    }
    return client.post(ROOT, sent | changes, format="json")


def test_the_trustee_constitutes_the_trust_once() -> None:
    cast, key = ready_to_close(), str(uuid4())

    answers = [constitute(cast, key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].json() == {
        "alliance": cast.alliance.code,
        "trustee": str(cast["trustee"].organisation),
        "contract_number": "PA-1",
        "constituted_on": "2026-03-02",
    }
    assert Trust.objects.count() == 1
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "trust_constituted"
    assert constitute(cast).status_code == 409


@pytest.mark.parametrize(
    ("role", "status"), [("eip", 403), ("oga", 403), ("organisation", 403), ("outsider", 404)]
)
def test_nobody_else_constitutes_it(role: str, status: int) -> None:
    answer = constitute(ready_to_close(), role)

    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not Trust.objects.exists()


def test_what_is_missing_is_said() -> None:
    answer = constitute(make_cast("closing"))

    assert answer.status_code == 403
    assert len(answer.json()["detail"]) > 50


@pytest.mark.parametrize(
    "change",
    [
        {"constituted_on": "2100-01-01"},
        {"constituted_on": "yesterday"},
        {"contract_number": ""},
        {"key": "once"},
    ],
)
def test_what_cannot_be_is_a_bad_request(change: dict[str, str]) -> None:
    assert constitute(ready_to_close(), **change).status_code == 400


def test_a_number_that_is_taken_is_a_bad_request() -> None:
    cast = ready_to_close()
    Trust.objects.create(
        alliance=make_cast("executing").alliance,
        trustee=cast["trustee"].organisation,
        contract_number="PA-1",
        constituted_on=date(2026, 3, 2),
    )

    answer = constitute(cast)

    assert answer.status_code == 400
    assert "contract with this number" in answer.json()["detail"]
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "closing"


def test_the_schema_says_what_is_sent_and_what_comes_back() -> None:
    operation = SchemaGenerator().get_schema(public=True)["paths"][ROOT]["post"]

    sent = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert sent.endswith("/Constitute")
    assert [code for code in operation["responses"] if code.startswith("2")] == ["201"]
