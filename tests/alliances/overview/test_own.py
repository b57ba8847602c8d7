"""Home of an organisation and of a consultant: one card per alliance, in plain words."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.services import advance
from alliances.lifecycle.table import Status
from alliances.models import Alliance, Appointment, Membership
from alliances.overview.own import PLAIN, OwnCard, own_home
from alliances.selection.models import EvaluationSnapshot
from fiduciary.models import DisbursementRequest
from kit.figures import date_short, number
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_call,
    make_cast,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
)
from tests.factories.fiduciary import make_commitment, make_funded_cast, make_request, make_rules
from tests.factories.selection import make_decision, make_score
from tests.pages import Browser

pytestmark = pytest.mark.django_db
OWN = reverse("alliances:own-alliances")


def card_of(membership: Membership, alliance: Alliance) -> OwnCard:
    cards = own_home(membership, AT).cards
    return next(card for card in cards if card.alliance == alliance)


def client_of(membership: Membership) -> Browser:
    client = Browser()
    client.force_login(membership.user)
    return client


def adviser_of(cast: Cast) -> Membership:
    adviser = make_membership("consultant", organisation=cast["ogr"].organisation)
    Appointment.objects.create(
        alliance=cast.alliance,
        duty=Duty.ADVISE,
        organisation=adviser.organisation,
        person=adviser.user,
        since=AT.date(),
    )
    return adviser


def decide(alliance: Alliance, score: str) -> None:
    make_score(alliance, score)
    make_decision(alliance)
    EvaluationSnapshot.objects.create(
        alliance=alliance,
        score=Decimal(score),
        cutoff=Decimal(70),
        was_offered=True,
        rules_hash="0" * 64,
        call_region="Pacífico",
        producers=30,
        taken_at=AT,
    )


def test_every_status_is_said_in_plain_words() -> None:
    assert set(PLAIN) == set(Status)
    assert len({str(words) for words in PLAIN.values()}) == len(Status)


@pytest.mark.parametrize(
    ("status", "to_do", "page"),
    [
        ("draft", "Complete the profile and present it", "producer-list"),
        ("returned", "Correct what is asked and present it again", "alliance-detail"),
        ("closed", "Open rotating fund", "alliance-detail"),
    ],
)
def test_what_it_must_do_now_by_when_and_where(status: str, to_do: str, page: str) -> None:
    cast = make_cast(status)
    card = card_of(cast["organisation"], cast.alliance)
    assert (card.to_do, card.holder) == (to_do, "")
    assert card.url == reverse(f"alliances:{page}", args=[cast.alliance.code])
    assert card.deadline is not None
    assert card.deadline.days_left == 20


@pytest.mark.parametrize(
    ("status", "holder"), [("submitted", "scorer"), ("scored", "cir"), ("study_submitted", "eip")]
)
def test_who_has_it_and_since_when(status: str, holder: str) -> None:
    cast = make_cast(status)
    card = card_of(cast["organisation"], cast.alliance)
    bodies = {"scorer": cast["scorer"].organisation.name, "cir": "Committee member", "eip": "EIP"}
    assert (card.to_do, card.holder) == ("", bodies[holder])
    page = client_of(cast["organisation"]).get(OWN).content.decode()
    assert bodies[holder] in page
    assert date_short(AT) in page


def test_why_it_came_back_and_by_whom() -> None:
    cast = make_cast("submitted")
    why = {"reason_code": "incomplete", "reason": "Falta el certificado de existencia."}
    advance(
        alliance_id=cast.alliance.pk, verb="return_profile", acting=cast["scorer"], at=AT, **why
    )
    [reason] = card_of(cast["organisation"], cast.alliance).reasons
    assert cast["scorer"].organisation.name in reason
    assert why["reason"] in reason
    assert "Something is missing" in reason


def test_the_decision_with_score_cut_off_votes_and_place() -> None:
    cast = make_cast("selected")
    decide(cast.alliance, "74.5")
    for score in ("80", "90", "60"):
        decide(make_alliance("selected", call=cast.alliance.call), score)
    decide(make_alliance("selected"), "99")  # of another call
    reasons = " ".join(card_of(cast["organisation"], cast.alliance).reasons)
    assert f"Score {number(Decimal('74.5'), 1)}; the cut-off was {number(70, 1)}." in reasons
    assert "Of 4 decided in its region, 2 had a better score." in reasons


def test_a_departure_from_the_ranking_tells_its_public_reason() -> None:
    cast = make_cast("selected")
    make_score(cast.alliance, "60")
    make_decision(cast.alliance, departs_from_ranking=True, reason="Equilibrio entre territorios.")
    reasons = " ".join(card_of(cast["organisation"], cast.alliance).reasons)
    assert "It departs from the ranking: Equilibrio entre territorios." in reasons


def test_beyond_four_cards_the_others_wait_folded() -> None:
    body = make_organisation()
    member = make_membership("organisation", organisation=body)
    for _number in range(6):
        make_alliance("submitted", organisation=body)
    page = client_of(member).get(OWN).content.decode()
    shown, folded = page.split('class="own-more"')
    assert (shown.count("<article"), folded.count("<article")) == (4, 2)


def test_an_open_call_invites_once_and_closes_on_a_date_of_the_draft() -> None:
    cast = make_cast("draft")
    member, call = cast["organisation"], cast.alliance.call
    assert own_home(member, AT).calls == ()  # its draft is there
    assert any(row.on == call.closes_on for row in card_of(member, cast.alliance).dates)
    other = make_call()
    assert own_home(member, AT).calls == (other,)
    page = client_of(member)
    with time_machine.travel(AT):
        assert reverse("alliances:profile-create") in page.get(OWN).content.decode()
    advance(
        alliance_id=cast.alliance.pk,
        verb="discard_profile",
        acting=member,
        at=AT,
        reason_code="mistake",
        reason="Se escribió dos veces el mismo perfil.",
    )
    assert set(own_home(member, AT).calls) == {call, other}
    assert own_home(cast["manager"], AT).calls == ()


def test_next_dates_are_of_money_fund_and_produce() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    make_rules(cast)
    make_commitment(cast, make_producer(cast.alliance))
    DisbursementRequest.objects.filter(pk=request.pk).update(next_need_by_on=date(2026, 3, 20))
    labels = [row.label for row in card_of(cast["organisation"], cast.alliance).dates]
    assert any(request.reference in label for label in labels)
    assert "Instalments of the fund fall due" in labels


def test_a_consultant_has_the_studies_given_those_to_write_first() -> None:
    cast = make_cast("preparing")
    adviser = adviser_of(cast)
    done = make_cast("approved")
    Appointment.objects.create(
        alliance=done.alliance,
        duty=Duty.ADVISE,
        organisation=adviser.organisation,
        person=adviser.user,
        since=AT.date(),
    )
    make_alliance("preparing")  # of nobody here
    home = own_home(adviser, AT)
    assert home.is_adviser
    assert [card.alliance for card in home.cards] == [cast.alliance, done.alliance]
    first, last = home.cards
    study = reverse("alliances:study", args=[cast.alliance.code])
    assert (first.to_do, first.url) == ("Write the study and present it", study)
    assert first.deadline is not None
    assert first.deadline.days_left == 60
    assert last.to_do == ""
    assert last.url == reverse("alliances:study", args=[done.alliance.code])


def test_studies_handed_over_are_told_without_a_way_to_their_alliance() -> None:
    cast = make_cast("executing")
    adviser = adviser_of(cast)
    Appointment.objects.filter(person=adviser.user).update(until=date(2026, 4, 2))
    [study] = own_home(adviser, AT).past
    assert (study.alliance, study.status) == (str(cast.alliance), Status.EXECUTING)
    page = client_of(adviser).get(OWN).content.decode()
    assert cast.alliance.name in page
    assert f"/alianzas/{cast.alliance.code}/" not in page
    colleague = make_membership("consultant", organisation=adviser.organisation)
    assert own_home(colleague, AT).past == ()


def test_cards_cost_the_same_whatever_their_number() -> None:
    cast = make_funded_cast()
    member = cast["organisation"]

    def queries() -> int:
        client = client_of(member)
        client.get(OWN)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(OWN).status_code == 200
        return len(captured)

    few = queries()
    for status in ("draft", "returned", "submitted", "executing", "not_selected", "executing"):
        make_alliance(status, organisation=member.organisation, call=cast.alliance.call)
    assert alliances_visible_to(member).count() == 7
    assert queries() <= max(few, 15)
    assert queries() <= 15


def test_of_many_alliances_twelve_are_cards_and_the_rest_a_link() -> None:
    body = make_organisation()
    member = make_membership("organisation", organisation=body)
    for _number in range(14):
        make_alliance("submitted", organisation=body)
    home = own_home(member, AT)
    assert (len(home.cards), home.rest) == (12, 2)


def test_home_begins_with_the_cards_of_who_has_some() -> None:
    cast = make_cast("draft")
    for role in ("organisation", "ogr", "ally", "manager", "eip"):
        page = client_of(cast[role]).get("/").content.decode()
        assert (f'hx-get="{OWN}"' in page) is (role == "organisation"), role
    assert f'hx-get="{OWN}"' in client_of(adviser_of(cast)).get("/").content.decode()


def test_the_page_is_for_them_alone_and_a_fragment_for_home() -> None:
    cast = make_cast("draft")
    assert client_of(cast["ogr"]).get(OWN).status_code == 403
    client = client_of(cast["organisation"])
    fragment = client.get(OWN, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert cast.alliance.name in fragment
    stranger = make_membership("organisation", organisation=make_organisation())
    assert cast.alliance.name not in client_of(stranger).get(OWN).content.decode()


def test_an_organisation_with_nothing_is_told_what_comes() -> None:
    elsewhere = make_organisation(municipality=make_municipality("05001", "Medellín"))
    make_call()
    stranger = make_membership("organisation", organisation=elsewhere)
    with time_machine.travel(AT):
        page = client_of(stranger).get(OWN)
    assert page.context["calls"] == ()
    assert "no call is open in your region" in page.content.decode()
