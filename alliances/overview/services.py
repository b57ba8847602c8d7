"""An act with its evidence: the document and the event are saved together or not at all."""

from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from alliances.documents.evidence import act_with_evidence
from alliances.documents.models import DocumentKind
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.services import advance, transition_named
from alliances.overview.cards import address_of
from alliances.people.models import Membership
from kit.errors import NotAllowed


def perform_act(
    *,
    alliance: Alliance,
    verb: str,
    acting: Membership,
    at: datetime,
    key: UUID,
    reason: str = "",
    reason_code: str = "",
    evidence: UploadedFile | None = None,
    seen: str | None = None,
) -> Alliance:
    """Store the evidence, if any, and apply the verb; raises what either of them raises.

    Raises NotAllowed, saying where, for a verb that has a service of its own: it writes more
    than a status.
    """
    transition = transition_named(verb)
    if transition.has_own_service:
        raise NotAllowed(
            _("«%(verb)s» is done on a page of its own: %(page)s")
            % {"verb": transition.label, "page": address_of(alliance, transition)}
        )
    return act_with_evidence(
        lambda documents: advance(
            alliance_id=alliance.pk,
            verb=verb,
            acting=acting,
            at=at,
            reason=reason,
            reason_code=reason_code,
            documents=documents,
            key=key,
            seen=seen,
        ),
        alliance=alliance,
        kind=DocumentKind.OTHER,
        title=str(transition.label),
        uploads=[evidence] if evidence else [],
        acting=acting,
        at=at,
        key=key,
    )
