"""What pages about money do alike: the places their acts begin from, and an act with its files."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from alliances.documents.evidence import act_with_evidence
from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.act_pages import Place, act_page
from alliances.lifecycle.models import Alliance
from alliances.people.access import acting_of
from kit.forms import Done, KeyedForm

MONEY = Place("fiduciary:alliance-money", "money", _("Money"))
DELIVERIES = Place("fiduciary:alliance-deliveries", "money", _("Deliveries to producers"))
FUND = Place("fiduciary:alliance-fund", "fund", _("Fund"))


def evidence_page(
    request: HttpRequest,
    alliance: Alliance,
    form: KeyedForm,
    act: Callable[[list[DocumentVersion]], Done],
    *,
    kind: DocumentKind,
    at: datetime,
    title: str,
    filed_as: str = "",
    **page: Any,
) -> HttpResponse:
    """``act_page`` of an act that rests on the files sent with its form: kept with it, or neither.

    They are filed under the title of the page, unless ``filed_as`` gives them another.
    """

    def do() -> Done:
        return act_with_evidence(
            act,
            alliance=alliance,
            kind=kind,
            title=filed_as or title,
            uploads=[file for file in form.cleaned_data.values() if isinstance(file, UploadedFile)],
            acting=acting_of(request),
            at=at,
            key=form.cleaned_data["key"],
        )

    return act_page(request, alliance, form, do, title=title, **page)
