"""Who directs, decides, approves or pays shows a second factor; no address opens without it."""

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.models import Membership, User
from alliances.people.roles import Role
from paap.second_factor import OPEN, OPEN_PREFIXES, code_of
from tests.factories.alliances import make_membership
from tests.test_addresses import named

pytestmark = pytest.mark.django_db
PASSWORD = "una frase que solo yo diría"


@pytest.fixture(autouse=True)
def asked(settings: Settings) -> Iterator[None]:
    settings.SECOND_FACTOR = True
    cache.clear()
    yield
    cache.clear()


def member(role: str, *, has_factor: bool = False) -> Membership:
    membership = make_membership(role)
    membership.user.set_password(PASSWORD)
    membership.user.save()
    if has_factor:
        TOTP.activate(membership.user, generate_totp_secret())
    return membership


def sign_in(client: Client, user: User) -> str:
    """The password alone; where the site leads next."""
    sent = {"login": user.username, "password": PASSWORD}
    return str(client.post(reverse("account_login"), sent)["Location"])


def test_the_roles_come_from_the_duties_of_every_regime() -> None:
    # OGRs direct in older calls.
    assert {Role.ADMIN, Role.CIR, Role.EIP, Role.OGR, Role.TRUSTEE} == GUARDED_ROLES


@pytest.mark.parametrize("role", Role)
def test_without_a_factor_a_guarded_role_gets_no_further_than_adding_one(
    client: Client, role: str
) -> None:
    client.force_login(member(role).user)
    answer = client.get("/")
    if role in GUARDED_ROLES:
        assert answer["Location"] == reverse("mfa_index") + "?next=%2F"
        assert client.get(reverse("mfa_index")).status_code == 200
    else:
        assert answer.status_code == 200


def address_of(route: str) -> str:
    """An address of that route, of something that need not be there."""
    plain = re.sub(r"\(\?P<\w+>", "(", re.sub(r"[$^\\]", "", route))
    while "(" in plain:
        plain = re.sub(r"\(([^()|]*)[^()]*\)", r"\1", plain)
    plain = re.sub(r"\[[^]]*\]\+", "1", plain.replace("<uuid:key>", str(uuid4())))
    return "/" + re.sub(r"<(\w+:)?\w+>", "1", plain)


def test_no_address_is_open_without_it(client: Client) -> None:
    """Every address of the resolver, pages and API, read and written."""
    client.force_login(member("trustee", has_factor=True).user)
    walked = 0
    for name, route in named():
        if name in OPEN or name.startswith(OPEN_PREFIXES):
            continue
        address = address_of(route)
        for answer in (client.get(address), client.post(address)):
            if name.startswith("api:") or name in ("schema", "api-docs"):
                assert answer.status_code == 403, name
                assert json.loads(answer.content)["status"] == 403
            else:
                assert answer.status_code == 302, name
                assert answer["Location"].startswith(reverse("mfa_reauthenticate")), name
        walked += 1
    assert walked > 150


def test_the_code_opens_and_serves_once(client: Client) -> None:
    person = member("trustee", has_factor=True).user
    assert sign_in(client, person) == reverse("mfa_authenticate")
    assert client.get("/")["Location"].startswith(reverse("account_login"))
    code = code_of(person)
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": code})["Location"] == "/"
    assert client.get("/").status_code == 200

    other = Client()
    sign_in(other, person)
    assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert other.get("/").status_code == 302


def test_wrong_codes_stop_an_account_and_nobody_beside_it() -> None:
    """Twelve slips in a training room, then one person's sixth, and the right code of another."""
    people = [member("trustee", has_factor=True).user for _chair in range(3)]
    chairs = [Client() for _person in people]
    for chair, person in zip(chairs, people, strict=True):
        sign_in(chair, person)
    slips = [*chairs * 4, chairs[0], chairs[0]]
    *_others, sixth = [slip.post(reverse("mfa_authenticate"), {"code": "000000"}) for slip in slips]
    assert "Demasiados intentos" in sixth.content.decode()

    other = chairs[2].post(reverse("mfa_authenticate"), {"code": code_of(people[2])})
    assert other["Location"] == "/"


def test_a_remembered_device_is_not_asked_again_until_the_password_changes(client: Client) -> None:
    person = member("eip", has_factor=True).user
    sign_in(client, person)
    sent = {"code": code_of(person), "remember": "on"}
    client.post(reverse("mfa_authenticate"), sent)
    client.post(reverse("account_logout"))

    assert sign_in(client, person) == "/"
    assert client.get("/").status_code == 200
    client.post(reverse("account_logout"))

    person.set_password(PASSWORD + " y otra")
    person.save()
    wrong = client.post(
        reverse("account_login"), {"login": person.username, "password": PASSWORD + " y otra"}
    )
    assert wrong["Location"] == reverse("mfa_authenticate")


@pytest.mark.django_db(transaction=True)  # the factor counts once it is stored
def test_who_adds_the_first_factor_goes_on_at_once(client: Client) -> None:
    person = member("eip").user
    sign_in(client, person)
    assert client.get("/")["Location"].startswith(reverse("mfa_index"))
    page = reverse("mfa_activate_totp")
    assert client.get(page)["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(page).context["form"].secret
    assert client.post(page, {"code": code_for(secret)})["Location"] == reverse(
        "mfa_view_recovery_codes"
    )
    shown = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(shown) == 10
    assert client.get("/").status_code == 200
    assert secret not in json.dumps([row.data for row in Authenticator.objects.all()])


def code_for(secret: str) -> str:
    counter = next(auth.yield_hotp_counters_from_time())
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def test_a_factor_added_elsewhere_is_asked_of_the_session_that_was_open(client: Client) -> None:
    person = member("oga").user
    client.force_login(person)
    assert client.get("/").status_code == 200
    make_membership("trustee", user=person)
    TOTP.activate(person, generate_totp_secret())
    assert client.get("/")["Location"].startswith(reverse("mfa_reauthenticate"))
    client.post(reverse("mfa_reauthenticate"), {"code": code_of(person)})
    assert client.get("/").status_code == 200


def test_a_fragment_is_led_there_whole(client: Client) -> None:
    client.force_login(member("trustee").user)
    answer = client.get("/desembolsos/", headers={"hx-request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("mfa_index"))


def test_the_code_is_shown_in_the_demonstration_alone(client: Client, settings: Settings) -> None:
    person = member("trustee", has_factor=True).user
    for is_demo in (False, True):
        settings.DEMO = is_demo
        cache.clear()
        sign_in(client, person)
        page = client.get(reverse("mfa_authenticate")).content.decode()
        assert (code_of(person) in page) is is_demo


def test_other_sessions_are_closed_from_the_list(client: Client) -> None:
    person = member("oga").user
    other = Client()
    for browser in (client, other):
        sign_in(browser, person)
    assert client.get(reverse("usersessions_list")).context["session_count"] == 2
    client.post(reverse("usersessions_list"), {"key": str(uuid4())})
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200
