"""An act with its evidence: the document and the event are saved together or not at all."""

from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from alliances.documents.models import DocumentKind
from alliances.documents.services import upload_document
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import advance, require_plain
from alliances.lifecycle.table import BY_VERB
from alliances.people.models import Membership


@transaction.atomic
def perform_act(
    *,
    alliance: Alliance,
    verb: str,
    acting: Membership,
    at: datetime,
    key: UUID,
    reason: str = "",
    evidence: UploadedFile | None = None,
) -> Alliance:
    """Store the evidence, if any, and apply the verb; raises what either of them raises.

    Raises NotAllowed for a verb that has a service of its own.
    """
    require_plain(verb)
    documents = []
    if evidence:
        documents = [
            upload_document(
                alliance=alliance,
                kind=DocumentKind.OTHER,
                title=str(BY_VERB[verb].label),
                upload=evidence,
                acting=acting,
                at=at,
                client_key=key,
            )
        ]
    return advance(
        alliance_id=alliance.pk,
        verb=verb,
        acting=acting,
        at=at,
        reason=reason,
        documents=documents,
        key=key,
    )
