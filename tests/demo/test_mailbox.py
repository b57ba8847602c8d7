"""The mailbox of the demonstration: what was sent stands there, and only there."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.mail import get_connection, send_mail
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.timezone import now
from pytest_django import Settings

from alliances.mail.tasks import deliver_mail
from demo.mailbox import letters
from paap import urls
from tests.factories.alliances import make_membership, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("demo.urls")]
ADDRESS = "/demostracion/correo/"
BACKEND = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = BACKEND, tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


@pytest.fixture
def stranger() -> Client:
    return Client(headers={"accept-language": "en"})


def test_outside_the_demonstration_there_is_no_such_address(
    stranger: Client, settings: Settings
) -> None:
    assert stranger.get(ADDRESS).status_code == 200
    settings.ROOT_URLCONF = "paap.urls"
    assert stranger.get(ADDRESS).status_code == 404
    stranger.force_login(make_membership("eip").user)
    assert stranger.get(ADDRESS).status_code == 404
    assert "demo-mailbox" not in get_resolver(urls.__name__).reverse_dict
    assert ADDRESS not in Client().get(reverse("account_login")).content.decode()


def test_the_sign_in_of_the_demonstration_leads_there(stranger: Client, settings: Settings) -> None:
    settings.DEMO = True
    assert ADDRESS in stranger.get(reverse("account_login")).content.decode()
    assert "Nothing was sent yet" in stranger.get(ADDRESS).content.decode()


def test_a_link_of_a_new_password_is_read_there(stranger: Client) -> None:
    user = make_user("oga", email="oga@alianzas.example")
    user.set_password("una frase que solo yo diría")
    user.save()
    stranger.post(reverse("account_reset_password"), {"email": user.email})
    deliver_mail()
    page = stranger.get(ADDRESS).content.decode()
    assert "oga@alianzas.example" in page
    link = page.split('href="http://localhost:8000')[1].split('"')[0]
    assert link.startswith("/cuenta/contrasena/")
    assert stranger.get(link, follow=True).status_code == 200


def test_the_newest_comes_first_and_words_of_people_stay_words(
    stranger: Client, folder: Path
) -> None:
    for day, subject in enumerate(("primero", "segundo", "<b>tercero</b>")):
        with time_machine.travel(now() + timedelta(days=day)):
            send_mail(subject, "Año — línea\n\nhttp://localhost/x", None, ["a@b.example"])
    assert [row.subject for row in letters(folder)] == ["<b>tercero</b>", "segundo", "primero"]
    assert letters(folder)[0].text == "Año — línea\n\nhttp://localhost/x"
    page = stranger.get(ADDRESS).content.decode()
    assert "&lt;b&gt;tercero&lt;/b&gt;" in page
    assert '<a href="http://localhost/x"' in page


def test_what_is_half_written_is_not_shown_yet(folder: Path) -> None:
    send_mail("entera", "texto", None, ["a@b.example"])
    (file,) = folder.iterdir()
    half = file.with_name("20990101-000000-1.log")
    half.write_bytes(file.read_bytes()[:80])
    assert [row.subject for row in letters(folder)] == ["entera"]


def test_two_messages_of_one_connection_are_two(folder: Path) -> None:
    with get_connection() as connection:
        for subject in ("una", "dos"):
            send_mail(subject, "texto", None, ["a@b.example"], connection=connection)
    assert [row.subject for row in letters(folder)] == ["dos", "una"]  # within one second, too
