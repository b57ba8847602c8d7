"""Adding a second factor and signing in with it: a code of the telephone, and a passkey."""

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from pytest_django import Settings

from tests.factories.alliances import make_membership

PASSWORD = "una frase que solo yo diría"
#: A device that says yes, as a fingerprint would.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_an_officer_adds_both_and_signs_in_with_a_passkey(
    visitor, settings: Settings, size: str, scheme: str
) -> None:
    settings.SECOND_FACTOR = True
    cache.clear()
    officer = make_membership("trustee")
    officer.user.set_password(PASSWORD)
    officer.user.save()
    someone = visitor(officer, size, scheme)
    page = someone.page
    page.context.clear_cookies()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    server = someone.server.replace("127.0.0.1", "localhost")  # passkeys want a name
    someone.server = server

    def enter() -> None:
        someone.go("/cuenta/login/")
        page.get_by_label("Usuario").fill(officer.user.username)
        page.get_by_label("Contraseña").fill(PASSWORD)
        someone.press("Ingresar")

    enter()
    assert page.url.startswith(f"{server}/cuenta/seguridad/")
    someone.look("security")
    someone.press("Agregar la aplicación")
    page.get_by_label("Contraseña").fill(PASSWORD)
    someone.press("Confirmar")
    someone.look("security-application")
    counter = next(auth.yield_hotp_counters_from_time())
    secret = page.locator("main code").inner_text()
    page.get_by_label("Código").fill(auth.format_hotp_value(auth.hotp_value(secret, counter)))
    someone.press("Agregar la aplicación")
    assert page.locator(".codes li").count() == 10
    someone.look("security-codes")

    someone.go("/cuenta/seguridad/")
    someone.press("Agregar una llave de acceso")
    page.get_by_label("Nombre de este dispositivo").fill("Portátil de la oficina")
    someone.look("security-passkey")
    page.locator("#add-key").click()
    page.get_by_text("Portátil de la oficina").wait_for()
    someone.look("security-full")
    someone.go("/cuenta/sesiones/")
    someone.look("security-sessions")
    someone.go("/cuenta/programas/")
    page.get_by_label("Nombre").fill("Tablero del departamento")
    someone.press("Crear la clave")
    assert page.locator("#made").input_value().startswith("alianzas_")
    someone.look("security-tokens")

    page.context.clear_cookies()
    enter()
    someone.look("second-factor")
    page.locator("#use-key").click()
    page.wait_for_url(f"{server}/")
