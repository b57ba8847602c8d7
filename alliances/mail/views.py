"""The page on which somebody chooses what they are written of their work."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.mail.access import where_mail_is_sent
from alliances.mail.forms import NoticesForm
from alliances.mail.services import choose_notices
from alliances.people.access import acting_of
from kit.forms import attempt
from kit.web import form_page


@where_mail_is_sent
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """Each day, only what became late, or nothing; in Spanish or English."""
    person = acting_of(request).user
    form = NoticesForm(request.POST or None, instance=person)
    if request.method == "POST" and attempt(
        form, lambda: choose_notices(person=person, **form.cleaned_data)
    ):
        messages.success(request, _("Your choice is kept."))
        return redirect("alliances:messages")
    return form_page(request, "mail/notices.html", form, email=person.email)
