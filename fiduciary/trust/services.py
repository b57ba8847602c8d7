"""Promises of money, their certificates, the trust that holds it, and what arrives."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import BY_VERB
from alliances.people.models import Membership, Organisation
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, open_account, post_transaction
from fiduciary.trust.checks import RECEIPT, check_reference
from fiduciary.trust.models import Contribution, ContributionKind, Trust
from fiduciary.trust.selectors import may_take_back
from fiduciary.trust.table import (
    CERTIFY_CONTRIBUTION,
    COMMIT_CONTRIBUTION,
    RECEIVE_CONTRIBUTION,
    WITHDRAW_CONTRIBUTION,
    duty_to_receive,
)
from kit.access import require
from kit.days import check_day
from kit.errors import Conflict, DomainError, NotAllowed
from kit.figures import cop
from kit.locks import take_turns


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
    promise = {
        "organisation": organisation,
        "kind": kind,
        "concept": concept,
        "committed_cop": committed_cop,
        "due_on": due_on,
    }
    with act_on(
        alliance_id, COMMIT_CONTRIBUTION, acting=acting, at=at, key=key, content=promise
    ) as act:
        if act.earlier:
            return Contribution.objects.get(pk=act.earlier_row("contribution"))
        contribution = Contribution(alliance=act.alliance, key=key, **promise)
        contribution.full_clean(exclude=["account"])
        contribution.account = open_account(
            alliance=act.alliance,
            kind=AccountKind.CONTRIBUTION,
            name=f"{organisation}: {concept}",
        )
        contribution.save()
        act.data |= _figures(contribution, committed_cop) | {"due_on": due_on.isoformat()}
        return contribution


def withdraw_contribution(
    *,
    contribution_id: int,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Contribution:
    """Take back a promise that nobody has relied on yet; it no longer counts, and stays to read.

    Raises NotAllowed for a party that did not promise it, Conflict once it is certified, received
    in part or withdrawn already, DomainError without a reason.
    """
    with act_on(
        {"contributions": contribution_id},
        WITHDRAW_CONTRIBUTION,
        acting=acting,
        at=at,
        key=key,
        content={"contribution": contribution_id},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        contribution = _locked(contribution_id, act.alliance)
        if act.earlier:
            return contribution
        if act.duty == Duty.REPRESENT:
            require(may_take_back(contribution, acting))
        if not contribution.may_be_withdrawn:
            raise Conflict(
                _("%(organisation)s's contribution is «%(state)s»: it is not withdrawn.")
                % {
                    "organisation": contribution.organisation,
                    "state": _("Certified")
                    if contribution.is_certified
                    else contribution.state_on(localtime(at).date()).label,
                }
            )
        contribution.withdrawn_at = at
        contribution.save(update_fields=["withdrawn_at"])
        act.data |= _figures(contribution, contribution.committed_cop)
        return contribution


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
    with act_on(
        {"contributions": contribution_id},
        CERTIFY_CONTRIBUTION,
        acting=acting,
        at=at,
        key=key,
        content={"contribution": contribution_id, "document": certificate.sha256},
        documents=[certificate],
    ) as act:
        contribution = _locked(contribution_id, act.alliance)
        if act.earlier:
            return contribution
        _refuse_withdrawn(contribution)
        if contribution.is_certified:
            raise Conflict(
                _("%(organisation)s's contribution was already certified.")
                % {"organisation": contribution.organisation}
            )
        contribution.certificate, contribution.certified_at = certificate, at
        contribution.save(update_fields=["certificate", "certified_at"])
        act.data |= _figures(contribution, contribution.committed_cop)
        return contribution


def constitute_trust(
    *,
    alliance_id: int,
    contract_number: str,
    constituted_on: date,
    acting: Membership,
    at: datetime,
    documents: Sequence[DocumentVersion] = (),
    key: UUID | None = None,
    seen: str | None = None,
) -> Trust:
    """Constitute the trust at the organisation that acts, and move the alliance with it.

    Raises NotAllowed, with every reason, while the agreement, the accompaniment or the
    certificates are missing; DomainError for a date to come or a number that is taken.
    """
    with act_on(
        alliance_id,
        BY_VERB["constitute_trust"],
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content={"contract_number": contract_number, "constituted_on": constituted_on},
        data={"contract": contract_number, "on": constituted_on.isoformat()},
        documents=documents,
    ) as act:
        if act.earlier:
            return Trust.objects.get(alliance=alliance_id)
        act.check_day(constituted_on, "constituted_on")
        take_turns(f"contract {acting.organisation_id} {contract_number}")
        trust = Trust(
            alliance=act.alliance,
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


def receive_contribution(
    *,
    contribution_id: int,
    amount_cop: Decimal,
    received_on: date,
    reference: str,
    acting: Membership,
    at: datetime,
    key: UUID,
    despite: str | None = None,
) -> Contribution:
    """Post what arrived of a promise. The same key twice is one receipt.

    Raises Unconfirmed when the reference was used before, NotAllowed before the trust exists or for
    the wrong person, DomainError when it is more than what was promised or dated in the future.
    """
    with transaction.atomic():
        alliance = lock_alliance(contributions=contribution_id)
        contribution = _locked(contribution_id, alliance)
        is_cash = contribution.kind == ContributionKind.CASH
        with act_on(
            alliance,
            RECEIVE_CONTRIBUTION,
            acting=acting,
            at=at,
            key=key,
            content={
                "contribution": contribution_id,
                "amount_cop": amount_cop,
                "received_on": received_on,
                "reference": reference,
                "despite": despite,
            },
            duty=duty_to_receive(contribution.kind),
        ) as act:
            if act.earlier:
                return contribution
            _check_receipt(contribution, amount_cop, received_on, at)
            act.go_on(despite, lambda: check_reference(reference, acting))
            pocket = holding_account(
                alliance=alliance, kind=AccountKind.CASH if is_cash else AccountKind.IN_KIND
            )
            post_transaction(
                key=uuid5(key, RECEIPT),
                kind=TransactionKind.CONTRIBUTION,
                occurred_on=received_on,
                description=f"{contribution.organisation} · {reference}",
                lines=[Line(pocket, amount_cop), Line(contribution.account, -amount_cop)],
                recorded_by=acting.user,
                at=at,
            )
            act.data |= _figures(contribution, amount_cop) | {"reference": reference}
        contribution.account.refresh_from_db(fields=["balance_cop"])
        return contribution


def _locked(contribution_id: int, alliance: Alliance) -> Contribution:
    """The contribution, locked after its alliance: the order every service keeps."""
    contribution = (
        Contribution.objects.select_for_update(of=("self",))
        .select_related("organisation", "account")
        .get(pk=contribution_id)
    )
    contribution.alliance = alliance
    return contribution


def _refuse_withdrawn(contribution: Contribution) -> None:
    if contribution.withdrawn_at:
        raise Conflict(
            _("%(organisation)s's contribution was withdrawn on %(day)s.")
            % {
                "organisation": contribution.organisation,
                "day": date_format(localtime(contribution.withdrawn_at), "DATE_FORMAT"),
            }
        )


def _check_receipt(
    contribution: Contribution, amount_cop: Decimal, received_on: date, at: datetime
) -> None:
    _refuse_withdrawn(contribution)
    trust = Trust.objects.filter(alliance_id=contribution.alliance_id).first()
    if trust is None:
        raise NotAllowed(_("There is no trust to receive it yet."))
    if amount_cop <= 0:
        raise DomainError(_("Nothing was received."))
    check_day(
        received_on,
        field="received_on",
        today=localtime(at).date(),
        not_before=trust.constituted_on,
        since=_("the trust was constituted"),
    )
    if amount_cop > contribution.missing_cop:
        raise DomainError(
            _("Of this contribution %(missing)s are missing, not %(amount)s.")
            % {"missing": cop(contribution.missing_cop), "amount": cop(amount_cop)},
            field="amount_cop",
        )


def _figures(contribution: Contribution, amount_cop: Decimal) -> dict[str, str]:
    """What the audit event says of the contribution."""
    return {
        "contribution": str(contribution.pk),
        "name": str(contribution.organisation),
        "amount_cop": str(amount_cop),
    }
