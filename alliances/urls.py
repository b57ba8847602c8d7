"""Addresses of this app: each room brings its own."""

from django.urls import include, path

app_name = "alliances"
urlpatterns = [
    path("", include("alliances.people.urls")),
    path("", include("alliances.tokens.urls")),
    path("", include("alliances.mail.urls")),
    path("", include("alliances.lists.urls")),
    path("", include("alliances.register.urls")),
    path("", include("alliances.invitations.urls")),
    path("", include("alliances.reference.urls")),
    path("", include("alliances.referrals.urls")),
    path("", include("alliances.uploads.urls")),
    path("", include("alliances.overview.urls")),
    path("", include("alliances.documents.urls")),
    path("", include("alliances.calls.urls")),
    path("", include("alliances.persons.urls")),
    path("", include("alliances.preparation.urls")),
    path("", include("alliances.selection.urls")),
    path("", include("alliances.field.urls")),
    path("", include("alliances.trade.urls")),
]
