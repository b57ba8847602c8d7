"""What every page about money does alike: do the act with its files, show the form."""

from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from alliances.documents.evidence import act_with_evidence
from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import Act
from alliances.people.access import acting_of
from alliances.people.models import Membership
from kit import web
from kit.access import require
from kit.forms import Done, KeyedForm, attempt


def attempt_with_files(
    form: KeyedForm,
    act: Callable[[list[DocumentVersion]], Done],
    *,
    alliance: Alliance,
    kind: DocumentKind,
    title: str,
    acting: Membership,
    at: datetime,
    current_form: Callable[[], BaseForm] | None = None,
) -> Done | None:
    """``attempt`` for an act that rests on the files sent with the form."""
    return attempt(
        form,
        lambda: act_with_evidence(
            act,
            alliance=alliance,
            kind=kind,
            title=title,
            uploads=[file for file in form.cleaned_data.values() if isinstance(file, UploadedFile)],
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
        ),
        current_form=current_form,
    )


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    act: Act,
    alliance: Alliance,
    title: str,
    button: str,
    back: str,
    intro: str = "",
    duty: Duty | None = None,
) -> HttpResponse:
    """The form of an act on one alliance; ``back`` names the page it returns to (money, fund…).

    Raises NotAllowed for who may not do it, so that nobody fills in a form in vain.
    """
    require(may_do(alliance, act, acting_of(request), duty))
    return web.form_page(
        request,
        "fiduciary/form.html",
        form,
        alliance=alliance,
        tab="fund" if back == "alliance-fund" else "money",
        title=title,
        button=button,
        intro=intro,
        back=reverse(f"fiduciary:{back}", args=[alliance.code]),
    )
