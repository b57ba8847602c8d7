"""Every state has one tone, told in one table, and whoever shows the state reads it there."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from typing import Any

import pytest

from alliances.calls.rules import TONES as ANSWER_TONES
from alliances.calls.rules import State
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Status
from evaluation.runs.impact.checking import _WORST
from evaluation.runs.impact.words import status_word
from evaluation.runs.models import Run
from evaluation.runs.table import RunStatus
from evaluation.surveys.models import SurveyImport
from evaluation.surveys.table import ImportStatus
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.table import RequestStatus
from fiduciary.timing.clock import SlackState
from fiduciary.trust.models import ContributionState
from kit.process import Process
from kit.tones import Tone
from tests.sources import ROOT, modules, tree_of, trees

TONES = {str(tone) for tone in Tone}


def processes() -> list[Process[Any, Any]]:
    """Every process of the application, from its ``table.py``."""
    tables = (path for path in modules() if path.name == "table.py")
    rooms = (import_module(".".join(path.with_suffix("").parts)) for path in tables)
    return [room.PROCESS for room in rooms if hasattr(room, "PROCESS")]


def test_the_four_processes_are_found() -> None:
    assert {process.statuses for process in processes()} == {
        Status,
        RequestStatus,
        RunStatus,
        ImportStatus,
    }


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.noun)
def test_every_status_has_one_tone(process: Process[Any, Any]) -> None:
    """An end is done, failed or given up; only what is still open may ask for a look."""
    for status in process.statuses:
        assert isinstance(status.tone, Tone), status
        if status in process.final:
            assert status.tone in (Tone.GOOD, Tone.LATE, Tone.NONE, Tone.PLAIN), status


@pytest.mark.parametrize("states", [SlackState, ContributionState])
def test_every_state_that_is_read_has_one_tone(states: type[Enum]) -> None:
    assert all(isinstance(state.tone, Tone) for state in states)  # type: ignore[attr-defined]
    assert set(ANSWER_TONES) == set(State)


def test_every_outcome_of_a_check_has_one_tone() -> None:
    assert {status: status_word(status, is_active=False)[0] for status in _WORST} == {
        "failed": Tone.LATE,
        "look": Tone.ATTENTION,
        "pending": Tone.NONE,
        "absent": Tone.NONE,
        "passed": Tone.GOOD,
    }
    assert status_word("pending", is_active=True)[0] == Tone.INFO


@pytest.mark.parametrize(
    ("model", "statuses"),
    [
        (Alliance, Status),
        (DisbursementRequest, RequestStatus),
        (Run, RunStatus),
        (SurveyImport, ImportStatus),
    ],
)
def test_a_row_has_the_tone_of_its_status(model: type[Any], statuses: type[Any]) -> None:
    """What home, lists and pages ask a row for is what the table says, text from the database."""
    assert {status: model(status=status.value).status_tone for status in statuses} == {
        status: status.tone for status in statuses
    }


def test_a_request_has_the_tone_of_its_slack() -> None:
    for state in SlackState:
        assert DisbursementRequest(slack_state=state.value).slack_tone == state.tone


# -- Nobody tells it a second time -----------------------------------------------------------------
def test_a_tone_is_a_tone_and_no_text() -> None:
    """Fields, properties and arguments called ``tone``, and what they are given."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.AnnAssign)
            and ast.unparse(node.target) == "tone"
            and ast.unparse(node.annotation) != "Tone"
        )
        or (
            isinstance(node, ast.FunctionDef)
            and (node.name == "tone" or node.name.endswith("_tone"))
            and ast.unparse(node.returns or node) != "Tone"
        )
        or (
            isinstance(node, ast.keyword)
            and node.arg == "tone"
            and any(
                isinstance(part, ast.Constant) and part.value in TONES
                for part in ast.walk(node.value)
            )
        )
    ]
    assert not wrong


def test_no_template_chooses_the_tone_of_a_status() -> None:
    chosen = re.compile(r"""\{% (?:el)?if [^%]*status == [^%]*%\}\{% include [^%]*tone=["']""")
    templates = (ROOT / "templates").rglob("*.html")
    assert not [str(path) for path in templates if chosen.search(path.read_text())]


def test_home_reads_the_tones_of_the_tables() -> None:
    """A home module names the tones of what has no state: of states and days it asks them."""
    homes = {path: ast.unparse(tree_of(path)) for path in modules() if path.name == "home.py"}
    assert {str(path.parent) for path in homes} == {
        "alliances/field",
        "alliances/lifecycle",
        "alliances/preparation",
        "alliances/selection",
        "alliances/trade",
        "evaluation/runs",
        "fiduciary/disbursements",
        "fiduciary/programme",
        "paap",
    }
    for path, text in homes.items():
        assert not re.search(r"Tone\.(LATE|INFO|PLAIN)|Tone\.\w+ if ", text), path


#: Words by which a sentence says that something is missing.
LACK = re.compile(r"\b(no|not|nobody|never|without|lacks?|missing)\b", re.I)
_GOOD = re.compile(r"""(?:tone_icon |chip |tone=|tone-)["']?good\b""")
_LOGIC = re.compile(r"\{% (?:if|elif|for|with|include|load)[^%]*%\}")


def good_words(tree: ast.Module) -> Iterator[str]:
    """Texts that stand in one call or tuple with the good tone."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Tuple):
            parts = node.elts
        if any(ast.unparse(part) == "Tone.GOOD" for part in parts):
            yield from (
                text.value
                for part in parts
                for text in ast.walk(part)
                if isinstance(text, ast.Constant) and isinstance(text.value, str)
            )


def test_nothing_good_is_said_in_words_of_lack() -> None:
    said_good = [
        (str(path), text)
        for path, tree in trees()
        for text in good_words(tree)
        if " " in text or text[:1].isupper()
    ]
    assert len(said_good) > 5
    # «No objection» is the name of an approval.
    assert not [row for row in said_good if LACK.search(row[1].replace("No objection", ""))]


def test_words_of_lack_beside_good_are_seen() -> None:
    tree = ast.parse('Point(_("Ally"), Tone.GOOD, _("There is no commercial ally."))')
    assert any(LACK.search(text) for text in good_words(tree))


def test_no_template_paints_words_of_lack_as_good() -> None:
    painted = [
        (path.name, text[mark.end() :][:200].split("</")[0].split("{% el")[0])
        for path in (ROOT / "templates").rglob("*.html")
        for text in [_LOGIC.sub("", path.read_text())]
        for mark in _GOOD.finditer(text)
    ]
    assert len(painted) > 5
    assert not [row for row in painted if LACK.search(row[1])]
