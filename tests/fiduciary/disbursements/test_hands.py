"""Money has four hands: no person holds two on one request, by page, API, batch or raw SQL.

The person of these tests sits in two chairs: one for each of the two hands. Going forward they did
the earlier act; going back they returned the request at a later step, which is that hand's too.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations, permutations
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from alliances.lifecycle.duties import HANDS, Duty
from alliances.models import Membership
from alliances.people.acting_membership import SESSION_KEY
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason, StepRecord
from fiduciary.disbursements.selectors import actions_of, held_by, queue_for
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    clear_disbursement,
    pay_disbursement,
    request_disbursement,
    resubmit_disbursement,
    return_disbursement,
)
from kit.errors import NotAllowed
from tests.bulk import confirmed, problems, proposed
from tests.factories.alliances import Cast, make_appointment, make_membership
from tests.factories.fiduciary import (
    MONDAY,
    an_ask,
    make_funded_cast,
    make_line,
    make_request,
)
from tests.pages import Browser

pytestmark = pytest.mark.django_db
ROLE = {Duty.REQUEST: "oga", Duty.CLEAR: "eip", Duty.APPROVE: "trustee", Duty.PAY: "trustee"}
CHAIR = ROLE | {Duty.PAY: "payer"}
#: The name of each hand's address, and the column that keeps who held it.
ADDRESS = {Duty.REQUEST: "resubmit", Duty.CLEAR: "clear", Duty.APPROVE: "approve", Duty.PAY: "pay"}
COLUMN = {
    Duty.REQUEST: "requested_by",
    Duty.CLEAR: "cleared_by",
    Duty.APPROVE: "approved_by",
    Duty.PAY: "paid_by",
}
DEPARTS = "Otro proveedor"  # so that the EIP has its hand in it
PAIRS = list(permutations(HANDS, 2))
#: Machines do not ask for money, and who asks returns nothing.
NOT_ASKING = [pair for pair in PAIRS if pair[1] != Duty.REQUEST]
#: A payment has its own date and reference: no batch pays.
IN_BATCH = [pair for pair in PAIRS if pair[1] in (Duty.CLEAR, Duty.APPROVE)]
#: Who approves and who pays may share their body.
OF_BODIES = [pair for pair in PAIRS if set(pair) != {Duty.APPROVE, Duty.PAY}]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        yield


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return make_funded_cast


def chairs_of(cast: Cast, one: Duty, other: Duty) -> dict[Duty, Membership]:
    """One person, at the organisation of each of the two hands."""
    first = make_membership(ROLE[one], cast[ROLE[one]].organisation)
    if ROLE[one] == ROLE[other]:
        return {one: first, other: first}
    second = make_membership(ROLE[other], cast[ROLE[other]].organisation, user=first.user)
    return {one: first, other: second}


def asked(cast: Cast, acting: Membership | None = None) -> DisbursementRequest:
    return request_disbursement(
        budget_line_id=make_line(cast.alliance).pk,
        ask=an_ask(departure=DEPARTS),
        acting=acting or cast["oga"],
        at=now(),
        key=uuid4(),
    )


def do(duty: Duty, request: DisbursementRequest, acting: Membership) -> DisbursementRequest:
    """The act of a hand, at the step where it belongs."""
    how: dict = {"request_id": request.pk, "acting": acting, "at": now()}
    if duty == Duty.REQUEST:
        return resubmit_disbursement(**how, ask=an_ask(departure=DEPARTS))
    if duty == Duty.PAY:
        return pay_disbursement(**how, paid_on=localdate(), bank_reference="ACH")
    return {Duty.CLEAR: clear_disbursement, Duty.APPROVE: approve_disbursement}[duty](**how)


def standing_before(
    cast: Cast, held: Duty, wanted: Duty, chairs: dict[Duty, Membership]
) -> DisbursementRequest:
    """A request on which the person held one hand, and which now waits for the other."""
    order = list(HANDS)
    request = asked(cast, chairs[held] if held == Duty.REQUEST else None)
    if order.index(held) > order.index(wanted):
        for duty in order[1 : order.index(held)]:
            do(duty, request, cast[CHAIR[duty]])
        return_disbursement(
            request_id=request.pk,
            reason=ReturnReason.objects.get(pk="signature"),
            acting=chairs[held],
            at=now(),
        )
        if wanted != Duty.REQUEST:
            do(Duty.REQUEST, request, cast["oga"])
    for duty in order[1 : order.index(wanted)]:
        do(duty, request, chairs[held] if duty == held else cast[CHAIR[duty]])
    request.refresh_from_db()
    assert request.step.duty == wanted
    return request


def by_page(request: DisbursementRequest, wanted: Duty, acting: Membership) -> HttpResponse:
    client = signed_in(acting)
    url = reverse(f"fiduciary:request-{ADDRESS[wanted]}", args=[request.pk])
    return client.post(url, sent(wanted))


def by_api(request: DisbursementRequest, wanted: Duty, acting: Membership) -> HttpResponse:
    client = signed_in(acting)
    url = f"/api/v1/disbursements/{request.pk}/{ADDRESS[wanted]}/"
    return client.post(url, sent(wanted), content_type="application/json")


def signed_in(acting: Membership) -> Client:
    client = Browser()
    client.force_login(acting.user)
    session = client.session
    session[SESSION_KEY] = acting.pk
    session.save()
    return client


def sent(wanted: Duty) -> dict[str, object]:
    ask = {**vars(an_ask(departure=DEPARTS)), "amount_cop": "5.000.000"}
    bank = {"paid_on": localdate().isoformat(), "bank_reference": "ACH"}
    return {"key": str(uuid4())} | {Duty.REQUEST: ask, Duty.PAY: bank}.get(wanted, {})


def state_of(request: DisbursementRequest) -> tuple[object, ...]:
    request.refresh_from_db()
    done = request.alliance.events.exclude(verb="refuse_attempt")
    return request.status, request.step_id, done.count()


# -- The same person -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("way", "held", "wanted"),
    [(by_page, *pair) for pair in PAIRS] + [(by_api, *pair) for pair in NOT_ASKING],
)
def test_nobody_holds_two_hands_by_page_or_api(
    cast: Cast, held: Duty, wanted: Duty, way: Callable[..., HttpResponse]
) -> None:
    chairs = chairs_of(cast, held, wanted)
    request = standing_before(cast, held, wanted, chairs)
    before = state_of(request)

    answer = way(request, wanted, chairs[wanted])

    assert answer.status_code == 403
    assert chairs[held].user.display_name in answer.content.decode()
    assert state_of(request) == before
    do(wanted, request, cast[CHAIR[wanted]])  # whoever has that hand alone may


@pytest.mark.parametrize(("held", "wanted"), IN_BATCH)
def test_nobody_holds_two_hands_in_a_batch(cast: Cast, held: Duty, wanted: Duty) -> None:
    """The row of that request says why; the others of the batch go on."""
    chairs = chairs_of(cast, held, wanted)
    mine = standing_before(cast, held, wanted, chairs)
    other = asked(make_funded_cast_of(cast, wanted, chairs[wanted]))
    if wanted == Duty.APPROVE:
        do(Duty.CLEAR, other, cast["eip"])
    for request in (mine, other):
        request.refresh_from_db()
    before = state_of(mine)
    client, verb = signed_in(chairs[wanted]), f"{ADDRESS[wanted]}_requests"

    bulk = confirmed(client, proposed(client, verb, [mine, other], "requests"))

    said = problems(bulk)
    assert chairs[held].user.display_name in said[mine.pk]
    assert said[other.pk] == ""
    assert state_of(mine) == before


def make_funded_cast_of(cast: Cast, wanted: Duty, member: Membership) -> Cast:
    """Another alliance where the same bodies have the same tasks."""
    other = make_funded_cast()
    if wanted == Duty.APPROVE:
        other.alliance.appointments.filter(duty=Duty.PAY).delete()
        make_appointment(other.alliance, Duty.PAY, member.organisation)
    return other


@pytest.mark.parametrize(("held", "wanted"), NOT_ASKING)
def test_a_return_is_an_act_of_its_hand_too(cast: Cast, held: Duty, wanted: Duty) -> None:
    chairs = chairs_of(cast, held, wanted)
    request = standing_before(cast, held, wanted, chairs)

    with pytest.raises(NotAllowed):
        return_disbursement(
            request_id=request.pk,
            reason=ReturnReason.objects.get(pk="signature"),
            acting=chairs[wanted],
            at=now(),
        )


@pytest.mark.parametrize(("held", "wanted"), PAIRS)
def test_database_refuses_a_second_hand_of_a_person(cast: Cast, held: Duty, wanted: Duty) -> None:
    """Past every service: the stay that would close under the second hand is not written."""
    chairs = chairs_of(cast, held, wanted)
    request = standing_before(cast, held, wanted, chairs)
    stay = StepRecord.objects.filter(request=request, left_at__isnull=True)

    with pytest.raises(DatabaseError, match="two of the four hands"), transaction.atomic():
        stay.update(
            left_at=now(),
            outcome="done",
            working_days=0,
            by=chairs[wanted].user,
            organisation=chairs[wanted].organisation,
        )


@pytest.mark.parametrize(("one", "other"), list(combinations(HANDS, 2)))
def test_columns_of_a_request_name_four_people(cast: Cast, one: Duty, other: Duty) -> None:
    request = asked(cast)
    person = cast["policy"].user
    columns: dict[str, object] = {"cleared_by": cast["eip"].user, "cleared_at": now()}
    if Duty.APPROVE in (one, other):
        columns |= {"status": "approved", "approved_at": now()}
    columns |= {COLUMN[one]: person, COLUMN[other]: person}

    with pytest.raises(IntegrityError, match="four_hands"), transaction.atomic():
        DisbursementRequest.objects.filter(pk=request.pk).update(**columns)


def test_what_needs_the_no_objection_is_not_approved_without_it(cast: Cast) -> None:
    request = asked(cast)

    with pytest.raises(IntegrityError, match="cleared_first"), transaction.atomic():
        DisbursementRequest.objects.filter(pk=request.pk).update(
            status="approved", approved_by=cast["trustee"].user, approved_at=now()
        )


# -- Two officers ----------------------------------------------------------------------------------
def test_two_officers_take_turns(cast: Cast) -> None:
    """Each approves what the other pays: what bars is the request, not the alliance."""
    for approver, payer in (("trustee", "payer"), ("payer", "trustee"), ("trustee", "payer")):
        request = make_request(cast, at=now())
        approve_disbursement(request_id=request.pk, acting=cast[approver], at=now())
        assert do(Duty.PAY, request, cast[payer]).status == "paid"


def test_who_approved_is_told_who_may_pay(cast: Cast) -> None:
    request = make_request(cast, at=now())
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=now())

    page = signed_in(cast["trustee"]).get(reverse("fiduciary:request-detail", args=[request.pk]))

    who = page.context["who"]
    assert [row.pk for row in who.eligible] == [cast.payer.pk]
    assert cast["trustee"].pk in [row.pk for row, _reason in who.barred]
    assert cast.payer.user.display_name in page.content.decode()


def test_queue_of_an_officer_leaves_out_what_they_approved(cast: Cast) -> None:
    mine, theirs = make_request(cast, at=now()), make_request(cast, at=now())
    approve_disbursement(request_id=mine.pk, acting=cast["trustee"], at=now())
    approve_disbursement(request_id=theirs.pk, acting=cast["payer"], at=now())

    assert list(held_by(queue_for(cast["trustee"]), cast["trustee"])) == [theirs]
    assert list(held_by(queue_for(cast["payer"]), cast["payer"])) == [mine]


# -- Bodies ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("held", "wanted"), OF_BODIES)
def test_asking_clearing_and_the_trustee_are_different_bodies(
    cast: Cast, held: Duty, wanted: Duty
) -> None:
    """A colleague from the body of another hand may not, even in the right role."""
    request = standing_before(cast, held, wanted, chairs_of(cast, held, wanted))
    body = cast[ROLE[held]].organisation
    via = {Duty.REQUEST: Duty.ACCOMPANY, Duty.APPROVE: Duty.PAY, Duty.PAY: Duty.PAY}.get(wanted)
    if via:
        cast.alliance.appointments.filter(duty=via).delete()
        make_appointment(cast.alliance, via, body)

    actions = actions_of(request, make_membership(ROLE[wanted], body))

    [verdict] = [row.verdict for row in actions if row.verb == request.step.verb]
    assert not verdict
    assert body.name in verdict.reason
