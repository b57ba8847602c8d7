"""Every address, by app. Pages in Spanish paths; machines under ``/api/v1/``."""

from typing import Any

from allauth.account import views as account
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

import alliances.api
import evaluation.api
import fiduciary.api
from paap import health, resuming, views

router = DefaultRouter()
router.include_format_suffixes = False
_entries: list[tuple[str, Any, str]] = [
    *alliances.api.router_entries,
    *fiduciary.api.router_entries,
    *evaluation.api.router_entries,
]
for prefix, viewset, basename in _entries:
    router.register(prefix, viewset, basename=basename)

#: Of allauth's pages those that need neither mail nor sign-up: the programme makes each account.
account_urls = [
    path("login/", resuming.sign_in, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("retomar/", resuming.resume, name="account_resume"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
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
