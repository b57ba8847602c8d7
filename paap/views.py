"""Pages of no room: home, and the schema of the API to read."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_GET
from drf_spectacular.views import SpectacularSwaggerSplitView

from alliances.people.access import acting_of
from paap.accounts import earlier_sign_in
from paap.home import home_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this membership must do, most urgent first, and what changed since it came last."""
    shown = home_of(acting_of(request), now(), since=earlier_sign_in(request))
    return render(request, "home.html", vars(shown))


class ApiPages(SpectacularSwaggerSplitView):
    """The schema to read. Its script comes from an address of its own, which the policy allows."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The pages, or the door: a person is asked to sign in where a machine is refused."""
        if settings.API_DOCS_PUBLIC or request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path())
