"""Files that would harm whoever reads them, sent over HTTP to a web server as it runs: a clear
message, nothing imported, the same processes alive, and work goes on."""

import html
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import psycopg
import pytest
import requests

from tests.evaluation.runs.installation import Installation, installed
from tests.evaluation.surveys.files import spss_file, stata_file
from tests.kit.files.odd_files import archive, inline, sheet_xml, text, xlsx
from tests.paap.machine import ALL_WELL, free_port, health, wait_until

pytestmark = pytest.mark.drill
MIB = 1024 * 1024
MANY = [f"p{place}" for place in range(2000)]
ROWS = [{"documento": f"{1000 + place}", "ingreso": 1.0 + place} for place in range(50)]


def bomb() -> bytes:
    """A workbook of half a megabyte whose sheet unpacks to half a gigabyte."""
    return archive(**{"xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": bytes(512 * MIB)})


def crowd(rows: int = 1) -> bytes:
    """A workbook of 2,000 columns."""
    return xlsx(MANY, *[list(range(2000))] * rows)


#: Name, content, and a word of the refusal.
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "Stata cut short": ("e.dta", lambda: stata_file(ROWS)[:900], "not a readable Stata"),
    "Stata cut within its rows": (
        "e.dta",
        lambda: (whole := stata_file(ROWS))[: len(whole) * 3 // 4],
        "not a readable Stata",
    ),
    "SPSS cut short": ("e.sav", lambda: spss_file(ROWS)[:300], "not a readable Stata or SPSS"),
    "SPSS cut within its rows": (
        "e.sav",
        lambda: (whole := spss_file(ROWS))[: len(whole) - 200],
        "not a readable Stata or SPSS",
    ),
    "UTF-16 without its mark": ("e.csv", lambda: text().encode("utf-16-le"), "not text"),
    "a byte of Windows in UTF-8": (
        "e.csv",
        lambda: text().replace("Mejor", "Ma#ana").encode().replace(b"#", b"\xf1"),
        "letter that was lost",
    ),
    "UTF-8 read as Windows": (
        "e.csv",
        lambda: text().replace("Peor", "Ñandú".encode().decode("latin-1")).encode(),
        "it was probably «Ñandú»",
    ),
    "merged cells": (
        "e.xlsx",
        lambda: xlsx(edit=lambda book: book.active.merge_cells("B2:B3")),
        "Merged cells",
    ),
    "10 MB in a cell": ("e.csv", lambda: b"a;b\n1;" + b"x" * 10 * MIB, "far more text"),
    "10 MB in a cell of a workbook": (
        "e.xlsx",
        lambda: sheet_xml(f"<row>{inline('a')}</row><row>{inline('x' * 10 * MIB)}</row>"),
        "far more text",
    ),
    "a heading twice": ("e.csv", lambda: b"a;b;A\n1;2;3\n", "heading"),
    "a heading twice in a workbook": ("e.xlsx", lambda: xlsx(["a", "b", "a"], [1, 2, 3]), "head"),
    "a zip bomb": ("e.xlsx", bomb, "unpacks to far more"),
    "2,000 columns": ("e.csv", lambda: ";".join(MANY).encode() + b"\n", "The row has 2,000 cells"),
    "2,000 columns of a workbook": ("e.xlsx", crowd, "2000"),
    "2,000 columns of Stata": (
        "e.dta",
        lambda: stata_file([dict.fromkeys(MANY, 1)] * 2),
        "The row has 2,000 cells",
    ),
    "2,000 columns of SPSS": (
        "e.sav",
        lambda: spss_file([dict.fromkeys(MANY, 1)] * 2),
        "The row has 2,000 cells",
    ),
}


