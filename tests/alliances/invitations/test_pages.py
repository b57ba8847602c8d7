"""The pages of bodies, people and invitations, as who keeps the register and who does not."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now
from pytest_django import Settings

from alliances.invitations.models import Invitation
from alliances.invitations.services import Offer, invite, invite_first_administrator
from alliances.mail.tasks import deliver_mail
from alliances.people.models import Membership, Organisation, User
from tests.factories.alliances import (
    CAST,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_user,
)
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db
PASSWORD = "una frase que solo yo digo"
WHY = {"reason_code": "organisation", "reason": "Ya no trabaja en la entidad"}


def signed_in(membership: Membership) -> Client:
    client = Browser(headers={"accept-language": "en"})
    client.force_login(membership.user)
    return client


def page(name: str, *args: object) -> str:
    return reverse(f"alliances:{name}", args=args)


@pytest.fixture
def admin() -> Membership:
    return make_membership("admin")


@pytest.fixture
def client(admin: Membership) -> Client:
    return signed_in(admin)


def test_a_body_is_registered_and_changed_and_nobody_is_overwritten(client: Client) -> None:
    make_department("05", "Antioquia")
    make_municipality()
    sent = {"kind": "ogr", "name": "OGR  del Sur ", "nit": "900.123.456-8", "departments": ["05"]}
    answer = client.post(page("body-create"), sent | {"municipality": "52001"})
    body = Organisation.objects.get(name="OGR del Sur")
    assert answer["Location"] == page("body-detail", body.pk)
    assert (body.nit, [row.code for row in body.departments.all()]) == ("900123456-8", ["05"])
    change = page("body-change", body.pk)
    shown = form_with(client.get(change).content.decode(), "nit")
    sent = {"legal_representative": "Ana Erazo", "departments": ["05"]}
    assert client.post(change, {**shown, **sent, "key": [""]}).status_code == 422
    assert client.post(change, shown | sent).status_code == 302
    overtaken = client.post(change, shown | {"key": str(uuid4()), "name": "Otra"})
    assert overtaken.status_code == 409
    body.refresh_from_db()
    assert (body.name, body.legal_representative) == ("OGR del Sur", "Ana Erazo")


def test_lists_find_bodies_and_people(client: Client) -> None:
    body = make_organisation("oga", "Corporación Surco Sur")
    member = make_membership("oga", body, make_user(first_name="Servio", last_name="Tulcán"))
    found = client.get(page("body-list"), {"q": "surco corporacion"}).content.decode()
    assert page("body-detail", body.pk) in found
    assert "No body matches" in client.get(page("body-list"), {"q": "nada"}).content.decode()
    found = client.get(page("person-list"), {"q": "tulcan", "role": "oga"}).content.decode()
    assert page("person-detail", member.user_id) in found
    assert "Nobody matches" in client.get(page("person-list"), {"role": "cir"}).content.decode()
    assert "Servio" in client.get(page("body-detail", body.pk)).content.decode()


def test_a_stranger_comes_in_by_the_link_that_is_shown_once(client: Client) -> None:
    body = make_organisation("ogr")
    sent = {"email": "rosa@example.org", "role": "ogr"}
    answer = client.post(page("body-invite", body.pk), sent)
    (invitation,) = Invitation.objects.all()
    link = answer.content.decode().split('link-once">')[1].split("<")[0]
    assert link not in client.get(page("invitation-list")).content.decode()
    path = "/" + link.split("/", 3)[3]
    stranger = Browser(headers={"accept-language": "en"})
    assert "You are invited to act as" in stranger.get(path).content.decode()
    about = {"first_name": "Rosa", "last_name": "Pantoja", "password": "corta"}
    assert stranger.post(path, about).status_code == 422
    assert stranger.post(path, about | {"password": PASSWORD})["Location"] == "/"
    assert "OGR staff" in stranger.get("/").content.decode()
    assert User.objects.get(username="rosa@example.org").language == "en"
    assert stranger.get(path).status_code == 404
    invitation.refresh_from_db()
    assert invitation.membership
    assert invitation.membership.user.username == "rosa@example.org"


@pytest.fixture
def mail_is_set_up(settings: Settings) -> None:
    settings.SENDS_MAIL = True


def link_in(message: EmailMessage) -> str:
    """The path of the link that the message carries."""
    return re.findall(r"http://[^/\s]+(/invitacion/\S+)", str(message.body))[-1]


@pytest.mark.usefixtures("mail_is_set_up")
def test_where_mail_is_set_up_the_link_goes_by_mail_and_is_not_shown(client: Client) -> None:
    sent = {"email": "rosa@example.org", "role": "ogr"}
    answer = client.post(page("body-invite", make_organisation("ogr").pk), sent, follow=True)
    assert "/invitacion/" not in answer.content.decode()
    assert mail.outbox == []  # whoever invites waits for no mail server
    deliver_mail()
    (message,) = mail.outbox
    assert message.to == ["rosa@example.org"]
    about = {"first_name": "Rosa", "last_name": "Pantoja", "password": PASSWORD}
    assert Browser().post(link_in(message), about)["Location"] == "/"
    assert User.objects.filter(username="rosa@example.org").exists()


@pytest.mark.usefixtures("mail_is_set_up")
def test_an_address_that_the_server_refuses_is_told_and_its_next_link_is_shown(
    client: Client,
) -> None:
    sent = {"email": "rossa@example.org", "role": "ogr"}
    client.post(page("body-invite", make_organisation("ogr").pk), sent)
    backend = "django.core.mail.backends.locmem.EmailBackend.send_messages"
    with patch(backend, side_effect=SMTPRecipientsRefused({"x": (550, b"no such user")})):
        deliver_mail()
    assert "550 no such user" in client.get(page("invitation-list")).content.decode()
    (invitation,) = Invitation.objects.all()
    renewed = client.post(page("invitation-renew", invitation.pk))
    assert "/invitacion/" in renewed.content.decode()
    deliver_mail()
    assert mail.outbox == []


@pytest.mark.usefixtures("mail_is_set_up")
def test_only_the_last_link_leaves_and_none_of_what_is_withdrawn(client: Client) -> None:
    sent = {"email": "rosa@example.org", "role": "ogr"}
    client.post(page("body-invite", make_organisation("ogr").pk), sent)
    (invitation,) = Invitation.objects.all()
    client.post(page("invitation-renew", invitation.pk))
    deliver_mail()
    (message,) = mail.outbox
    assert Browser().get(link_in(message)).status_code == 200
    client.post(page("invitation-renew", invitation.pk))
    client.post(page("invitation-withdraw", invitation.pk))
    deliver_mail()
    assert mail.outbox == [message]


def test_who_has_an_account_signs_in_to_accept(admin: Membership) -> None:
    rosa = make_user("rosa@example.org", email="rosa@example.org")
    body = make_organisation("ogr")
    issued = invite(Offer(body, "ogr", rosa.email), acting=admin, at=now())
    link = page("invitation-accept", issued.token)
    assert (
        "Sign in with it to accept"
        in Client(headers={"accept-language": "en"}).get(link).content.decode()
    )
    other, own = signed_in(make_membership("oga")), Browser()
    assert other.post(link).status_code == 403
    own.force_login(rosa)
    assert own.post(link)["Location"] == "/"
    assert Membership.objects.get(user=rosa).organisation == body


def test_a_second_administrator_confirms_on_the_page(client: Client, admin: Membership) -> None:
    second = signed_in(make_membership("admin", admin.organisation))
    sent = {"email": "marcela@example.org", "role": "eip"}
    client.post(page("body-invite", make_organisation("eip").pk), sent)
    (invitation,) = Invitation.objects.all()
    assert "another administrator confirms" in client.get(page("invitation-list")).content.decode()
    confirm = page("invitation-confirm", invitation.pk)
    assert client.post(confirm).status_code == 403
    assert "/invitacion/" in second.post(confirm).content.decode()
    assert second.post(confirm).status_code == 409
    assert "/invitacion/" in client.post(page("invitation-renew", invitation.pk)).content.decode()
    assert client.post(page("invitation-withdraw", invitation.pk)).status_code == 302
    assert client.post(page("invitation-withdraw", invitation.pk)).status_code == 404


def test_roles_that_never_join_are_asked_about_and_shown(client: Client) -> None:
    person = make_membership("scorer").user
    sent = {"organisation": make_organisation("ogr").pk, "role": "ogr"}
    asked = client.post(page("person-role", person.pk), sent)
    assert asked.status_code == 422
    assert "never use both roles" in asked.content.decode()
    sent["despite"] = "Reemplaza a una colega por un mes"
    assert client.post(page("person-role", person.pk), sent).status_code == 302
    shown = client.get(page("person-detail", person.pk)).content.decode()
    assert "whoever helps a profile has a stake in its result" in shown


@pytest.mark.parametrize("path", ["/", "/alianzas/", "/api/v1/alliances/"])
def test_who_is_ended_is_out_at_the_next_click(client: Client, path: str) -> None:
    member = make_membership("ogr", valid_from=localdate())
    theirs = signed_in(member)
    assert theirs.get(path).status_code == 200
    assert client.post(page("membership-end", member.pk), WHY).status_code == 302
    assert theirs.get(path).status_code == 403


#: Person × role × expiry: which days of a membership let its person in today.
EXPIRY = {
    "since yesterday, without an end": (-1, None, True),
    "from today to today": (0, 0, True),
    "until yesterday": (-9, -1, False),
    "from tomorrow": (1, None, False),
}


@pytest.mark.parametrize("days", EXPIRY)
@pytest.mark.parametrize("role", [*CAST, "consultant", "admin", "coordinator"])
def test_a_person_is_in_as_long_as_their_role_is(role: str, days: str) -> None:
    first, last, is_in = EXPIRY[days]
    member = make_membership(
        role,
        valid_from=localdate() + timedelta(days=first),
        valid_until=None if last is None else localdate() + timedelta(days=last),
    )
    assert signed_in(member).get("/").status_code == (200 if is_in else 403)


def test_the_review_shows_who_has_what_and_ends_one_or_many(client: Client) -> None:
    rows = [make_membership("ogr") for _ in range(3)]
    soon = make_membership("oga", valid_until=localdate() + timedelta(days=9))
    shown = client.get(page("membership-review")).content.decode()
    assert shown.count("Ends soon") == 1
    assert str(soon.user) in shown
    form = form_with(shown, "reason")
    chosen = form | {"memberships": [str(row.pk) for row in rows[:2]]}
    answer = client.post(page("membership-review"), chosen, follow=True)
    assert "2 roles ended." in answer.content.decode()
    in_force = Membership.objects.valid_on(localdate()).values_list("pk", flat=True)
    assert {row.pk for row in rows} & set(in_force) == {rows[2].pk}
    nothing = client.post(page("membership-review"), form_with(shown, "reason"))
    assert nothing.status_code == 422


def test_a_coordinator_sees_and_keeps_their_own_body_alone() -> None:
    coordinator = make_membership("coordinator", make_organisation("ogr"))
    own = make_membership("ogr", coordinator.organisation)
    other = make_membership("ogr")
    client = signed_in(coordinator)
    people = client.get(page("person-list")).content.decode()
    assert str(own.user) in people
    assert page("person-detail", other.user_id) not in people
    assert client.get(page("person-detail", other.user_id)).status_code == 404
    assert client.get(page("body-detail", other.organisation_id)).status_code == 404
    assert client.post(page("membership-end", other.pk), WHY).status_code == 404
    assert client.post(page("membership-end", own.pk), WHY).status_code == 302
    assert client.get(page("body-create")).status_code == 403
    assert client.get(page("body-change", own.organisation_id)).status_code == 403
    sent = {"email": "rosa@example.org", "role": "ogr"}
    invited = client.post(page("body-invite", own.organisation_id), sent)
    assert "/invitacion/" in invited.content.decode()


@pytest.mark.parametrize("role", [*CAST, "consultant"])
def test_nobody_else_reads_the_register(role: str) -> None:
    client = signed_in(make_membership(role))
    for name in ("body-list", "person-list", "membership-review", "invitation-list"):
        assert client.get(page(name)).status_code == 403


@pytest.mark.parametrize("role", ["admin", "coordinator"])
def test_who_keeps_the_register_reads_no_alliance_and_no_aggregate(role: str) -> None:
    client = signed_in(make_membership(role))
    assert "reads no alliance" in client.get("/").content.decode()
    assert client.get("/programa/").status_code == 403
    assert "No alliance matches" in client.get("/alianzas/").content.decode()


def test_the_first_administrator_comes_in_with_an_e_mail_of_their_own() -> None:
    issued = invite_first_administrator(at=now())
    assert issued
    stranger = Browser()
    about = {"first_name": "Ada", "last_name": "Mora", "password": PASSWORD}
    link = page("invitation-accept", issued.token)
    assert stranger.post(link, about).status_code == 422
    assert stranger.post(link, about | {"email": "Ada@example.org"})["Location"] == "/"
    assert User.objects.get(username="ada@example.org").check_password(PASSWORD)


def test_a_link_of_nobody_says_so(client: Client) -> None:
    assert Client().get(page("invitation-accept", "nada")).status_code == 404


LISTS = ("body-list", "person-list", "membership-review", "invitation-list")


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_asks_no_more(client: Client, admin: Membership, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page(name)).status_code == 200
        return len(captured)

    def three_more(first: int) -> None:
        for number in range(first, first + 3):
            body = make_membership("ogr").organisation
            email = f"rosa{number}@example.org"
            invite(Offer(body, "ogr", email), acting=admin, at=now())

    three_more(0)
    few = queries()
    three_more(3)
    assert queries() == few <= 15


def test_ending_after_a_last_day_lets_them_work_until_then(client: Client) -> None:
    member = make_membership("ogr")
    sent = WHY | {"valid_until": (localdate() + timedelta(days=3)).isoformat()}
    client.post(page("membership-end", member.pk), sent)
    member.refresh_from_db()
    assert member.is_valid_on(localdate() + timedelta(days=3))
