"""One alliance walked over HTTP by eleven roles, from draft to graduation.

Before each step every other role tries the same request and is refused: 403 with a reason, or
404 where the thing is not theirs to know. All of it is done as the application's own database
role. At the end the audit verifies.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localdate, now

from alliances.calls.services import load_example_calls
from alliances.lifecycle.audit import verify_audit
from alliances.models import Alliance, Call, Department, Membership, Organisation, Producer
from alliances.territory.services import load_reference
from fiduciary.disbursements.services.protocols import load_protocols
from fiduciary.models import BudgetLine, Commitment, Contribution, DisbursementRequest
from tests.application import as_application
from tests.factories.alliances import make_membership, make_organisation

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ROLES = (
    "eip",
    "ogr",
    "scorer",
    "cir",
    "oga",
    "trustee",
    "ally",
    "manager",
    "organisation",
    "evaluator",
    "policy",
)


#: An organisation may write its own profile as well as its OGR.
ITSELF = ("organisation",)


def paper(name: str = "soporte.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF + uuid4().bytes.hex().encode(), "application/pdf")


@dataclass
class Walk:
    """A signed-in person per role, a second one at the trustee, and the alliance they walk."""

    people: dict[str, Membership]
    clients: dict[str, Client] = field(default_factory=dict)
    alliance: Alliance | None = None
    refusals: int = 0

    def __post_init__(self) -> None:
        for role, membership in self.people.items():
            self.clients[role] = Client()
            self.clients[role].force_login(membership.user)

    @property
    def base(self) -> str:
        assert self.alliance
        return f"/alianzas/{self.alliance.code}/"

    @property
    def status(self) -> str:
        assert self.alliance
        self.alliance.refresh_from_db()
        return self.alliance.status

    @property
    def done(self) -> int:
        """How many acts were done; refused attempts leave a trace of their own."""
        assert self.alliance
        return self.alliance.events.exclude(verb="refuse_attempt").count()

    def step(self, role: str, path: str, *, also: tuple[str, ...] = (), **data: Any) -> None:
        """``role`` posts to ``path``; ``also`` are roles that may do it too, so are not tried."""
        url = path if path.startswith("/") else self.base + path
        key = str(uuid4())
        before = self.alliance and (self.status, self.done)
        for other in ROLES:
            if other != role and other not in also:
                self._refused(other, url, {"key": key} | _fresh(data))
        if before:
            assert (self.status, self.done) == before
        sent = {"key": key} | _fresh(data)
        answer = self.clients[role].post(url, sent)
        assert answer.status_code == 302, (role, url, answer.status_code, _complaint(answer))
        again = self.clients[role].post(url, {"key": key} | _fresh(data))
        assert again.status_code < 500

    def _refused(self, role: str, url: str, data: dict[str, Any]) -> None:
        answer = self.clients[role].post(url, data)
        assert answer.status_code in (403, 404), (role, url, answer.status_code)
        if answer.status_code == 403:
            assert len(_reason(answer)) > 15, (role, url)
        self.refusals += 1


def _fresh(data: dict[str, Any]) -> dict[str, Any]:
    """The data with every file made anew: an upload is read once."""
    return {name: value() if callable(value) else value for name, value in data.items()}


def _reason(answer: Any) -> str:
    body = unescape(answer.content.decode())
    main = re.search(r"<main.*?</main>", body, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", main.group(0) if main else body).strip()


def _complaint(answer: Any) -> str:
    """What the page complains of, to read in a failed test."""
    body = unescape(answer.content.decode())
    found = re.search(r'class="summary-errors".*?</(?:section|div)>', body, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found.group(0)) if found else _reason(answer)[:2500]


@pytest.fixture
def walk(db: None) -> Walk:
    load_reference()
    load_protocols()
    load_example_calls(at=now())
    here = [Department.objects.get(pk="52")]
    association = make_organisation("producer", "Asociación Los Pastos", nit="900123456-8")
    ally = make_organisation("ally", "Papas del Sur S.A.S.", nit="900654321-0")
    make_organisation("government", "Gobernación de Nariño")
    homes = {
        "ogr": make_organisation("ogr", "OGR Nariño", departments=here),
        "cir": make_organisation("cir", "CIR Nariño", departments=here),
        "ally": ally,
        "manager": association,
        "organisation": association,
    }
    people = {role: make_membership(role, organisation=homes.get(role)) for role in ROLES}
    payer = make_membership("trustee", organisation=people["trustee"].organisation)
    return Walk(people | {"payer": payer})


def open_call() -> Call:
    return Call.objects.filter(sealed_at__isnull=False, regime="recommended").latest("closes_on")


def present(walk: Walk) -> None:
    """Profile: written and presented by the OGR, with its producers."""
    call = open_call()
    walk.step(
        "ogr",
        "/perfiles/nuevo/",
        also=ITSELF,
        call=call.pk,
        name="Papa de los Pastos",
        organisation_name="Asociación Los Pastos",
        organisation_nit="900123456-8",
        founded_on="2015-04-01",
        municipality="52001",
        crop="papa",
        ally_name="Papas del Sur S.A.S.",
        ally_nit="900654321-0",
        route="intermediate",
        total_value_cop="600.000.000",
        incentive_cop="120.000.000",
    )
    walk.alliance = Alliance.objects.get(name="Papa de los Pastos")
    for number in range(30):
        walk.clients["ogr"].post(walk.base + "productores/nuevo/", producer_data(number))
    assert walk.alliance.producers.count() == 30
    walk.step("ogr", "actos/submit/", also=ITSELF)
    assert walk.status == "submitted"
    walk.step("ogr", "elegibilidad/revisar/", also=ITSELF)
    assert walk.status == "submitted"  # whoever helped it declares nothing
    body = walk.people["scorer"].organisation
    walk.step("eip", "designar/", duty="score", organisation=body.pk)
    walk.step("scorer", "elegibilidad/declarar/")
    assert walk.status == "eligible"


def producer_data(number: int) -> dict[str, str]:
    return {
        "key": str(uuid4()),
        "document_kind": "cc",
        "document_number": str(27_100_000 + number),
        "given_names": "Rosa",
        "surnames": f"Chapal {number}",
        "sex": "f",
        "born_on": "1985-03-02",
        "phone": "",
        "household_key": f"H{number}",
        "farm_name": "El Mirador",
        "tenure": "owner",
        "farm_area_ha": "2,5",
        "project_area_ha": "1",
        "experience_years": "9",
        "monthly_income_cop": "900.000",
        "agricultural_income_share": "85",
        "assets_cop": "40.000.000",
        "literate": "yes",
        "is_member": "yes",
        "had_earlier_support": "no",
        "special_group": "",
        "consented_on": "2026-01-10",
    }


def select(walk: Walk) -> None:
    """Score by the independent body, decision by the committee."""
    # The OGR may write a verification score, which does not bind.
    walk.step("scorer", "puntaje/comenzar/", also=("ogr",))
    sheet = {}
    for criterion in walk.alliance.call.criteria.all():
        best = criterion.options.order_by("points").last()
        sheet |= {
            f"option_{criterion.pk}": best.pk,
            f"comment_{criterion.pk}": "Con soporte en campo.",
        }
    walk.step("scorer", "puntaje/", also=("ogr",), **sheet)
    walk.step("scorer", "puntaje/sellar/", also=("ogr",))
    assert walk.status == "scored"
    walk.step(
        "cir",
        "decision/",
        outcome="selected",
        session_on=localdate().isoformat(),
        votes_for=5,
        votes_against=0,
        reason="Primera en el orden.",
    )
    assert walk.status == "selected"
    assert walk.alliance.snapshot.was_offered


def study(walk: Walk) -> None:
    """Pre-investment, up to the committee's approval."""
    walk.step("ogr", "actos/prepare/")
    walk.step(
        "ogr",
        "estudio/",
        visited_on=localdate().isoformat(),
        technical="Suelos aptos.",
        market="Comprador estable.",
        social="Familias unidas.",
        environmental="Plan de manejo.",
        organisational="Junta vigente.",
        net_present_value_cop="85.000.000",
        internal_rate_percent="18,5",
        yearly_income_per_producer_cop="9.600.000",
        document=paper,
    )
    walk.step("ogr", "actos/submit_study/")
    walk.step("eip", "actos/declare_viable/")
    walk.step("cir", "actos/approve/", evidence=paper)
    assert walk.status == "approved"


