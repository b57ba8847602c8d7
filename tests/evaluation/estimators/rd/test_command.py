"""``manage.py estimate_rd``: the same numbers from every kind of file, as a table or as JSON."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from django.core.management import CommandError, call_command

from evaluation.estimators.rd import RDEstimate, RDSpec, estimate_rd

OURS = Path(__file__).parent / "data" / "alianzas_sintetico.csv"
ASKED = ("--outcome", "ventas_cop", "--score", "puntaje", "--cutoff", "70")


def run(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    call_command("estimate_rd", str(path), *ASKED, *more)
    return capsys.readouterr().out


@pytest.fixture(params=["csv", "xlsx", "dta", "sav"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    data, path = pd.read_csv(OURS), tmp_path / f"survey.{request.param}"
    writers = {
        "csv": lambda: data.to_csv(path, index=False, sep=";", decimal="."),
        "xlsx": lambda: data.to_excel(path, index=False),
        "dta": lambda: pyreadstat.write_dta(data, path),
        "sav": lambda: pyreadstat.write_sav(data, path),
    }
    writers[request.param]()
    return path


def test_every_kind_of_file_gives_the_same_numbers(file: Path, capsys: Any) -> None:
    more = ("--treatment", "participo", "--cluster", "alianza", "--covariates", "edad,mujer")
    found = json.loads(run(file, capsys, *more, "--format", "json"))
    spec = RDSpec("ventas_cop", "puntaje", 70, "participo", ("edad", "mujer"), "alianza")
    expected = estimate_rd(pd.read_csv(OURS), spec)
    assert isinstance(expected, RDEstimate)
    assert found["coef_conventional"] == pytest.approx(expected.coef_conventional, rel=1e-9)
    assert found["ci_robust"] == pytest.approx(list(expected.ci_robust), rel=1e-9)
    assert found["first_stage"]["f"] == pytest.approx(6.5, abs=0.1)


def test_the_table_has_the_layout_of_the_field(capsys: Any) -> None:
    printed = run(OURS, capsys, "--cluster", "alianza", "--h", "6,7", "--b", "9")
    assert "Sharp regression discontinuity of ventas_cop at puntaje = 70" in printed
    assert "variance cr3 by alianza" in printed
    assert [line.split() for line in printed.splitlines() if line.startswith("h ")] == [
        ["h", "6", "7"]
    ]
    assert "Robust, bias-corrected" in printed
    assert "Left out: rows, 330 without a value or a weight" in printed


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("absent.csv", None, (), "There is no file"),
        ("notes.txt", b"x", (), "only .csv, .xlsx, .dta, .sav files"),
        ("broken.dta", b"not a Stata file", (), "cannot be read"),
        ("other.csv", b"a,b\n1,2\n", (), "no column ventas_cop, puntaje"),
        ("ours.csv", OURS.read_bytes(), ("--cutoff", "500"), "No row has a score at or above it"),
        ("ours.csv", OURS.read_bytes(), ("--vce", "cr3"), "this variance needs a cluster"),
    ],
)
def test_what_cannot_be_done_is_said(
    name: str, content: bytes | None, more: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=message):
        call_command("estimate_rd", str(tmp_path / name), *ASKED, *more)
