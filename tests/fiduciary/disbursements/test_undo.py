"""What was sent is its writers' to correct or to give up until another hand acts on it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils.timezone import now

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Event
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason, StepRecord
from fiduciary.disbursements.selectors import actions_of, held_by, lines_of, queue_for, stays_of
from fiduciary.disbursements.services.checks import OverBudget
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    cancel_disbursement,
    clear_disbursement,
    correct_disbursement,
    resubmit_disbursement,
    return_disbursement,
    review_disbursement,
)
from fiduciary.disbursements.table import WRITERS
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.factories.alliances import Cast, make_membership
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    an_ask,
    make_funded_cast,
    make_line,
    make_request,
)
from tests.fiduciary.disbursements.test_requests import at_once
from tests.pages import Browser

pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
OTHERS = ["eip", "trustee", "payer", "ogr", "organisation", "evaluator"]
WHY = {"reason": "El proveedor cambió su precio", "reason_code": "market"}


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY, tick=False):
        yield


def client_of(cast: Cast, role: str) -> Browser:
    client = Browser()
    client.force_login(cast[role].user)
    return client


def correct(cast: Cast, request: DisbursementRequest, role: str = "oga", **ask: object):
    given = {"request_id": request.pk, "acting": cast[role], "at": TUESDAY}
    names = {"acting", "at", "key", "seen", "documents", "despite"}
    more = {name: ask.pop(name) for name in names & set(ask)}
    return correct_disbursement(ask=an_ask(**ask), **(given | more))


def give_up(cast: Cast, request: DisbursementRequest, role: str = "oga", **fields: object):
    given = {"request_id": request.pk, "acting": cast[role], "at": TUESDAY, **WHY}
    return cancel_disbursement(**(given | fields))


def send_back(cast: Cast, request: DisbursementRequest, role: str = "trustee"):
    reason = ReturnReason.objects.get(pk="quotes_missing")
    return return_disbursement(
        request_id=request.pk, reason=reason, acting=cast[role], at=WEDNESDAY
    )


def test_what_nobody_acted_on_is_corrected_with_a_trace() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    now_is = correct(cast, request, amount_cop=6 * MILLION, payee_name="Semillas del Norte")

    assert (now_is.status, now_is.step.verb, now_is.amount_cop) == (
        "requested",
        "approve",
        6 * MILLION,
    )
    assert now_is.step_since == TUESDAY
    event = cast.alliance.events.get(verb="correct_disbursement")
    assert event.data["changed"] == ["amount_cop", "payee_name"]
    assert (event.duty, event.data["amount_cop"]) == ("request", "6000000")
    assert [(stay.outcome, stay.by) for stay in stays_of(request)] == [
        ("corrected", cast["oga"].user),
        ("", None),
    ]
    assert not verify_audit(chain=cast.alliance.pk).broken


def test_what_was_read_before_the_correction_is_not_approved() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    correct(cast, request, payee_document="900654321-1")

    with pytest.raises(Conflict):
        approve_disbursement(
            request_id=request.pk, acting=cast["trustee"], at=WEDNESDAY, seen=request.version
        )


def test_a_correction_that_makes_it_dear_sends_it_to_the_eip() -> None:
    cast = make_funded_cast()
    request = make_request(cast, line=make_line(cast.alliance, planned_cop=90 * MILLION))

    dear = correct(cast, request, amount_cop=40 * MILLION)

    assert (dear.step.verb, dear.needs_clearance) == ("clear", True)
    cheap = correct(cast, request, amount_cop=5 * MILLION, at=WEDNESDAY)
    assert (cheap.step.verb, cheap.needs_clearance) == ("approve", False)


def test_a_correction_stays_within_its_line() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    with pytest.raises(OverBudget):
        correct(cast, request, amount_cop=21 * MILLION)


def test_a_correction_of_nothing_leaves_it_where_it_was() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    assert correct(cast, request).step_since == MONDAY
    assert not cast.alliance.events.filter(verb="correct_disbursement").exists()


def test_what_nobody_acted_on_is_given_up_and_its_line_is_free() -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance, planned_cop=5 * MILLION)
    request = make_request(cast, line=line)
    assert lines_of(cast.alliance).get().asked_cop == 5 * MILLION

    given_up = give_up(cast, request)

    assert (given_up.status, given_up.step) == ("cancelled", None)
    assert lines_of(cast.alliance).get().asked_cop == 0
    assert make_request(cast, line=line).status == "requested"
    event = cast.alliance.events.get(verb="cancel_disbursement")
    assert (event.duty, event.reason, event.data["reason_code"]) == (
        "request",
        WHY["reason"],
        "market",
    )
    assert not verify_audit(chain=cast.alliance.pk).broken


@pytest.mark.parametrize("reason", ["", ".", "error"])
def test_giving_up_needs_a_reason_of_substance(reason: str) -> None:
    cast = make_funded_cast()

    with pytest.raises(DomainError):
        give_up(cast, make_request(cast), reason=reason)


@pytest.mark.parametrize(
    ("act", "role"),
    list(product([correct, give_up], OTHERS)),
)
def test_only_who_asks_takes_it_back(act, role: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    with pytest.raises(NotAllowed):
        act(cast, request, role, at=TUESDAY)

    request.refresh_from_db()
    assert (request.status, request.step_since) == ("requested", MONDAY)


def cleared(cast: Cast, request: DisbursementRequest) -> str:
    clear_disbursement(request_id=request.pk, acting=cast["eip"], at=WEDNESDAY)
    return "eip"


def approved(cast: Cast, request: DisbursementRequest) -> str:
    cleared(cast, request)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=WEDNESDAY)
    return "trustee"


@pytest.mark.parametrize(("hand", "act"), list(product([cleared, approved], [correct, give_up])))
def test_after_the_next_hand_it_is_no_longer_theirs(hand, act) -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")
    who = hand(cast, request)

    with pytest.raises(Conflict, match=cast[who].user.display_name):
        act(cast, request, at=WEDNESDAY)

    request.refresh_from_db()
    assert not {row.verb for row in actions_of(request, cast["oga"])} & set(WRITERS)


def test_after_a_review_it_is_no_longer_theirs() -> None:
    cast = make_funded_cast(regime="phase_3")
    request = make_request(cast)
    review_disbursement(request_id=request.pk, acting=cast["organisation"], at=WEDNESDAY)

    with pytest.raises(Conflict, match=cast["organisation"].user.display_name):
        give_up(cast, request, at=WEDNESDAY)


def test_sent_again_after_a_return_it_is_theirs_again() -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")
    cleared(cast, request)
    send_back(cast, request)
    asked = {"request_id": request.pk, "ask": an_ask(departure="Otro proveedor")}
    resubmit_disbursement(**asked, acting=cast["oga"], at=WEDNESDAY)

    correct(cast, request, amount_cop=4 * MILLION, departure="Otro proveedor", at=WEDNESDAY)

    assert give_up(cast, request, at=WEDNESDAY).status == "cancelled"


def test_writers_are_offered_it_and_nobody_else_is_told() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    offered = {
        role: {row.verb: bool(row.verdict) for row in actions_of(request, cast[role])}
        for role in ("oga", "trustee")
    }

    assert offered["oga"] == {"approve": False, "return": False, "correct": True, "cancel": True}
    assert offered["trustee"] == {"approve": True, "return": True}


def test_the_same_key_is_one_correction_and_one_end() -> None:
    cast, key, end = make_funded_cast(), uuid4(), uuid4()
    request = make_request(cast)

    for _ in range(2):
        correct(cast, request, amount_cop=4 * MILLION, key=key)
    for _ in range(2):
        give_up(cast, request, key=end)

    told = Event.objects.filter(key__in=[key, end]).order_by("sequence")
    assert [row.verb for row in told] == ["correct_disbursement", "cancel_disbursement"]
    assert StepRecord.objects.filter(request=request).count() == 2


def test_asking_anew_draws_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_funded_cast()
    line, other = make_line(cast.alliance), make_line(cast.alliance)
    monkeypatch.setattr(
        "fiduciary.disbursements.services.requests.is_drawn", lambda key, asked_at, steps: True
    )
    give_up(cast, make_request(cast, line=line))
    monkeypatch.undo()
    monkeypatch.setattr(
        "fiduciary.disbursements.services.requests.is_drawn", lambda key, asked_at, steps: False
    )

    assert make_request(cast, line=line, at=WEDNESDAY).step.verb == "clear"
    assert make_request(cast, line=other, at=WEDNESDAY).step.verb == "approve"


# -- Whoever corrected it holds the first hand -----------------------------------------------------
def test_who_corrected_does_not_approve_from_another_chair() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    colleague = make_membership("oga", cast["oga"].organisation)
    officer = make_membership("trustee", cast["trustee"].organisation, user=colleague.user)
    correct(cast, request, acting=colleague, amount_cop=4 * MILLION)
    correct(cast, request, amount_cop=3 * MILLION, at=WEDNESDAY)

    assert request not in held_by(queue_for(officer), officer)
    assert request in held_by(queue_for(cast["trustee"]), cast["trustee"])
    with pytest.raises(NotAllowed):
        approve_disbursement(request_id=request.pk, acting=officer, at=WEDNESDAY)
    with pytest.raises(DatabaseError, match="two of the four hands"), transaction.atomic():
        StepRecord.objects.filter(request=request, left_at__isnull=True).update(
            left_at=WEDNESDAY,
            outcome="done",
            working_days=0,
            by=officer.user,
            organisation=officer.organisation,
        )


# -- Past every service ----------------------------------------------------------------------------
@pytest.mark.parametrize("change", ["payee_name = 'Otra'", "status = 'cancelled', step_id = NULL"])
def test_database_keeps_what_a_hand_acted_on(change: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")
    cleared(cast, request)

    with (
        pytest.raises(DatabaseError, match="only until somebody acts on it"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE fiduciary_disbursementrequest SET {change}")


@pytest.mark.parametrize("column", ["payee_name = 'Otra'", "description = 'Otra'"])
def test_database_asks_for_the_act_of_a_correction(column: str) -> None:
    make_request(make_funded_cast())

    with (
        pytest.raises(DatabaseError, match="only by the act that tells it"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE fiduciary_disbursementrequest SET {column}; SET CONSTRAINTS ALL IMMEDIATE"
        )


# -- At the same moment ----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["approve", "cancel", "together"])
def test_of_giving_up_and_approving_at_once_exactly_one_wins(first: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    turn = Barrier(2)

    def approving() -> object:
        if first == "cancel":
            turn.wait(timeout=10)
        try:
            return approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=WEDNESDAY)
        finally:
            if first == "approve":
                turn.wait(timeout=10)

    def giving_up() -> object:
        if first == "approve":
            turn.wait(timeout=10)
        try:
            return give_up(cast, request, at=WEDNESDAY)
        finally:
            if first == "cancel":
                turn.wait(timeout=10)

    results = at_once(approving, giving_up)

    stored = DisbursementRequest.objects.get(pk=request.pk)
    lost = [result for result in results if isinstance(result, Conflict)]
    assert len(lost) == 1
    assert stored.status == ("approved" if lost[0] is results[1] else "cancelled")
    if first != "together":
        assert stored.status == {"approve": "approved", "cancel": "cancelled"}[first]
    winner = cast["trustee" if stored.status == "approved" else "oga"].user.display_name
    assert winner in lost[0].message
    verbs = ["approve_disbursement", "cancel_disbursement"]
    assert cast.alliance.events.filter(verb__in=verbs).count() == 1


# -- On the page -----------------------------------------------------------------------------------
def test_corrected_and_given_up_on_the_page() -> None:
    cast = make_funded_cast()
    request = make_request(cast, at=now())
    client = client_of(cast, "oga")
    page = reverse("fiduciary:request-detail", args=[request.pk])
    form = reverse("fiduciary:request-correct", args=[request.pk])
    end = reverse("fiduciary:request-cancel", args=[request.pk])

    body = client.get(page).content.decode()
    assert form in body
    assert end in body
    assert 'value="5.000.000"' in client.get(form).content.decode()
    asked = vars(an_ask()) | {"amount_cop": "4.500.000", "key": uuid4()}
    assert client.post(form, asked).status_code == 302
    request.refresh_from_db()
    assert request.amount_cop == 4_500_000
    assert client.post(end, {"key": uuid4()}).status_code == 422
    assert client.post(end, {"key": uuid4(), **WHY}).status_code == 302
    request.refresh_from_db()
    assert request.status == "cancelled"


def test_another_hand_finds_no_form_to_take_it_back() -> None:
    cast = make_funded_cast()
    request = make_request(cast, at=now())
    page = reverse("fiduciary:request-detail", args=[request.pk])
    form = reverse("fiduciary:request-correct", args=[request.pk])

    for role in ("eip", "trustee", "organisation", "ogr"):
        body = client_of(cast, role).get(page).content.decode()
        assert form not in body
        assert reverse("fiduciary:request-cancel", args=[request.pk]) not in body
        assert client_of(cast, role).get(form).status_code == 403
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=now())
    assert client_of(cast, "oga").get(form).status_code == 409
