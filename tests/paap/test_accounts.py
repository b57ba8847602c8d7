"""The pages about one's own account: few, in the house's layout, in either language."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from alliances.models import User
from paap.urls import account_urls
from tests.factories.alliances import make_membership
from tests.test_translations import ENGLISH, PROPER_NAMES, SPANISH, Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]
PAGES = [entry.name for entry in account_urls if "<" not in str(entry.pattern)]
PASSWORD = "una frase que solo yo diría"
#: What a form is sent: nothing, something wrong, and a password too weak.
SENT = (
    {},
    {"login": "nadie", "password": "x", "oldpassword": "x", "password1": "a", "password2": "b"},
    {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"},
)


@pytest.fixture
def person() -> User:
    user = make_membership("ogr").user
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def answers(client: Client) -> Iterator[tuple[str, Client]]:
    for name in PAGES:
        yield name, client.get(reverse(name), follow=True)
        for sent in SENT:
            if name != "account_logout":
                yield name, client.post(reverse(name), sent, follow=True)


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize(
    ("language", "code", "foreign"), [("es-CO", "es-co", ENGLISH), ("en", "en", SPANISH)]
)
def test_every_account_page_is_ours_and_in_one_language(
    person: User, language: str, code: str, foreign: re.Pattern[str], signed_in: bool
) -> None:
    client = Client(headers={"accept-language": language})
    if signed_in:
        client.force_login(person)
    for name, answer in answers(client):
        page = Page(answer.content.decode())
        assert answer.status_code in (200, 404, 405), name  # 404: nothing to take away yet
        if answer.status_code == 200:
            assert "base.html" in {template.name for template in answer.templates}, name
            assert page.language == code, name
            spoken = [PROPER_NAMES.sub(" ", words) for words in page.words]
            assert [words for words in spoken if foreign.search(words)] == [], name


NOT_THERE = (
    "signup/",
    "email/",
    "confirm-email/",
    "password/reset/",
    "password/set/",
    "login/code/",
)


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_needs_mail_or_sign_up_is_not_there(client: Client, path: str) -> None:
    answer = client.get(f"/cuenta/{path}")
    assert answer.status_code == 404
    assert "base.html" in {template.name for template in answer.templates}


def test_a_person_signs_in_changes_the_password_and_signs_out(client: Client, person: User) -> None:
    new = "otra frase que solo yo diría"
    login = {"login": person.username, "password": PASSWORD}
    assert client.post(reverse("account_login"), login).headers["Location"] == "/"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    page = client.post(reverse("account_change_password"), sent, follow=True).content.decode()
    assert "Su contraseña quedó cambiada." in page
    client.post(reverse("account_logout"))
    assert client.get("/").status_code == 302
    assert client.post(reverse("account_login"), login).status_code == 200
    again = client.post(reverse("account_login"), login | {"password": new})
    assert again.headers["Location"] == "/"


def test_a_closed_account_is_told_so(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    sent = {"login": person.username, "password": PASSWORD}
    page = client.post(reverse("account_login"), sent, follow=True)
    assert "Esta cuenta está cerrada" in page.content.decode()


def wrong(client: Client, name: str, **headers: str) -> HttpResponse:
    sent = {"login": name, "password": "no es esta"}
    answer: HttpResponse = client.post(reverse("account_login"), sent, headers=headers)  # type: ignore[assignment, arg-type]
    return answer


def test_an_account_whose_password_is_tried_too_often_is_asked_to_wait(
    client: Client, person: User
) -> None:
    for _attempt in range(6):
        refused = wrong(client, person.username)
    assert "Demasiados intentos fallidos" in refused.content.decode()
    right = {"login": person.username, "password": PASSWORD}
    assert client.post(reverse("account_login"), right).status_code == 200


@pytest.mark.parametrize("forged", [False, True])
def test_an_address_that_tries_many_accounts_is_asked_to_wait(client: Client, forged: bool) -> None:
    """Whatever it says in a header that only a proxy may write."""
    for number in range(31):
        headers = {"x-forwarded-for": f"203.0.113.{number}"} if forged else {}
        stopped = wrong(client, f"nadie{number}", **headers)
    assert stopped.status_code == 429
    assert "Demasiados intentos" in stopped.content.decode()
    assert "base.html" in {template.name for template in stopped.templates}  # type: ignore[attr-defined]


def test_behind_a_proxy_its_own_entry_tells_addresses_apart(
    client: Client, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(31):
        stopped = wrong(
            client, f"nadie{number}", **{"x-forwarded-for": f"192.0.2.{number}, 203.0.113.7"}
        )
    assert stopped.status_code == 429
    elsewhere = wrong(client, "nadie", **{"x-forwarded-for": "203.0.113.8"})
    assert elsewhere.status_code == 200


def test_a_training_room_signs_in_behind_one_address(client: Client, person: User) -> None:
    right = {"login": person.username, "password": PASSWORD}
    for _chair in range(40):
        assert Client().post(reverse("account_login"), right).status_code == 302
