"""What pages about money do alike: the places their acts begin from, and an act with its files."""

from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from alliances.documents.evidence import act_with_evidence
from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.act_pages import Place
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from kit.forms import Done, KeyedForm

MONEY = Place("fiduciary:alliance-money", "money", _("Money"))
DELIVERIES = Place("fiduciary:alliance-deliveries", "money", _("Deliveries to producers"))
FUND = Place("fiduciary:alliance-fund", "fund", _("Fund"))


def with_files(
    form: KeyedForm,
    act: Callable[[list[DocumentVersion]], Done],
    *,
    alliance: Alliance,
    kind: DocumentKind,
    title: str,
    acting: Membership,
    at: datetime,
) -> Callable[[], Done]:
    """The act, resting on the files sent with a form: kept with it or not at all."""
    return lambda: act_with_evidence(
        act,
        alliance=alliance,
        kind=kind,
        title=title,
        uploads=[file for file in form.cleaned_data.values() if isinstance(file, UploadedFile)],
        acting=acting,
        at=at,
        key=form.cleaned_data["key"],
    )
