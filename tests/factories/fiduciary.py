"""Minimal valid objects of the fiduciary app, on top of the cast of the alliances' factories."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db.models import Model

from alliances.documents.models import Document, DocumentVersion
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership, Producer
from alliances.territory.models import CropWindow
from fiduciary.disbursements.models import (
    BudgetLine,
    DisbursementRequest,
    Protocol,
    ProtocolStep,
    ReturnReason,
)
from fiduciary.disbursements.services.protocols import load_protocols
from fiduciary.disbursements.services.requests import Ask, request_disbursement
from fiduciary.fund.models import Commitment, FundRules
from fiduciary.fund.services import sign_commitment
from fiduciary.ledger.models import Account, AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, open_account, post_transaction
from fiduciary.trust.models import Contribution, Trust
from tests.factories.alliances import Cast, make_cast, make_organisation, make_user

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in Bogotá
MILLION = Decimal(1_000_000)
PROTOCOLS: tuple[type[Model], ...] = (ReturnReason, Protocol, ProtocolStep)
_protocols: list[list[Model]] = []


def make_evidence(membership: Membership, alliance: Alliance | None = None) -> DocumentVersion:
    """A stored document, without the checks of an upload."""
    document = Document.objects.create(alliance=alliance, kind="other", title="Soporte")
    return DocumentVersion.objects.create(
        document=document,
        number=1,
        file=ContentFile(b"%PDF-1.7 evidence %%EOF", name="soporte.pdf"),
        original_name="soporte.pdf",
        content_type="application/pdf",
        size=23,
        sha256="a" * 64,
        uploaded_by=membership,
        uploaded_at=MONDAY,
    )


def make_contribution(alliance: Alliance, **fields: Any) -> Contribution:
    """A promise in cash of 100 million, not certified."""
    defaults: dict[str, Any] = {
        "organisation": fields.pop("organisation", None) or make_organisation("government"),
        "kind": "cash",
        "concept": "Aporte",
        "committed_cop": 100 * MILLION,
        "due_on": date(2026, 4, 30),
        "key": uuid4(),
        "account": open_account(
            alliance=alliance, kind=AccountKind.CONTRIBUTION, name="Aporte de prueba"
        ),
    }
    return Contribution.objects.create(alliance=alliance, **(defaults | fields))


def put_cash(alliance: Alliance, amount_cop: Decimal) -> Account:
    """Money in the trust's bank account, received from a co-financier."""
    source = make_contribution(alliance, committed_cop=amount_cop).account
    cash = holding_account(alliance=alliance, kind=AccountKind.CASH)
    post_transaction(
        key=uuid4(),
        kind=TransactionKind.CONTRIBUTION,
        occurred_on=date(2026, 2, 2),
        description="Aporte",
        lines=[Line(cash, amount_cop), Line(source, -amount_cop)],
        recorded_by=make_user(),
        at=MONDAY,
    )
    cash.refresh_from_db()
    return cash


def make_line(alliance: Alliance, **fields: Any) -> BudgetLine:
    """Twenty million for potato seed, sown in the alliance's next window."""
    defaults: dict[str, Any] = {
        "concept": "Semilla certificada",
        "crop": alliance.crop,
        "operation": "sowing",
        "planned_cop": 20 * MILLION,
        "planned_on": date(2026, 3, 2),
        "account": open_account(alliance=alliance, kind=AccountKind.SPENDING, name="Semilla"),
    }
    return BudgetLine.objects.create(alliance=alliance, **(defaults | fields))


def make_windows(
    alliance: Alliance,
    *windows: tuple[str, str],
    operation: str = "sowing",
    since: date = date(2002, 1, 1),
    until: date | None = None,
) -> None:
    """Seasons of the alliance's crop in its department, in force between two days."""
    for starts, ends in windows:
        CropWindow.objects.create(
            crop=alliance.crop,
            department=alliance.municipality.department,
            operation=operation,
            starts=starts,
            ends=ends,
            source="prueba",
            confidence="high",
            valid_from=since,
            valid_until=until,
        )


def make_trust(cast: Cast, *, cash_cop: Decimal = 100 * MILLION) -> Trust:
    """The alliance's trust at the cast's trustee, with money in it."""
    trust = Trust.objects.create(
        alliance=cast.alliance,
        trustee=cast["trustee"].organisation,
        contract_number=f"PA-{cast.alliance.pk}",
        constituted_on=date(2026, 2, 1),
    )
    if cash_cop:
        put_cash(cast.alliance, cash_cop)
    return trust


def make_funded_cast(regime: str = "recommended", cash_cop: Decimal = 100 * MILLION) -> Cast:
    """An executing alliance with its trust, money and disbursement protocols."""
    make_protocols()
    cast = make_cast("executing", regime=regime)
    make_trust(cast, cash_cop=cash_cop)
    return cast


def make_protocols() -> None:
    """What ``load_protocols`` loads: its files are read once, and then their rows written again."""
    if Protocol.objects.exists():
        return
    if not _protocols:
        load_protocols()
        _protocols.extend(list(model.objects.all()) for model in PROTOCOLS)
        return
    for model, rows in zip(PROTOCOLS, _protocols, strict=True):
        model._default_manager.bulk_create(rows)


def an_ask(amount_cop: Decimal = 5 * MILLION, **fields: Any) -> Ask:
    defaults: dict[str, Any] = {
        "description": "Semilla certificada, 120 bultos",
        "payee_name": "Semillas del Sur S.A.S.",
        "payee_document": "900123456-8",
        "delivery_lead_days": 10,
        "contracting_lead_days": 5,
    }
    return Ask(amount_cop=amount_cop, **(defaults | fields))


def make_request(
    cast: Cast, *, at: datetime = MONDAY, line: BudgetLine | None = None, **ask: Any
) -> DisbursementRequest:
    """A request made by the cast's OGA."""
    return request_disbursement(
        budget_line_id=(line or make_line(cast.alliance)).pk,
        ask=an_ask(**ask),
        acting=cast["oga"],
        at=at,
        key=uuid4(),
    )


def make_rules(cast: Cast, **fields: Any) -> FundRules:
    defaults: dict[str, Any] = {
        "repayment_share_pct": Decimal(60),
        "grace_months": 6,
        "monthly_interest_pct": Decimal(0),
        "recovery_target_pct": Decimal(80),
        "approved_on": date(2026, 2, 20),
        "act": make_evidence(cast["organisation"], cast.alliance),
    }
    return FundRules.objects.create(alliance=cast.alliance, **(defaults | fields))


def make_commitment(cast: Cast, producer: Producer, at: datetime = MONDAY) -> Commitment:
    """Two million in two instalments, signed on 25 February 2026."""
    return sign_commitment(
        producer_id=producer.pk,
        schedule=[(date(2026, 9, 30), MILLION), (date(2027, 3, 31), MILLION)],
        conditions="Devuelve después de cada cosecha.",
        signed_on=date(2026, 2, 25),
        acting=cast["organisation"],
        at=at,
    )
