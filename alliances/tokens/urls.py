"""Addresses of access tokens."""

from django.urls import path

from alliances.tokens import views

urlpatterns = [
    path("cuenta/programas/", views.token_list, name="token-list"),
    path("cuenta/programas/<int:pk>/revocar/", views.token_revoke, name="token-revoke"),
]
