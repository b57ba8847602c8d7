"""What every page about money does alike: find the alliance, do the act, show the form."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from fiduciary.ledger.evidence import act_with_evidence
from fiduciary.ledger.forms import KeyedForm
from paap.errors import Conflict, DomainError, NotAllowed


def attempt(form: Form, act: Callable[[], object]) -> bool:
    """Do the act once the form is valid; true when it was done.

    What the person can mend becomes an error of the form. What they may not do, and what somebody
    else did first, passes through to a page of its own.
    """
    if not form.is_valid():
        return False
    try:
        act()
    except (NotAllowed, Conflict):
        raise
    except DomainError as error:
        form.add_error(None, error.message)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return not form.errors


def attempt_with_files(
    form: KeyedForm,
    act: Callable[[list[DocumentVersion]], object],
    *,
    alliance: Alliance,
    kind: DocumentKind,
    title: str,
    acting: Membership,
    at: datetime,
) -> bool:
    """The same, for an act that rests on the files sent with the form."""
    return attempt(
        form,
        lambda: act_with_evidence(
            act,
            alliance=alliance,
            kind=kind,
            title=title,
            uploads=form.uploads,
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
        ),
    )


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    alliance: Alliance,
    title: str,
    button: str,
    back: str,
    intro: str = "",
) -> HttpResponse:
    """One form about one alliance; ``back`` names the page it returns to (money, fund…)."""
    context: dict[str, Any] = {
        "alliance": alliance,
        "tab": "fund" if back == "alliance-fund" else "money",
        "form": form,
        "title": title,
        "button": button,
        "intro": intro,
        "back": reverse(f"fiduciary:{back}", args=[alliance.code]),
    }
    return render(request, "fiduciary/form.html", context, status=400 if form.errors else 200)