def close_financially(walk: Walk) -> None:
    """Agreement, appointments, certified contributions and trust."""
    walk.step("eip", "actos/begin_closing/")
    starts = localdate() + timedelta(days=90)
    parties = ("manager", "ally")
    walk.step(
        "organisation",
        "acuerdo/redactar/",
        also=parties,
        product="Papa parda",
        quality="Primera",
        quantity_kg_per_month="12000",
        delivery_place="Pasto",
        starts_on=starts.isoformat(),
        ends_on=(starts + timedelta(days=365)).isoformat(),
        price_rule="range",
        price_floor_cop="1200",
        price_ceiling_cop="1900",
        price_reference="",
        payment_days="8",
        payment_means="Transferencia",
    )
    agreement = walk.alliance.agreements.get()
    terms = {"seen": agreement.fingerprint}
    walk.step("organisation", f"acuerdo/{agreement.pk}/firmar/", also=("ally",), **terms)
    walk.step("ally", f"acuerdo/{agreement.pk}/firmar/", also=("organisation",), **terms)
    for role, duty in (("oga", "accompany"), ("trustee", "pay")):
        walk.step("eip", "designar/", duty=duty, organisation=walk.people[role].organisation.pk)
    promise(walk, walk.people["policy"].organisation, "cash", "120.000.000")
    promise(walk, Organisation.objects.get(kind="government"), "cash", "180.000.000")
    promise(walk, walk.people["organisation"].organisation, "in_kind", "300.000.000")
    walk.step(
        "trustee",
        "fideicomiso/",
        contract_number="PA-2026-001",
        constituted_on=localdate().isoformat(),
        contract=paper,
    )
    assert walk.status == "trust_constituted"
    for contribution in Contribution.objects.filter(alliance=walk.alliance, kind="cash"):
        walk.step(
            "trustee",
            f"/aportes/{contribution.pk}/recibir/",
            reference=f"TR-{contribution.pk}",
            amount_cop=str(int(contribution.committed_cop)),
            received_on=localdate().isoformat(),
        )


