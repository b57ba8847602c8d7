"""The contracts of the imports guard: each is broken once, in a copy, and refuses."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
APPS = ("bench", "demo", "paap", "alliances", "fiduciary", "evaluation", "kit")
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
]
#: A line that a tired colleague might write, where, and the contract that it breaks.
VIOLATIONS = [
    ("alliances/calls/rules.py", "import fiduciary.models", "bench and demo"),
    ("kit/amounts.py", "import alliances.models", "bench and demo"),
    ("kit/files/text.py", "import evaluation.models", "bench and demo"),
    ("paap/home.py", "import demo.portfolio", "bench and demo"),
    ("evaluation/runs/models.py", "import bench.pages", "bench and demo"),
    ("demo/registers/ledger.py", "import demo.world", "The floors of demo"),
    ("alliances/people/models.py", "import alliances.calls.models", "The floors of alliances"),
    ("fiduciary/ledger/models.py", "import fiduciary.trust.models", "The floors of fiduciary"),
    ("evaluation/surveys/views.py", "import evaluation.runs.models", "The floors of evaluation"),
    ("alliances/calls/rules.py", "import alliances.calls.models", "Pure modules"),
    ("fiduciary/fund/rules.py", "from fiduciary.fund.models import FundRules", "Pure modules"),
    ("evaluation/estimators/rd/spec.py", "import evaluation.surveys.models", "Pure modules"),
    ("alliances/people/models.py", "import alliances.people.selectors", "Models know"),
    ("alliances/people/selectors.py", "import alliances.people.services", "Reads change nothing"),
    ("fiduciary/trust/services.py", "import fiduciary.trust.views", "Services know no request"),
    ("evaluation/runs/services/requests.py", "import evaluation.runs.tasks", "Services know"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of every app, to be spoilt."""
    folder = tmp_path_factory.mktemp("copy")
    for app in APPS:
        shutil.copytree(ROOT / app, folder / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken_in(folder: Path) -> list[str]:
    """The contracts that do not hold there."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    found = [line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")]
    assert bool(found) == bool(done.returncode), done.stdout + done.stderr
    return found


def test_the_tree_as_it_is_breaks_none(copy: Path) -> None:
    assert broken_in(copy) == []


@pytest.mark.parametrize(("path", "line", "contract"), VIOLATIONS)
def test_a_forbidden_import_is_refused(copy: Path, path: str, line: str, contract: str) -> None:
    spoilt = copy / path
    sound = spoilt.read_text(encoding="utf-8")
    spoilt.write_text(f"{sound}\n{line}\n", encoding="utf-8")
    try:
        assert any(name.startswith(contract) for name in broken_in(copy))
    finally:
        spoilt.write_text(sound, encoding="utf-8")


def test_every_contract_is_broken_once() -> None:
    tried = {contract for _path, _line, contract in VIOLATIONS}
    assert all(any(name.startswith(start) for start in tried) for name in CONTRACTS)
