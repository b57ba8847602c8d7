"""Rules approved, commitments signed, repayments received."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership, Producer
from fiduciary.fund.models import Commitment, FundRules, Instalment
from fiduciary.fund.requirements import fund_rules_approved
from fiduciary.fund.rules import Schedule, by_number
from fiduciary.fund.table import APPROVE_FUND_RULES, RECORD_REPAYMENT, SIGN_COMMITMENT
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, open_account, post_transaction
from kit.access import require
from kit.days import check_day
from kit.errors import Conflict, DomainError
from kit.figures import cop


@dataclass(frozen=True)
class Rules:
    """What an assembly decides about its fund; shares in per cent."""

    repayment_share_pct: Decimal
    grace_months: int
    monthly_interest_pct: Decimal
    recovery_target_pct: Decimal
    approved_on: date


def approve_fund_rules(
    *,
    alliance_id: int,
    rules: Rules,
    act: DocumentVersion,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> FundRules:
    """Write the rules the assembly approved, with its minutes (``act``); once per alliance.

    The same key twice is one act. Raises Conflict when there are rules already, NotAllowed for
    anybody but the organisation.
    """
    with act_on(
        alliance_id,
        APPROVE_FUND_RULES,
        acting=acting,
        at=at,
        key=key,
        content=asdict(rules),
        data={"share_pct": str(rules.repayment_share_pct), "grace_months": rules.grace_months},
        documents=[act],
    ) as doing:
        if doing.earlier:
            return FundRules.objects.get(alliance=alliance_id)
        if FundRules.objects.filter(alliance=alliance_id).exists():
            raise Conflict(_("This fund already has its rules."))
        doing.check_day(rules.approved_on, "approved_on")
        written = FundRules(alliance=doing.alliance, act=act, **asdict(rules))
        written.full_clean()
        written.save()
        return written


def sign_commitment(
    *,
    producer_id: int,
    schedule: Schedule,
    conditions: str,
    signed_on: date,
    acting: Membership,
    at: datetime,
    document: DocumentVersion | None = None,
    key: UUID | None = None,
) -> Commitment:
    """Write what a producer signed to give back: dates, amounts and conditions.

    The same key twice is one signature. Raises NotAllowed before the fund has rules, Conflict
    for a second commitment.
    """
    with act_on(
        {"producers": producer_id},
        SIGN_COMMITMENT,
        acting=acting,
        at=at,
        key=key,
        content={
            "producer": producer_id,
            "schedule": schedule,
            "conditions": conditions,
            "signed_on": signed_on,
        },
        documents=[document] if document else [],
    ) as act:
        if act.earlier:
            return Commitment.objects.get(producer=producer_id)
        producer = Producer.objects.get(pk=producer_id)
        producer.alliance = act.alliance
        require(fund_rules_approved(act.alliance))
        if Commitment.objects.filter(producer=producer).exists():
            raise Conflict(_("%(producer)s already signed a commitment.") % {"producer": producer})
        act.check_day(signed_on, "signed_on")
        commitment = _write_commitment(producer, schedule, conditions, signed_on, document)
        act.data |= _figures(producer, commitment.amount_cop)
        return commitment


def record_repayment(
    *,
    commitment_id: int,
    amount_cop: Decimal,
    paid_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Commitment:
    """Post what a producer gave back into the fund's own account. The same key is one payment.

    Raises DomainError for more than is owed or for the future, NotAllowed for the wrong person.
    """
    with act_on(
        {"producers__commitment": commitment_id},
        RECORD_REPAYMENT,
        acting=acting,
        at=at,
        key=key,
        content={"commitment": commitment_id, "amount_cop": amount_cop, "paid_on": paid_on},
    ) as act:
        commitment = Commitment.objects.select_related("producer", "account").get(pk=commitment_id)
        if act.earlier:
            return commitment
        check_day(
            paid_on,
            field="paid_on",
            today=localtime(at).date(),
            not_before=commitment.signed_on,
            since=_("the commitment was signed"),
        )
        if not 0 < amount_cop <= commitment.owed_cop:
            raise DomainError(
                _("%(producer)s owes %(owed)s.")
                % {"producer": commitment.producer, "owed": cop(commitment.owed_cop)},
                field="amount_cop",
            )
        fund = holding_account(alliance=act.alliance, kind=AccountKind.FUND_CASH)
        post_transaction(
            key=uuid5(key, "repayment"),
            kind=TransactionKind.REPAYMENT,
            occurred_on=paid_on,
            description=commitment.reference,
            lines=[Line(fund, amount_cop), Line(commitment.account, -amount_cop)],
            recorded_by=acting.user,
            at=at,
        )
        act.data |= _figures(commitment.producer, amount_cop)
        commitment.account.refresh_from_db(fields=["balance_cop"])
        return commitment


def _write_commitment(
    producer: Producer,
    schedule: Schedule,
    conditions: str,
    signed_on: date,
    document: DocumentVersion | None,
) -> Commitment:
    if not schedule:
        raise DomainError(_("A commitment has at least one instalment."))
    if len({due_on for due_on, _amount in schedule}) != len(schedule):
        raise DomainError(_("Two instalments fall due on the same day."))
    if any(due_on < signed_on for due_on, _amount in schedule):
        raise DomainError(_("An instalment cannot fall due before the commitment is signed."))
    commitment = Commitment(
        producer=producer,
        amount_cop=sum((amount for _due, amount in schedule), Decimal(0)),
        conditions=conditions.strip(),
        signed_on=signed_on,
        document=document,
    )
    commitment.full_clean(exclude=["account"])
    commitment.account = open_account(
        alliance=producer.alliance, kind=AccountKind.REPAYMENT, name=by_number(producer.pk)
    )
    commitment.save()
    Instalment.objects.bulk_create(
        Instalment(commitment=commitment, due_on=due_on, amount_cop=amount)
        for due_on, amount in schedule
    )
    return commitment


def _figures(producer: Producer, amount_cop: Decimal) -> dict[str, str | int]:
    """What the audit event says: the producer by number, for the chain is read by many."""
    return {"producer": producer.pk, "amount_cop": str(amount_cop)}
