"""The home page: what waits for me, what I wait for, what changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from alliances.people.access import acting_of
from paap.home import home_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this membership must do, most urgent first."""
    return render(request, "home.html", vars(home_of(acting_of(request), now())))