def promise(walk: Walk, giver: Organisation, kind: str, amount: str) -> None:
    """A contribution committed and its certificate accepted, both by the EIP."""
    walk.step(
        "eip",
        "aportes/nuevo/",
        also=("organisation", "manager", "ally"),
        organisation=giver.pk,
        kind=kind,
        concept="Aporte al plan",
        committed_cop=amount,
        due_on=(localdate() + timedelta(days=30)).isoformat(),
    )
    contribution = Contribution.objects.get(alliance=walk.alliance, organisation=giver)
    walk.step("eip", f"/aportes/{contribution.pk}/certificar/", certificate=paper)


def execute(walk: Walk) -> None:
    """Start, plan, visit, money in four hands, commitment before delivery, sale, close."""
    walk.step("oga", "actos/start/", evidence=paper)
    today = localdate().isoformat()
    walk.step(
        "oga",
        "plan/nuevo/",
        concept="Semilla certificada",
        planned_cop="20.000.000",
        planned_on=today,
        operation="sowing",
    )
    line = BudgetLine.objects.get(alliance=walk.alliance)
    walk.step(
        "oga",
        "desembolsos/nuevo/",
        budget_line=line.pk,
        amount_cop="18.000.000",
        description="Semilla de papa",
        payee_name="Semillas S.A.",
        payee_document="900111222-1",
        contracting_lead_days=5,
        delivery_lead_days=10,
        departure="Otro proveedor",
        support=paper,
    )
    request = DisbursementRequest.objects.get(alliance=walk.alliance)
    assert request.need_by_on
    assert request.slack_state
    walk.step("eip", f"/desembolsos/{request.pk}/no-objetar/", note="")
    walk.step("trustee", f"/desembolsos/{request.pk}/aprobar/", note="")
    walk.step("payer", f"/desembolsos/{request.pk}/pagar/", paid_on=today, bank_reference="B-77")
    request.refresh_from_db()
    assert request.status == "paid"
    visit_and_deliver(walk, request)
    walk.step("eip", "actos/close/")
    assert walk.status == "closed"


def visit_and_deliver(walk: Walk, request: DisbursementRequest) -> None:
    today = localdate().isoformat()
    producer = Producer.objects.filter(alliance=walk.alliance).order_by("pk")[0]
    walk.step(
        "oga",
        "visitas/nueva/",
        kind="technical",
        visited_on=today,
        topic="Siembra",
        practice_taught="Desinfección de semilla",
        attended=[producer.pk],
    )
    delivery = {
        "request": request.pk,
        "producer": producer.pk,
        "item": "Semilla",
        "quantity": "10",
        "unit": "bulto",
        "value_cop": "1.500.000",
        "delivered_on": today,
    }
    early = walk.clients["oga"].post(
        walk.base + "entregas/nueva/", delivery | {"key": str(uuid4())}
    )
    assert early.status_code in (403, 422), "nothing is delivered before a signed commitment"
    walk.step(
        "organisation",
        "fondo/reglamento/",
        also=("manager",),
        repayment_share_pct="50",
        grace_months="6",
        monthly_interest_pct="0",
        recovery_target_pct="80",
        approved_on=today,
        act=paper,
    )
    due = (localdate() + timedelta(days=200)).isoformat()
    walk.step(
        "manager",
        "compromisos/nuevo/",
        also=("organisation", "oga"),
        producer=producer.pk,
        signed_on=today,
        conditions="Una cosecha.",
        due_on_1=due,
        amount_cop_1="750.000",
    )
    walk.step("oga", "entregas/nueva/", **delivery)


def graduate(walk: Walk) -> None:
    """The rotating fund: opened by the organisation, repaid, graduated by the EIP."""
    walk.step("organisation", "actos/open_fund/", also=("manager",))
    commitment = Commitment.objects.get(producer__alliance=walk.alliance)
    walk.step(
        "manager",
        f"/compromisos/{commitment.pk}/reintegro/",
        also=("organisation",),
        amount_cop="750.000",
        paid_on=localdate().isoformat(),
    )
    walk.step("eip", "actos/graduate/")
    assert walk.status == "graduated"


def test_eleven_roles_walk_an_alliance_from_draft_to_graduated(walk: Walk) -> None:
    with as_application():
        present(walk)
        select(walk)
        study(walk)
        close_financially(walk)
        execute(walk)
        graduate(walk)
    report = verify_audit(chain=walk.alliance.pk)
    assert report.is_well, report
    assert report.events > 30
    assert walk.refusals > 250
    for role in ROLES:
        page = walk.clients[role].get(walk.base)
        reads_rows = role != "policy"  # the ministry reads the programme in aggregates
        assert page.status_code == (200 if reads_rows else 404), role
        assert walk.clients[role].get("/").status_code == 200, role
