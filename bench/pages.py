"""How long each page and API list takes, and with how many queries, at two sizes of portfolio.

Pages are asked through the whole stack (middleware, templates) by Django's client in one
process, in turn with an empty signed-in page, so that a ratio survives a noisy machine.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from alliances.lifecycle.table import Status
from alliances.models import Alliance, Call, Membership
from fiduciary.disbursements.table import RequestStatus
from fiduciary.models import DisbursementRequest
from paap.roles import as_owner

EMPTY = "/cuenta/logout/"
#: Who opens which page; «{executing}» and the like are filled in from the portfolio.
PAGES: tuple[tuple[str, str], ...] = (
    *(
        (role, "/")
        for role in (
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
    ),
    ("eip", "/alianzas/"),
    ("eip", "/alianzas/?q=caf%C3%A9&stage=execution"),
    ("ogr", "/alianzas/"),
    ("eip", "/alianzas/?size=200&sort=name&task=appoint"),
    ("ogr", "/perfiles/"),
    ("ogr", "/perfiles/?lacks=nothing&size=200"),
    ("eip", "/alianzas/{executing}/"),
    ("eip", "/alianzas/{executing}/historia/"),
    ("eip", "/alianzas/{executing}/quien-puede/accompany/"),
    ("eip", "/alianzas/{executing}/documentos/"),
    ("eip", "/alianzas/{executing}/productores/"),
    ("eip", "/alianzas/{executing}/puntajes/"),
    ("eip", "/alianzas/{executing}/acuerdo/"),
    ("eip", "/alianzas/{executing}/visitas/"),
    ("eip", "/alianzas/{executing}/dinero/"),
    ("eip", "/alianzas/{executing}/dinero/barra/"),
    ("eip", "/alianzas/{executing}/fondo/"),
    ("eip", "/alianzas/{executing}/entregas/"),
    ("eip", "/alianzas/{submitted}/elegibilidad/"),
    ("eip", "/convocatorias/"),
    ("eip", "/convocatorias/{call}/"),
    ("eip", "/convocatorias/{call}/clasificacion/"),
    ("ogr", "/perfiles/nuevo/"),
    ("ogr", "/perfiles/importar/"),
    ("ogr", "/consultores/"),
    ("oga", "/campo/"),
    ("eip", "/campo/"),
    ("eip", "/desembolsos/"),
    ("trustee", "/desembolsos/"),
    ("eip", "/desembolsos/{request}/"),
    ("evaluator", "/evaluacion/"),
    ("evaluator", "/evaluacion/estudios/"),
    ("evaluator", "/evaluacion/encuestas/"),
    ("eip", "/api/v1/alliances/"),
    ("eip", "/api/v1/alliances/{executing}/"),
    ("eip", "/api/v1/alliances/{executing}/history/"),
    ("eip", "/api/v1/calls/"),
    ("eip", "/api/v1/scores/"),
    ("oga", "/api/v1/visits/"),
    ("eip", "/api/v1/disbursements/"),
    ("evaluator", "/api/v1/runs/"),
)


@dataclass(frozen=True)
class Timing:
    """One page for one role: its queries and its times in milliseconds."""

    role: str
    page: str
    queries: int
    p50_ms: float
    p95_ms: float
    over_empty: float


def measure(runs: int) -> list[Timing]:
    """Ask every page ``runs`` times after two warm-ups, each time beside the empty page."""
    clients = {role: signed_in(role) for role in {role for role, _page in PAGES}}
    sample = _sample()
    return [
        time_page(clients[role], role, page, page.format(**sample), runs) for role, page in PAGES
    ]


def signed_in(role: str) -> Client:
    """A browser of the demo's person of that role, second factor and all."""
    import_module("paap.wsgi")  # as it is served: every page loaded, and out of the collector's way
    client = Client(SERVER_NAME="localhost")
    membership = Membership.objects.select_related("user").filter(user__username=role).first()
    if membership is None:
        raise SystemExit(f"There is no demo user {role!r}: run seed_demo first.")
    client.force_login(membership.user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, membership.user, "mfa")
    request.session.save()
    return client


