"""Addresses of this app: each room brings its own."""

from django.urls import include, path

app_name = "fiduciary"
urlpatterns = [
    path("", include("fiduciary.ledger.urls")),
    path("", include("fiduciary.trust.urls")),
    path("", include("fiduciary.disbursements.urls")),
    path("", include("fiduciary.fund.urls")),
    path("", include("fiduciary.deliveries.urls")),
    path("", include("fiduciary.programme.urls")),
]
