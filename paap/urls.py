"""Every address, by app. Pages in Spanish paths; machines under ``/api/v1/``."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.usersessions.views import list_usersessions
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

import alliances.api
import evaluation.api
import fiduciary.api
from paap import health, passwords, resuming, second_factor, views

router = DefaultRouter()
router.include_format_suffixes = False
_entries: list[tuple[str, Any, str]] = [
    *alliances.api.router_entries,
    *fiduciary.api.router_entries,
    *evaluation.api.router_entries,
]
for prefix, viewset, basename in _entries:
    router.register(prefix, viewset, basename=basename)

#: Of allauth's pages those that need no sign-up: the programme makes each account.
account_urls = [
    path("login/", resuming.sign_in, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("retomar/", resuming.resume, name="account_resume"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("contrasena/", passwords.ask, name="account_reset_password"),
    path("contrasena/enviada/", passwords.ask_done, name="account_reset_password_done"),
    path("contrasena/lista/", passwords.chosen, name="account_reset_password_from_key_done"),
    path(
        "contrasena/<str:uidb36>/<str:key>/",
        passwords.choose,
        name="account_reset_password_from_key",
    ),
    path("confirmar/", account.reauthenticate, name="account_reauthenticate"),
    path("codigo/", second_factor.AuthenticateView.as_view(), name="mfa_authenticate"),
    path("confirmar/codigo/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("confirmar/llave/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("seguridad/", factors.index, name="mfa_index"),
    path("seguridad/aplicacion/", totp.activate_totp, name="mfa_activate_totp"),
    path("seguridad/aplicacion/quitar/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("seguridad/llaves/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("seguridad/llaves/nueva/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("seguridad/llaves/<int:pk>/quitar/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("seguridad/recuperacion/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "seguridad/recuperacion/nuevos/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("sesiones/", list_usersessions, name="usersessions_list"),
]

handler400 = "paap.handlers.bad_request"
handler404 = "paap.handlers.not_found"
handler500 = "paap.handlers.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("cuenta/", include(account_urls)),
    path("idioma/", login_not_required(set_language), name="set_language"),
    path("", include("alliances.urls")),
    path("", include("fiduciary.urls")),
    path("", include("evaluation.urls")),
    path("api/v1/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.ApiPages.as_view(url_name="schema"), name="api-docs"),
]