#: Files that wait beside their preview, which says what is wrong and lets nobody import them.
SHOWN: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a formula never computed": (
        "e.xlsx",
        lambda: xlsx(["documento", "ventas_cop"], [1085, "=A2*2"]),
        "never computed",
    ),
    "a formula that runs a program": (
        "e.xlsx",
        lambda: xlsx(["documento", "ventas_cop"], [1085, "=cmd|' /C calc'!A0"]),
        "never computed",
    ),
}


@dataclass
class Evaluator:
    """Somebody signed in, at the door of a wave."""

    browser: requests.Session
    door: str

    def send(self, name: str, content: bytes) -> requests.Response:
        """Choose a file and press the button."""
        self.browser.get(self.door)
        return self.browser.post(
            self.door,
            data={"csrfmiddlewaretoken": self.browser.cookies["csrftoken"]},
            files={"file": (name, io.BytesIO(content))},
            headers={"Referer": self.door, "Accept-Language": "en"},
            allow_redirects=False,
            timeout=90,
        )

    def open(self, answer: requests.Response) -> str:
        """The page that an answer leads to."""
        address = urljoin(self.door, answer.headers["Location"])
        page = self.browser.get(address, headers={"Accept-Language": "en"})
        return html.unescape(page.text)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed() as made:
        yield made


@pytest.fixture(scope="module")
def evaluator(installation: Installation) -> Iterator[Evaluator]:
    port = free_port()
    installation.group.environment["GUNICORN_CMD_ARGS"] = f"--bind=127.0.0.1:{port}"
    session, study = installation.python("-m", "tests.evaluation.runs.scene", "visitor").split()
    for service in ("web", "worker", "beat"):
        installation.group.start(service)
    wait_until(lambda: health(port) == ALL_WELL, seconds=60)
    browser = requests.Session()
    browser.cookies.set("sessionid", session)
    wave = asked(installation, f"SELECT wave_id FROM evaluation_study WHERE id = {study}")
    code = asked(installation, f"SELECT code FROM evaluation_wave WHERE id = {wave}")
    yield Evaluator(browser, f"http://127.0.0.1:{port}/evaluacion/olas/{code}/importar/")
    installation.group.stop()


def asked(installation: Installation, query: str) -> object:
    with psycopg.connect(installation.database_url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row
    return row[0]


def stored(installation: Installation) -> tuple[object, object]:
    return (
        asked(installation, "SELECT count(*) FROM evaluation_surveyimport"),
        asked(installation, "SELECT count(*) FROM evaluation_response"),
    )


def processes(installation: Installation, service: str) -> list[int]:
    """The children of a service: those of the web read files in children of their own."""
    parent = installation.group.running[service].process.pid
    return sorted(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))


def test_hostile_files_are_refused_and_nothing_dies(
    installation: Installation, evaluator: Evaluator
) -> None:
    before, alive = stored(installation), processes(installation, "web")

    answers = {
        kind: evaluator.send(name, build()) for kind, (name, build, _says) in HOSTILE.items()
    }

    assert {kind: answer.status_code for kind, answer in answers.items()} == dict.fromkeys(
        HOSTILE, 422
    )
    unclear = [
        (kind, re.findall(r'(?s)class="[^"]*error.{0,400}', html.unescape(answer.text))[:1])
        for kind, answer in answers.items()
        if HOSTILE[kind][2] not in html.unescape(answer.text)
    ]
    assert unclear == []
    assert stored(installation) == before
    for kind, (name, build, says) in SHOWN.items():
        preview = evaluator.open(evaluator.send(name, build()))
        assert says in preview, kind
        assert "/confirmar/" not in preview, kind
    assert asked(installation, "SELECT count(*) FROM evaluation_response") == before[1]
    assert processes(installation, "web") == alive
    taken = evaluator.send("e.csv", b"documento;ventas_cop\n1085;5\n")
    assert taken.status_code == 302, taken.text[:500]
    run = installation.launch("impact")
    row = installation.wait(run, lambda row: row["status"] not in ("queued", "running"))
    assert row["status"] == "succeeded"
