"""Promises of money, their certificates, the trust that holds it, and what arrives."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.process import advance, lock_alliance, record
from alliances.lifecycle.table import Status
from alliances.people.models import Membership, Organisation
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, open_account, post_transaction
from fiduciary.trust.models import Contribution, ContributionKind, Trust
from fiduciary.trust.rules import duty_to_commit, duty_to_receive
from kit.errors import Conflict, DomainError, NotAllowed
from kit.figures import cop

#: While the plan is being closed or carried out a co-financier may still join.
OPEN_TO_PROMISES = (
    Status.PREPARING,
    Status.STUDY_SUBMITTED,
    Status.STUDY_RETURNED,
    Status.VIABLE,
    Status.APPROVED,
    Status.CLOSING,
    Status.TRUST_CONSTITUTED,
    Status.EXECUTING,
)


@transaction.atomic
def commit_contribution(
    *,
    alliance_id: int,
    organisation: Organisation,
    kind: ContributionKind,
    concept: str,
    committed_cop: Decimal,
    due_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Contribution:
    """Write down what a co-financier promises. The same key twice is one promise.

    Raises NotAllowed outside pre-investment, closing and execution or for the wrong person,
    Conflict for a key that was used for another act, as every service here does.
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, "commit_contribution", key):
        return Contribution.objects.get(client_key=key)
    if alliance.status not in OPEN_TO_PROMISES:
        raise NotAllowed(
            _("Contributions are not committed while the alliance is «%(status)s».")
            % {"status": alliance.get_status_display()}
        )
    contribution = Contribution(
        alliance=alliance,
        organisation=organisation,
        kind=kind,
        concept=concept,
        committed_cop=committed_cop,
        due_on=due_on,
        client_key=key,
    )
    contribution.full_clean(exclude=["account"])
    contribution.account = open_account(
        alliance=alliance, kind=AccountKind.CONTRIBUTION, name=f"{organisation}: {concept}"
    )
    contribution.save()
    record(
        alliance=alliance,
        verb="commit_contribution",
        duty=duty_to_commit(acting.role),
        acting=acting,
        at=at,
        data=_figures(contribution, committed_cop) | {"due_on": due_on.isoformat()},
        key=key,
    )
    return contribution


@transaction.atomic
def certify_contribution(
    *,
    contribution_id: int,
    certificate: DocumentVersion,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Contribution:
    """Accept the certificate that backs a promise; the same key twice is one act.

    Raises Conflict when it already has one, NotAllowed for anybody but who directs.
    """
    contribution = _locked(contribution_id)
    about = {"contribution": str(contribution.pk)}
    if is_repeated(contribution.alliance, "certify_contribution", key, **about):
        return contribution
    if contribution.is_certified:
        raise Conflict(
            _("%(organisation)s's contribution was already certified.")
            % {"organisation": contribution.organisation}
        )
    contribution.certificate, contribution.certified_at = certificate, at
    contribution.save(update_fields=["certificate", "certified_at"])
    record(
        alliance=contribution.alliance,
        verb="certify_contribution",
        duty=Duty.DIRECT,
        acting=acting,
        at=at,
        data=_figures(contribution, contribution.committed_cop),
        documents=[certificate],
        key=key,
    )
    return contribution


@transaction.atomic
def constitute_trust(
    *,
    alliance_id: int,
    contract_number: str,
    constituted_on: date,
    acting: Membership,
    at: datetime,
    documents: Sequence[DocumentVersion] = (),
    key: UUID | None = None,
) -> Trust:
    """Constitute the trust at the organisation that acts, and move the alliance with it.

    Raises NotAllowed, with every reason, while the agreement, the accompaniment or the
    certificates are missing; DomainError for a date to come or a number that is taken.
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, "constitute_trust", key):
        return Trust.objects.get(alliance=alliance)
    if constituted_on > localtime(at).date():
        raise DomainError(_("A trust cannot be constituted in the future."))
    advance(
        alliance_id=alliance_id,
        verb="constitute_trust",
        acting=acting,
        at=at,
        data={"contract": contract_number, "on": constituted_on.isoformat()},
        documents=documents,
        key=key,
    )
    trust = Trust(
        alliance=alliance,
        trustee=acting.organisation,
        contract_number=contract_number,
        constituted_on=constituted_on,
    )
    try:
        trust.full_clean()
    except ValidationError as error:
        raise DomainError(" ".join(error.messages)) from error
    trust.save()
    return trust


@transaction.atomic
def receive_contribution(
    *,
    contribution_id: int,
    amount_cop: Decimal,
    received_on: date,
    reference: str,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Contribution:
    """Post what arrived of a promise. The same key twice is one receipt.

    Raises NotAllowed before the trust exists or for the wrong person, DomainError when it is
    more than what was promised or dated in the future.
    """
    contribution = _locked(contribution_id)
    alliance = contribution.alliance
    about = {"contribution": str(contribution.pk)}
    if is_repeated(alliance, "receive_contribution", key, **about):
        return contribution
    _check_receipt(contribution, amount_cop, received_on, at)
    in_cash = contribution.kind == ContributionKind.CASH
    pocket = holding_account(
        alliance=alliance, kind=AccountKind.CASH if in_cash else AccountKind.IN_KIND
    )
    post_transaction(
        key=uuid5(key, "receipt"),
        kind=TransactionKind.CONTRIBUTION,
        occurred_on=received_on,
        description=f"{contribution.organisation} · {reference}",
        lines=[Line(pocket, amount_cop), Line(contribution.account, -amount_cop)],
        recorded_by=acting.user,
        at=at,
    )
    record(
        alliance=alliance,
        verb="receive_contribution",
        duty=duty_to_receive(contribution.kind),
        acting=acting,
        at=at,
        data=_figures(contribution, amount_cop) | {"reference": reference},
        key=key,
    )
    contribution.account.refresh_from_db(fields=["balance_cop"])
    return contribution


def _locked(contribution_id: int) -> Contribution:
    """The contribution with its alliance locked first: the order every service keeps."""
    contribution = Contribution.objects.only("alliance_id").get(pk=contribution_id)
    lock_alliance(contribution.alliance_id)
    return (
        Contribution.objects.select_for_update(of=("self",))
        .select_related("alliance", "organisation", "account")
        .get(pk=contribution_id)
    )


def _check_receipt(
    contribution: Contribution, amount_cop: Decimal, received_on: date, at: datetime
) -> None:
    if not Trust.objects.filter(alliance_id=contribution.alliance_id).exists():
        raise NotAllowed(_("There is no trust to receive it yet."))
    if amount_cop <= 0:
        raise DomainError(_("Nothing was received."))
    if received_on > localtime(at).date():
        raise DomainError(_("Money cannot have arrived in the future."))
    if amount_cop > contribution.missing_cop:
        raise DomainError(
            _("Of this contribution %(missing)s are missing, not %(amount)s.")
            % {"missing": cop(contribution.missing_cop), "amount": cop(amount_cop)}
        )


def _figures(contribution: Contribution, amount_cop: Decimal) -> dict[str, str]:
    """What the audit event says of the contribution."""
    return {
        "contribution": str(contribution.pk),
        "name": f"{contribution.organisation} · {cop(amount_cop)}",
        "amount_cop": str(amount_cop),
    }
