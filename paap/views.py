"""The home page: what waits for me, what I wait for, what changed; gathered from every app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from alliances.lifecycle.home import changes_for, expected_by, waiting_for


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this membership must do, most urgent first."""
    acting, at = request.acting, now()  # type: ignore[attr-defined]
    return render(
        request,
        "home.html",
        {
            "waiting": waiting_for(acting, at) if acting else [],
            "expecting": expected_by(acting, at) if acting else [],
            "changed": changes_for(acting, at) if acting else [],
        },
    )
