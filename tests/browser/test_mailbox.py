"""The mailbox of the demonstration, as somebody looks around in it."""

from pathlib import Path

import pytest
from django.core.mail import send_mail
from pytest_django import Settings

from tests.factories.alliances import make_membership

TEXT = """Rosa Pantoja:

Alguien, esperamos que usted, pidió una contraseña nueva. Elíjala aquí:

http://localhost:8000/cuenta/contrasena/3u-d0lqet-7d4b1f2c9a8e6d5b4c3a2f1e0d9c8b7a-un-enlace-largo/
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("demo.urls")
@pytest.mark.parametrize(
    ("size", "scheme"),
    [("phone", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark")],
)
def test_what_was_sent_is_read_on_a_page(
    visitor, settings: Settings, tmp_path: Path, size: str, scheme: str
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH, settings.DEMO = tmp_path / "mail", True
    someone = visitor(None, size, scheme)
    someone.go("/cuenta/login/")
    someone.press("Ver el correo que el sistema habría enviado")
    someone.page.get_by_text("Todavía no se ha enviado nada").wait_for()
    someone.look("mailbox-empty")
    send_mail("Una contraseña nueva para Alianzas", TEXT, None, ["oga@alianzas.example"])
    send_mail("Su acceso a Alianzas", "Lo invitaron.", None, ["rosa@example.org"])
    someone.go("/demostracion/correo/")
    assert someone.page.locator("article").count() == 2
    assert someone.page.locator("article a").count() == 1
    someone.look("mailbox")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "scheme"),
    [("phone", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark")],
)
def test_one_chooses_what_one_is_written(
    visitor, settings: Settings, size: str, scheme: str
) -> None:
    settings.SENDS_MAIL = True
    membership = make_membership("oga")
    membership.user.email = "servio.tulcan@example.org"
    membership.user.save()
    someone = visitor(membership, size, scheme)
    someone.go("/")
    someone.page.locator(".menu > summary").last.click()
    someone.press("Mensajes sobre mi trabajo")
    someone.page.get_by_label("Solo lo que ya va tarde").check()
    someone.look("notices")
    someone.press("Guardar")
    someone.page.get_by_text("Su elección quedó guardada").wait_for()
    membership.user.refresh_from_db()
    assert membership.user.notices == "urgent"
    someone.look("notices-kept")
