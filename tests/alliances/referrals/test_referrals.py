"""Referrals to sister programmes: who, where to, once, what came of it, and who reads it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Event
from alliances.lifecycle.selectors import may_act
from alliances.lifecycle.services import advance
from alliances.lifecycle.table import Status
from alliances.models import Membership, Referral, ReferralAnswer, SisterProgramme
from alliances.overview.own import own_home
from alliances.referrals.selectors import referral_counts, referrals_of
from alliances.referrals.services import record_answer, refer
from alliances.territory.services import load_reference
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken
from tests.application import as_application
from tests.factories.alliances import CAST, Cast, make_alliance, make_cast, make_membership
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db
NOTE = "Pregunte por el plan del departamento en la Secretaría de Agricultura"


@pytest.fixture(scope="module", autouse=True)
def _catalogue(module_rows: None) -> None:
    load_reference()


def referred(cast: Cast, role: str = "ogr", **other: Any) -> Referral:
    given = {
        "programme": "pdea",
        "need": "extension",
        "note": NOTE,
        "acting": cast[role],
        "at": now(),
        "key": uuid4(),
    }
    return refer(alliance_id=cast.alliance.pk, **(given | other))


def answered(referral: Referral, acting: Membership, **other: Any) -> Referral:
    given = {"answer": "accepted", "answered_on": localdate(), "at": now(), "key": uuid4()}
    return record_answer(referral_id=referral.pk, acting=acting, **(given | other))


def client_of(membership: Membership) -> Browser:
    client = Browser(headers={"accept-language": "en"})
    client.force_login(membership.user)
    return client


# -- Who, and in which status ----------------------------------------------------------------------
@pytest.mark.parametrize("status", Status)
def test_an_alliance_is_referred_in_any_status(status: Status) -> None:
    cast = make_cast(status)
    with as_application():
        referral = referred(cast)
    event = Event.objects.get(verb="refer")
    assert (event.alliance, event.actor, event.duty) == (cast.alliance, cast["ogr"].user, "")
    assert event.data["referral"] == referral.pk
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == status


@pytest.mark.parametrize("role", [*CAST, "consultant", "admin"])
def test_who_helps_accompanies_or_supervises_refers_and_nobody_else(role: str) -> None:
    cast = make_cast("not_selected")
    acting = cast[role] if role in CAST else make_membership(role)
    if role in ("ogr", "oga", "eip"):
        assert referred(cast, acting=acting).referred_by == acting
        return
    with pytest.raises(NotAllowed):
        referred(cast, acting=acting)
    assert not Referral.objects.exists()


def test_neither_an_ogr_of_elsewhere_nor_whoever_left_refers() -> None:
    cast = make_cast("not_selected")
    left = make_membership(
        "ogr", organisation=cast["ogr"].organisation, valid_until=localdate() - timedelta(days=1)
    )
    for acting in (cast.outsider, left):
        with pytest.raises(NotAllowed):
            referred(cast, acting=acting)


def test_whoever_declared_it_not_eligible_may_refer_it_and_a_referral_bars_nobody() -> None:
    cast = make_cast("submitted")
    referred(cast)
    assert may_act(cast.alliance, Duty.VERIFY, cast["ogr"])
    advance(
        alliance_id=cast.alliance.pk,
        verb="reject",
        acting=cast["ogr"],
        at=now(),
        reason="No tiene los dos años de constituida",
        reason_code="out_of_limits",
    )
    assert not may_act(cast.alliance, Duty.ADVISE, cast["ogr"])
    assert referred(cast, programme="pidar", need="infrastructure")


# -- Where to, and once ----------------------------------------------------------------------------
def test_nobody_is_referred_to_what_is_not_offered_that_day() -> None:
    cast, today = make_cast("ineligible"), localdate()
    programme = SisterProgramme.objects.get(pk="pdea")
    for first, last in (
        (today + timedelta(days=1), None),
        (date(2018, 1, 1), today - timedelta(days=1)),
    ):
        programme.valid_from, programme.valid_until = first, last
        programme.save()
        with pytest.raises(DomainError) as refusal:
            referred(cast)
        assert refusal.value.field == "programme"
        assert not isinstance(refusal.value, NotAllowed)
    programme.valid_from = programme.valid_until = today
    programme.save()
    assert referred(cast)


def test_a_second_click_is_one_referral_and_another_content_is_refused() -> None:
    cast, key = make_cast("ineligible"), uuid4()
    first = referred(cast, key=key)
    assert referred(cast, key=key) == first
    assert Event.objects.filter(verb="refer").count() == Referral.objects.count() == 1
    with pytest.raises(Conflict, match=r"programme|programa"):
        referred(cast, key=key, need="credit")


def test_it_is_not_sent_twice_to_one_programme_before_that_answers() -> None:
    cast = make_cast("ineligible")
    first = referred(cast)
    with pytest.raises(Conflict):
        referred(cast)
    assert referred(cast, programme="pidar")
    answered(first, cast["ogr"], answer="declined")
    assert referred(cast).pk != first.pk


# -- What came of it -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", CAST)
def test_who_may_refer_or_was_referred_tells_the_answer(role: str) -> None:
    cast = make_cast("not_selected")
    referral = referred(cast)
    if role in ("ogr", "oga", "eip", "organisation"):
        with as_application():
            assert answered(referral, cast[role])
        event = Event.objects.get(verb="record_referral_answer")
        assert (event.data["answer"], event.actor) == ("accepted", cast[role].user)
        return
    with pytest.raises(NotAllowed):
        answered(referral, cast[role])


def test_the_last_answer_stands_and_is_seen_by_who_records_the_next() -> None:
    cast, key = make_cast("not_selected"), uuid4()
    referral = referred(cast)
    seen = referrals_of([cast.alliance.pk]).get().version
    for _click in range(2):
        answered(referral, cast["ogr"], answer="no_answer", key=key, seen=seen)
    with pytest.raises(Overtaken):
        answered(referral, cast["organisation"], seen=seen)
    answered(referral, cast["organisation"], answer="no_answer")  # as it stands
    assert ReferralAnswer.objects.count() == 1
    answered(referral, cast["organisation"])
    standing = referrals_of([cast.alliance.pk]).get()
    assert (standing.answer, standing.tone) == ("accepted", "good")
    assert ReferralAnswer.objects.count() == 2


@pytest.mark.parametrize("days", [-1, 1])
def test_an_answer_is_of_no_day_before_the_referral_nor_to_come(days: int) -> None:
    cast = make_cast("not_selected")
    referral = referred(cast)
    with pytest.raises(DomainError) as refusal:
        answered(referral, cast["ogr"], answered_on=localdate() + timedelta(days=days))
    assert refusal.value.field == "answered_on"


# -- What the database holds -----------------------------------------------------------------------
def test_the_database_refuses_what_no_service_writes() -> None:
    cast = make_cast("not_selected")
    referral = referred(cast)
    answered(referral, cast["ogr"])
    row = {
        "alliance": cast.alliance,
        "key": uuid4(),
        "programme_id": "pidar",
        "need": "credit",
        "note": NOTE,
        "referred_on": localdate(),
        "referred_by": cast["ogr"],
    }
    for wrong in (
        {"need": "luck"},
        {"note": ""},
        {"programme_id": "campo-emprende"},
        {"referred_on": date(2015, 1, 1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.create(**(row | wrong))
    for wrong in ({"answer": "maybe"}, {"answered_on": date(2020, 1, 1)}):
        given = {"answer": "accepted", "answered_on": localdate(), "recorded_by": cast["ogr"]}
        with pytest.raises(IntegrityError), transaction.atomic():
            ReferralAnswer.objects.create(referral=referral, **(given | wrong))
    for statement in (
        "UPDATE alliances_referral SET note = 'x'",
        "DELETE FROM alliances_referralanswer",
        "TRUNCATE alliances_referral CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)
    with pytest.raises(DatabaseError, match="only together with its event"), as_application():
        Referral.objects.create(**row)


def test_the_audit_finds_a_row_without_its_event() -> None:
    cast = make_cast("not_selected")
    referral = referred(cast)
    answered(referral, cast["ogr"])
    assert verify_audit().is_well
    assert verify_audit(chain=cast.alliance.pk).is_well
    Referral.objects.create(
        alliance=cast.alliance,
        key=uuid4(),
        programme_id="pidar",
        need="credit",
        note=NOTE,
        referred_on=localdate(),
        referred_by=cast["ogr"],
    )
    (difference,) = verify_audit().differences
    assert "no event tells of it" in str(difference)


# -- Pages -----------------------------------------------------------------------------------------
def test_the_ogr_refers_and_the_organisation_reads_it_and_tells_the_answer() -> None:
    cast = make_cast("not_selected")
    detail = reverse("alliances:alliance-detail", args=[cast.alliance.code])
    page = reverse("alliances:referral-create", args=[cast.alliance.code])
    ogr, own = client_of(cast["ogr"]), client_of(cast["organisation"])
    assert page in ogr.get(detail).content.decode()
    assert page not in own.get(detail).content.decode()
    assert own.get(page).status_code == 403
    shown = ogr.get(page).content.decode()
    assert "Agencia de Desarrollo Rural" in shown
    assert "El Campo Emprende" not in shown  # it ended in 2022
    empty = ogr.post(page, {"need": "", "programme": "", "note": ""})
    assert empty.status_code == 422
    sent = {"need": "extension", "programme": "pdea", "note": NOTE}
    assert ogr.post(page, form_with(shown, "note") | sent, follow=True).status_code == 200
    for client, address in (
        (own, detail),
        (own, reverse("alliances:own-alliances")),
        (ogr, detail),
    ):
        text = client.get(address).content.decode()
        assert NOTE in text
        assert "Agricultural extension of the departmental plans" in text
        assert "Not answered yet" in text
    told = reverse(
        "alliances:referral-answer", args=[cast.alliance.code, Referral.objects.get().pk]
    )
    form = form_with(own.get(told).content.decode(), "seen")
    own.post(told, form | {"answer": "accepted", "answered_on": localdate().isoformat()})
    assert "It was accepted" in ogr.get(detail).content.decode()
    assert (
        "It was accepted"
        in own.get(
            reverse("alliances:alliance-history", args=[cast.alliance.code])
        ).content.decode()
    )


def test_who_read_an_older_answer_sees_both() -> None:
    cast = make_cast("not_selected")
    referral = referred(cast)
    told = reverse("alliances:referral-answer", args=[cast.alliance.code, referral.pk])
    own = client_of(cast["organisation"])
    form = form_with(own.get(told).content.decode(), "seen")
    answered(referral, cast["ogr"], answer="declined")
    sent = form | {"answer": "accepted", "answered_on": localdate().isoformat()}
    answer = own.post(told, sent)
    assert answer.status_code == 409
    assert "By now it says: It was declined" in answer.content.decode()


def test_counts_by_programme_stand_on_the_page_of_programmes() -> None:
    cast = make_cast("not_selected")
    answered(referred(cast), cast["ogr"], answer="no_answer")
    referred(cast)
    referred(cast, programme="pidar", need="market")
    counts = {row.programme.pk: row for row in referral_counts()}
    assert (counts["pdea"].referred, counts["pdea"].waiting, counts["pdea"].no_answer) == (2, 1, 1)
    assert (counts["pidar"].referred, counts["pidar"].waiting) == (1, 1)
    address = reverse("alliances:reference-table", args=["programas"])
    text = client_of(cast["eip"]).get(address).content.decode()
    assert "Referrals, and what came of them" in text
    wages = reverse("alliances:reference-table", args=["salarios"])
    assert "Referrals" not in client_of(cast["eip"]).get(wages).content.decode()


def test_cards_and_pages_ask_no_more_with_more_referrals() -> None:
    cast = make_cast("not_selected")
    for _number in range(3):
        make_alliance("ineligible", organisation=cast.alliance.organisation)
    detail = reverse("alliances:alliance-detail", args=[cast.alliance.code])

    def asked() -> list[int]:
        found = []
        for role, page in (("organisation", reverse("alliances:own-alliances")), ("ogr", detail)):
            client = client_of(cast[role])
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                client.get(page)
            found.append(len(captured))
        return found

    referred(cast)
    before = asked()
    for programme in ("pidar", "sena-emprende-rural"):
        answered(referred(cast, programme=programme), cast["ogr"])
    assert asked() == before
    assert max(before) <= 15
    cards = own_home(cast["organisation"], now()).cards
    assert sorted(len(card.referrals) for card in cards) == [0, 0, 0, 3]
