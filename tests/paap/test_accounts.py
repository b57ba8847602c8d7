"""The pages about one's own account: few, in the house's layout, in either language."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from alliances.models import User
from paap.urls import account_urls
from tests.factories.alliances import make_membership
from tests.test_translations import ENGLISH, PROPER_NAMES, SPANISH, Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]
PAGES = [entry.name for entry in account_urls]
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
        assert answer.status_code in (200, 405), name
        if answer.status_code == 200:
            assert "base.html" in {template.name for template in answer.templates}, name
            assert page.language == code, name
            spoken = [PROPER_NAMES.sub(" ", words) for words in page.words]
            assert [words for words in spoken if foreign.search(words)] == [], name


NOT_THERE = (
    "signup/",
    "reauthenticate/",
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


def test_who_tries_too_often_is_asked_to_wait(client: Client, person: User) -> None:
    for _attempt in range(6):
        refused = client.post(
            reverse("account_login"), {"login": person.username, "password": "no es esta"}
        )
    assert "Demasiados intentos fallidos" in refused.content.decode()
    for _attempt in range(31):
        stopped = client.post(reverse("account_login"), {"login": "nadie", "password": "x"})
    assert stopped.status_code == 429
    assert "Demasiados intentos" in stopped.content.decode()
    assert "base.html" in {template.name for template in stopped.templates}
