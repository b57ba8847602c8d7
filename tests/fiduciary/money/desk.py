"""People who move money over HTTP, and send each act again under its key until it is answered."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import requests

from tests.alliances.documents.samples import PDF

PATIENCE_SECONDS = 120
#: So long a browser waits for an answer before its owner presses the button again.
ANSWER_SECONDS = 20
CSRF = "d" * 32
TAKEN = (403, 409)  # somebody else did it first


@dataclass
class Act:
    """One act of one person, and what became of it."""

    verb: str
    role: str
    path: str
    fields: dict[str, Any]
    amount_cop: Decimal = Decimal(0)
    file: str = ""  # the field of the form that takes a document
    key: UUID = field(default_factory=uuid4)
    alliance: int = 0
    status: int = 0  # of the final answer
    asked_at: float = 0.0  # when the try that got it began, in seconds since 1970
    unanswered: int = 0
    told_to_wait: int = 0

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 400

    @property
    def was_sent_again(self) -> bool:
        return bool(self.unanswered or self.told_to_wait)


@dataclass
class Desk:
    """One producer's money: asked for, paid, delivered and given back, again and again.

    ``look`` runs a query in the database, where a person would look at a page.
    """

    address: str
    place: dict[str, Any]
    today: date
    look: Callable[[str, list[Any]], list[tuple[Any, ...]]]
    chance: random.Random
    stop: threading.Event
    acts: list[Act] = field(default_factory=list)

    def work(self) -> None:
        """Begin one request after another until told to stop; what is begun is finished."""
        try:
            self._sign()
            while not self.stop.is_set():
                self._live()
        finally:
            self.stop.set()  # what fails here ends the drill

    # -- The acts ------------------------------------------------------------------------------
    def _live(self) -> None:
        """The whole life of one request, and money that comes in beside it."""
        own = self.place["producer"]  # no two desks ask for the same: that would be a doubt
        amount = Decimal(self.chance.randrange(100, 900) * 1000 + own)
        request = self._ask(amount, departs=self.chance.random() < 0.4)
        self._clear_where_needed(request)
        if self.chance.random() < 0.4:
            why = {"reason": "quotes_missing", "note": "Falta una"}
            self._do(by_api("return", "trustee", request, why))
            amount += 1000
            self._resubmit(request, amount)
            self._clear_where_needed(request)
        self._receive()
        self._race(by_api("approve", "trustee", request))
        bank = {"paid_on": str(self.today), "bank_reference": f"ACH {request}"}
        self._race(by_api("pay", "payer", request, bank, amount))
        self._deliver(request, amount)
        self._repay()

    def _sign(self) -> None:
        path = f"/alianzas/{self.place['code']}/compromisos/nuevo/"
        fields = {
            "producer": self.place["producer"],
            "signed_on": self.today,
            "conditions": "Devuelve después de cada cosecha.",
            "due_on_1": self.today + timedelta(days=180),
            "amount_cop_1": "100.000.000",
        }
        self._do(Act("sign_commitment", "organisation", path, fields, file="document"))

    def _ask(self, amount: Decimal, *, departs: bool) -> int:
        path = f"/alianzas/{self.place['code']}/desembolsos/nuevo/"
        fields = asked(amount, "Otro proveedor" if departs else "")
        fields["budget_line"] = self.place["line"]
        act = Act("request_disbursement", "oga", path, fields, file="support")
        self._do(act)
        query = "SELECT id FROM fiduciary_disbursementrequest WHERE key = %s"
        ((request,),) = self.look(query, [act.key])
        return int(request)

    def _resubmit(self, request: int, amount: Decimal) -> None:
        path = f"/desembolsos/{request}/reenviar/"
        fields = asked(amount, "")
        self._do(Act("resubmit_disbursement", "oga", path, fields, file="support"))

    def _clear_where_needed(self, request: int) -> None:
        query = "SELECT needs_clearance FROM fiduciary_disbursementrequest WHERE id = %s"
        if self.look(query, [request]) == [(True,)]:
            self._do(by_api("clear", "eip", request))

    def _receive(self) -> None:
        path = f"/aportes/{self.place['contribution']}/recibir/"
        amount = Decimal(self.chance.randrange(10, 90) * 1000)
        fields = {
            "amount_cop": str(amount),
            "received_on": self.today,
            "reference": f"Consignación {self.chance.randrange(10**12)}",
        }
        self._do(Act("receive_contribution", "trustee", path, fields, amount))

    def _deliver(self, request: int, amount: Decimal) -> None:
        path = f"/alianzas/{self.place['code']}/entregas/nueva/"
        fields = {
            "request": request,
            "producer": self.place["producer"],
            "item": "Semilla",
            "quantity": "4,5",
            "unit": "bulto",
            "value_cop": str(amount),
            "delivered_on": self.today,
        }
        self._do(Act("deliver_inputs", "oga", path, fields, amount, file="act"))

    def _repay(self) -> None:
        query = "SELECT id FROM fiduciary_commitment WHERE producer_id = %s"
        ((commitment,),) = self.look(query, [self.place["producer"]])
        amount = Decimal(self.chance.randrange(1, 9) * 1000)
        fields = {"amount_cop": str(amount), "paid_on": self.today}
        path = f"/compromisos/{commitment}/reintegro/"
        self._do(Act("record_repayment", "organisation", path, fields, amount))

    # -- Sending -------------------------------------------------------------------------------
    def _do(self, act: Act) -> None:
        """An act that nobody disputes, sometimes sent once more after its answer."""
        self._take(act)
        self._send(act)
        if self.chance.random() < 0.2:
            self._send(act)

    def _race(self, act: Act) -> None:
        """Now and then two windows press the button at once, each with a key of its own."""
        if self.chance.random() < 0.7:
            self._do(act)
            return
        pair = [act, replace(act, key=uuid4())]
        for one in pair:
            self._take(one)
        with ThreadPoolExecutor(2) as windows:
            list(windows.map(lambda one: self._send(one, refusals=TAKEN), pair))
        assert sum(one.is_done for one in pair) == 1, pair

    def _take(self, act: Act) -> None:
        act.alliance = self.place["alliance"]
        self.acts.append(act)

    def _send(self, act: Act, refusals: tuple[int, ...] = ()) -> None:
        """Send it until the answer is final, as whoever sees no answer presses again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if not act.status:
                act.asked_at = time.time()
            try:
                answer = self._post(act)
            except requests.RequestException:
                act.unanswered += 1
                time.sleep(0.2)
                continue
            if answer.status_code == 503:
                act.told_to_wait += 1
                time.sleep(min(1, int(answer.headers["Retry-After"])))
                continue
            is_done = answer.ok and "/cuenta/" not in answer.headers.get("Location", "")
            assert is_done or answer.status_code in refusals, (act, answer.text)
            act.status = answer.status_code
            return
        raise AssertionError(f"no answer within {PATIENCE_SECONDS} s: {act}")

    def _post(self, act: Act) -> requests.Response:
        is_api = act.path.startswith("/api/")
        fields = act.fields | {"key": str(act.key)}
        paper = {act.file: (f"{act.key}.pdf", PDF + act.key.bytes, "application/pdf")}
        return requests.post(
            f"{self.address}{act.path}",
            json=fields if is_api else None,
            data=None if is_api else fields | {"csrfmiddlewaretoken": CSRF},
            files=paper if act.file else None,
            headers={"X-CSRFToken": CSRF},
            cookies={"sessionid": self.place["sessions"][act.role], "csrftoken": CSRF},
            allow_redirects=False,
            timeout=ANSWER_SECONDS,
        )


def by_api(
    verb: str,
    role: str,
    request: int,
    fields: dict[str, Any] | None = None,
    amount_cop: Decimal = Decimal(0),
) -> Act:
    """An act on a request, sent as programs do."""
    path = f"/api/v1/disbursements/{request}/{verb}/"
    return Act(f"{verb}_disbursement", role, path, fields or {}, amount_cop)


def asked(amount: Decimal, departure: str) -> dict[str, Any]:
    """What the form of a request sends."""
    return {
        "amount_cop": str(amount),
        "description": "Semilla certificada",
        "payee_name": "Semillas del Sur S.A.S.",
        "payee_document": "900123456-8",
        "contracting_lead_days": 5,
        "delivery_lead_days": 10,
        "departure": departure,
    }
