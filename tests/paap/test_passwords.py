"""A new password by a link of the mail: one answer to all, one use, and the factor after it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import Settings

from alliances.mail.models import Notice
from alliances.mail.tasks import deliver_mail
from alliances.models import Event, User
from paap.second_factor import code_of
from tests.factories.alliances import make_membership, make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "una frase que solo yo diría", "otra frase que solo yo diría"
EMAIL = "rosa@example.org"


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> Iterator[None]:
    settings.SENDS_MAIL = True
    cache.clear()
    yield
    cache.clear()


def person(role: str = "oga", email: str = EMAIL) -> User:
    user = make_user(email, email=email, first_name="Rosa", last_name="Pantoja")
    user.set_password(OLD)
    user.save()
    make_membership(role, user=user)
    return user


def ask(client: Client, email: str = EMAIL) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email}, follow=True)


def link() -> str:
    """The path of the link in the message that was sent last."""
    return re.findall(r"http://[^/\s]+(/cuenta/contrasena/\S+)", str(mail.outbox[-1].body))[-1]


def choose(client: Client, password: str = NEW) -> Any:
    """Open the link and send a password with the form behind it."""
    opened = client.get(link())
    if opened.status_code != 302:
        return opened
    sent = {"password1": password, "password2": password}
    return client.post(opened["Location"], sent, follow=True)


def test_a_forgotten_password_is_chosen_anew_and_the_link_serves_once(client: Client) -> None:
    user = person()
    page = reverse("account_reset_password")
    assert page in client.get(reverse("account_login")).content.decode()
    assert "Look at your mail" in ask(client, EMAIL.upper()).content.decode()
    deliver_mail()
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    assert "Rosa Pantoja" in message.body
    assert "Your password is changed" in choose(client).content.decode()
    assert not client.get("/").wsgi_request.user.is_authenticated
    sent = {"login": user.username, "password": NEW}
    assert client.post(reverse("account_login"), sent)["Location"] == "/"
    assert "This link no longer serves" in Client().get(link()).content.decode()
    assert not Notice.objects.exists()


def test_who_guessed_too_often_signs_in_with_the_new_one_at_once(client: Client) -> None:
    user, page = person(), reverse("account_login")
    for _guess in range(6):
        client.post(page, {"login": user.username, "password": "no es esta"})
    assert client.post(page, {"login": user.username, "password": OLD}).status_code == 200
    ask(client)
    deliver_mail()
    choose(client)
    assert client.post(page, {"login": user.username, "password": NEW})["Location"] == "/"


def test_it_leaves_one_event_and_closes_every_other_browser(client: Client) -> None:
    user, other = person(), Client()
    other.post(reverse("account_login"), {"login": user.username, "password": OLD})
    assert other.get("/").status_code == 200
    ask(client)
    deliver_mail()
    choose(client)
    assert other.get("/").status_code == 302
    assert not other.session.get("_auth_user_id")
    event = Event.objects.get(verb="reset_password")
    assert (event.actor, event.data) == (user, {"person": user.pk})


def test_the_second_factor_is_shown_after_it(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR = True
    user = person("trustee")
    TOTP.activate(user, generate_totp_secret())
    user.refresh_from_db()
    sign_in = reverse("account_login")
    client.post(sign_in, {"login": user.username, "password": OLD})
    client.post(reverse("mfa_authenticate"), {"code": code_of(user), "remember": "on"})
    assert client.get("/").status_code == 200
    client.post(reverse("account_logout"))
    ask(client)
    deliver_mail()
    choose(client)
    answer = client.post(sign_in, {"login": user.username, "password": NEW})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get("/").status_code == 302


def test_an_unknown_e_mail_is_answered_alike_and_nobody_is_written(client: Client) -> None:
    person()
    known, unknown = ask(client), ask(client, "nadie@example.org")
    first, second = (re.sub(rb"\w{64}", b"", page.content) for page in (known, unknown))
    assert first == second  # but for the token of their forms
    assert len(known.redirect_chain) == len(unknown.redirect_chain) == 1
    assert mail.outbox == []  # nothing is looked up before the page is answered
    deliver_mail()
    assert [message.to for message in mail.outbox] == [[EMAIL]]


@pytest.mark.parametrize("how", ["closed", "never opened"])
def test_what_nobody_may_open_gets_no_link(client: Client, how: str) -> None:
    user = person()
    if how == "closed":
        user.is_active = False
    else:
        user.set_unusable_password()
    user.save()
    ask(client)
    deliver_mail()
    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_a_poor_password_is_refused_and_an_old_link_too(client: Client) -> None:
    user = person()
    ask(client)
    deliver_mail()
    assert choose(client, "corta").context["form"].errors
    with time_machine.travel(now() + timedelta(hours=1, minutes=1)):
        assert "This link no longer serves" in choose(Client()).content.decode()
    user.refresh_from_db()
    assert user.check_password(OLD)


def test_one_e_mail_is_written_five_times_an_hour_at_most(client: Client) -> None:
    person()
    answers = [ask(client).status_code for _time in range(6)]
    assert answers == [200] * 5 + [429]
    assert Notice.objects.count() == 5


def test_the_message_is_in_the_language_of_the_page(spanish: None) -> None:
    person()
    for language in ("en", "es-CO"):
        ask(Client(headers={"accept-language": language}))
    deliver_mail()
    subjects = [message.subject for message in mail.outbox]
    assert subjects == ["A new password for Alianzas", "Contraseña nueva para Alianzas"]


def test_of_two_accounts_of_one_e_mail_each_gets_its_own_link(client: Client) -> None:
    person()
    other = make_user("rosa", email=EMAIL)
    other.set_password(OLD)
    other.save()
    ask(client)
    deliver_mail()
    assert [message.to for message in mail.outbox] == [[EMAIL], [EMAIL]]
    bodies = " ".join(str(message.body) for message in mail.outbox)
    assert "«rosa»" in bodies
    assert f"«{EMAIL}»" in bodies
    names = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert len(names) == 2


def test_who_asked_yesterday_does_not_wait_any_more(client: Client) -> None:
    person()
    ask(client)
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        deliver_mail()
    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_without_mail_there_is_no_such_page(client: Client, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    assert "contrasena" not in client.get(reverse("account_login")).content.decode()
    for name in ("account_reset_password", "account_reset_password_done"):
        assert client.get(reverse(name)).status_code == 404
    link = reverse("account_reset_password_from_key", args=["1", "a-b"])
    assert client.get(link).status_code == 404