def _sample() -> dict[str, object]:
    """The alliance with the longest history in execution, and one of each other thing."""
    executing = Alliance.objects.filter(status=Status.EXECUTING)
    executing = executing.filter(disbursement_requests__isnull=False)
    requested = DisbursementRequest.objects.filter(status=RequestStatus.REQUESTED)
    return {
        "executing": executing.order_by("-disbursement_requests__pk")[0].code,
        "submitted": Alliance.objects.filter(status=Status.SUBMITTED).order_by("pk")[0].code,
        "call": Call.objects.order_by("-alliances__pk")[0].code,
        "request": requested.order_by("pk")[0].pk,
    }


def time_page(client: Client, role: str, page: str, url: str, runs: int) -> Timing:
    """One address, asked in turn with the empty page."""
    for _warm_up in range(2):
        answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{role} {url}: {answer.status_code}")
    queries = _queries_of(client, url)
    spent, empty = [], []
    for _run in range(runs):
        spent.append(_milliseconds(client, url))
        empty.append(_milliseconds(client, EMPTY))
    return Timing(
        role,
        page,
        queries,
        round(statistics.median(spent), 1),
        round(statistics.quantiles(spent, n=20)[-1], 1),
        round(statistics.median(spent) / statistics.median(empty), 2),
    )


def _queries_of(client: Client, url: str) -> int:
    count = 0

    def counted(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, values, many, context)

    with connection.execute_wrapper(counted):
        client.get(url)
    return count


def _milliseconds(client: Client, url: str) -> float:
    start = time.perf_counter()
    client.get(url)
    return (time.perf_counter() - start) * 1000


# -- Both sizes side by side ----------------------------------------------------------------------
def compare(scales: tuple[str, str], runs: int) -> str:
    """Seed each size in a database of its own (once), measure both, and tell it in Markdown."""
    words = ("--measure", "--runs", str(runs))
    small, large = (
        [Timing(**row) for row in json.loads(measured(scale, *words))] for scale in scales
    )
    lines = [
        "# Pages, with their queries and times",
        "",
        f"`make bench`: every page and API list at scale {scales[0]} and {scales[1]} of the "
        f"demonstration portfolio, {runs} times each after warming up, on two cores. Milliseconds; "
        "«× empty» is the median over that of a signed-in page with nothing on it, asked in turn.",
        "",
        f"| role | page | queries at {scales[0]} | at {scales[1]} | p50 | p95 | p50 at {scales[1]} "
        f"| p95 at {scales[1]} | growth | × empty |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {a.role} | `{a.page}` | {a.queries} | {b.queries} | {a.p50_ms} | {a.p95_ms} | "
        f"{b.p50_ms} | {b.p95_ms} | {b.p50_ms / a.p50_ms:.2f} | {b.over_empty} |"
        for a, b in zip(small, large, strict=True)
    ]
    return "\n".join([*lines, "", *_summary(small, large), ""])


def _summary(small: list[Timing], large: list[Timing]) -> list[str]:
    growth = [b.p50_ms / a.p50_ms for a, b in zip(small, large, strict=True)]
    slow = [f"`{b.page}` ({b.role}, {b.p95_ms} ms)" for b in large if b.p95_ms > 60]
    more = [a.page for a, b in zip(small, large, strict=True) if a.queries != b.queries]
    return [
        f"- Slowest p95: {max(b.p95_ms for b in small)} ms and {max(b.p95_ms for b in large)} ms; "
        f"aim 60. Above it at the larger size: {', '.join(slow) or 'none'}.",
        f"- Growth: median {statistics.median(growth):.2f}, worst {max(growth):.2f}; aim 1.3.",
        f"- Pages whose number of queries differs: {', '.join(more) or 'none'}.",
    ]


def measured(scale: str, *words: str) -> str:
    """What ``bench`` with these words says of that size, made and seeded if it is not there yet.

    In a child process: the database is another one.
    """
    name = f"bench_{scale.replace('.', '_')}"
    environment = os.environ | _database(name) | {"DEMO": "1"}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]

    def run(*words: str) -> str:
        done = subprocess.run(
            [*command, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    run("setup", "--without-administrator")
    if run("bench", "--is-empty").strip() == "yes":
        run("seed_demo", "--scale", scale, "--seed", "42")
    return run("bench", *words)


def _database(name: str) -> dict[str, str]:
    """The addresses of a database of that name on the same server, created when missing."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    return {
        variable: re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", getattr(settings, variable))
        for variable in ("DATABASE_URL", "OWNER_DATABASE_URL")
    }


def as_json(timings: list[Timing]) -> str:
    """The timings for the parent process."""
    return json.dumps([asdict(row) for row in timings])
