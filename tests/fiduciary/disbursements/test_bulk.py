"""All the requests that the queue is narrowed to: each approved or left with what keeps it."""

from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from alliances.lists.models import BulkAct
from tests.factories.fiduciary import MILLION, make_funded_cast, make_line, make_request
from tests.pages import Browser

pytestmark = pytest.mark.django_db


def test_all_that_match_are_approved_as_far_as_the_money_goes() -> None:
    cast = make_funded_cast(cash_cop=10 * MILLION)
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    requests = [
        make_request(
            cast, at=now(), line=line, amount_cop=4 * MILLION, description=f"Certificada {n}"
        )
        for n in range(3)
    ]
    departs = make_request(
        cast, at=now(), line=line, departure="Otro proveedor", description="Certificada de otro"
    )
    other = make_request(cast, at=now(), line=line, description="Abono")
    client = Browser()
    client.force_login(cast["trustee"].user)
    sent = {
        "key": str(uuid4()),
        "list_name": "requests",
        "query": "q=certificada&all=1",
        "verb": "approve_requests",
        "everything": "on",
    }

    answer = client.post("/lotes/nuevo/", sent)
    bulk = BulkAct.objects.get(key=UUID(answer.headers["Location"].split("/")[2]))
    assert bulk.rows.get(target=departs.pk).state == "left"  # it stands at another step
    client.post(f"/lotes/{bulk.key}/confirmar/")

    statuses = [(row.refresh_from_db(), row.status)[1] for row in requests]
    assert statuses.count("approved") == 2  # of ten million, four and four
    outcomes = dict(bulk.rows.values_list("target", "state"))
    assert sorted(outcomes.values()) == ["done", "done", "left", "left"]
    assert other.pk not in outcomes
    assert reverse("fiduciary:request-list") in client.get(f"/lotes/{bulk.key}/").content.decode()
