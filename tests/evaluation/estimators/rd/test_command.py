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
    assert "Left out: rows, 330 without a value or a weight: ventas_cop 330" in printed


def test_with_a_weak_first_stage_its_set_comes_first(capsys: Any) -> None:
    printed = run(OURS, capsys, "--treatment", "participo", "--cluster", "alianza")
    assert printed.index("Anderson-Rubin 95 % set: up to ") < printed.index("Robust 95 % interval")
    assert "First-stage F: 6.52" in printed


def test_a_file_as_spanish_spreadsheets_write_it(tmp_path: Path, capsys: Any) -> None:
    data, path = pd.read_csv(OURS).rename(columns={"alianza": "organización"}), tmp_path / "e.csv"
    data.to_csv(path, index=False, sep=";", decimal=",", encoding="cp1252")
    found = json.loads(
        run(path, capsys, "--cluster", "organización", "--decimal", ",", "--format", "json")
    )
    expected = json.loads(run(OURS, capsys, "--cluster", "alianza", "--format", "json"))
    assert found["ci_robust"] == pytest.approx(expected["ci_robust"], rel=1e-12)
    assert (
        json.loads(run(path, capsys, "--cluster", "organización", "--format", "json")) == found
    )  # its cells show the mark
    with pytest.raises(CommandError, match="«78,8» cannot be read with the decimal point"):
        run(path, capsys, "--decimal", ".")


def test_scores_may_be_taken_as_stored_and_the_table_says_how_they_were_read(
    tmp_path: Path, capsys: Any
) -> None:
    data, path = pd.read_csv(OURS), tmp_path / "survey.dta"
    data["puntaje"] = data["puntaje"].astype("float32")
    data.to_stata(path, write_index=False)
    assert "Scores read with 1 decimal\n" in run(path, capsys)
    assert "Scores taken as stored" in run(path, capsys, "--decimals", "as_stored")
    assert "Scores read with 0 decimals\n" in run(path, capsys, "--decimals", "0")
    with pytest.raises(CommandError, match="decimals are a whole number"):
        run(path, capsys, "--decimals", "all")


def test_codes_of_a_column_are_mapped(tmp_path: Path, capsys: Any) -> None:
    data, path = pd.read_csv(OURS), tmp_path / "dane.csv"
    data["participo"] = data["participo"].map({1: 1, 0: 2})
    data.to_csv(path, index=False)
    more = ("--treatment", "participo", "--cluster", "alianza", "--format", "json")
    expected = json.loads(run(OURS, capsys, *more))
    found = json.loads(run(path, capsys, *more, "--codes", "participo: 1=1, 2=0, 9="))
    assert found == expected
    unmapped = json.loads(run(path, capsys, *more))
    assert unmapped["coef_conventional"] == pytest.approx(-expected["coef_conventional"])
    assert "the treatment participo is not 0 or 1 but 1, 2" in unmapped["warnings"][0]


@pytest.mark.parametrize("codes", ["participo", "participo: 1", "participo: 1=yes", ": =1"])
def test_codes_without_meaning_are_refused(codes: str) -> None:
    with pytest.raises((CommandError, ValueError)):
        call_command("estimate_rd", str(OURS), *ASKED, "--codes", codes)


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("mark", "encoding", "above"),
    [
        ("|", "utf-8", ""),
        ("\t", "utf-16", ""),
        (",", "utf-16", ""),
        (";", "cp1252", "Encuesta de productores 2021\n\n"),
        (";", "utf-8-sig", "sep=;\n"),
        ("|", "utf-16", "Programa de Apoyo a Alianzas\nCorte: 2021\n"),
    ],
)
def test_text_is_read_however_it_was_saved(
    mark: str, encoding: str, above: str, tmp_path: Path, capsys: Any
) -> None:
    table = pd.read_csv(OURS).assign(municipio="Nariño").to_csv(index=False, sep=mark)
    path = written(tmp_path / "encuesta.csv", above + table, encoding)
    more = ("--cluster", "alianza", "--format", "json")
    assert json.loads(run(path, capsys, *more)) == json.loads(run(OURS, capsys, *more))


def test_a_sheet_may_be_chosen_and_the_columns_listed(tmp_path: Path, capsys: Any) -> None:
    data, path = pd.read_csv(OURS), tmp_path / "libro.xlsx"
    with pd.ExcelWriter(path) as book:
        data.head(300).to_excel(book, sheet_name="Piloto", index=False)
        data.to_excel(book, sheet_name="Final", index=False)
    assert "Left out: rows" in run(path, capsys, "--sheet", "Final")
    call_command("estimate_rd", str(path), "--columns", "--sheet", "Piloto")
    listed = capsys.readouterr().out
    assert listed.startswith(f"Sheet Piloto: 300 rows, {len(data.columns)} columns")
    assert "Other sheets (--sheet): Final" in listed
    assert "participo" in listed
    assert "2 different: " in listed


def test_labels_of_codes_are_listed(tmp_path: Path, capsys: Any) -> None:
    data, path = pd.read_csv(OURS)[["puntaje", "participo"]], tmp_path / "encuesta.sav"
    labels = {"participo": {1: "Sí", 0: "No participó"}}
    pyreadstat.write_sav(data, path, variable_value_labels=labels)
    call_command("estimate_rd", str(path), "--columns")
    assert "0 = No participó" in capsys.readouterr().out


def test_what_is_no_number_is_named_with_its_row(tmp_path: Path) -> None:
    lines = OURS.read_text().splitlines()
    place = lines[0].split(",").index("ventas_cop")
    for row, value in ((4, "mil"), (9, "#¡DIV/0!")):
        cells = lines[row].split(",")
        cells[place] = value
        lines[row] = ",".join(cells)
    path = written(tmp_path / "e.csv", "\n".join(lines))
    with pytest.raises(CommandError) as refused:
        call_command("estimate_rd", str(path), *ASKED)
    assert "row 10, ventas_cop" in str(refused.value)
    path.write_text(path.read_text().replace("#¡DIV/0!", "1"))
    with pytest.raises(CommandError, match="row 5, ventas_cop: «mil» is not a number"):
        call_command("estimate_rd", str(path), *ASKED)


def test_several_cut_offs_are_pooled_and_shown_with_their_weights(
    tmp_path: Path, capsys: Any
) -> None:
    data, path = pd.read_csv(OURS), tmp_path / "calls.csv"
    data["convocatoria"] = [str(2019 + code % 2) for code in pd.factorize(data["alianza"])[0]]
    data["corte"] = data["convocatoria"].map({"2019": 70.0, "2020": 68.5})
    data.to_csv(path, index=False)
    more = ("--by", "convocatoria", "--cutoffs", "corte", "--cluster", "alianza")
    printed = run(path, capsys, *more)
    assert "Average of the robust estimates by weight" in printed
    assert [line.split()[:2] for line in printed.splitlines() if line.startswith("20")] == [
        ["2019", "70"],
        ["2020", "68.5"],
    ]
    found = json.loads(run(path, capsys, *more, "--format", "json"))
    assert sum(point["weight"] for point in found["by_cutoff"]) == pytest.approx(1)
    with pytest.raises(CommandError, match="Say --by"):
        run(path, capsys, "--cutoffs", "corte")


def test_few_scores_leave_an_honest_interval(tmp_path: Path, capsys: Any) -> None:
    data, path = pd.read_csv(OURS), tmp_path / "few.csv"
    data["puntaje"] = (data["puntaje"].clip(55, 84) // 10) * 10
    data.to_csv(path, index=False)
    with pytest.raises(CommandError, match="few_scores"):
        run(path, capsys)
    data["puntaje"] = (pd.read_csv(OURS)["puntaje"].clip(56, 80) // 5) * 5
    data.to_csv(path, index=False)
    with pytest.raises(CommandError, match=r"Honest interval of the jump .* by a rule of thumb"):
        run(path, capsys, "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["instead"]["distinct_scores"] == [3, 3]
    with pytest.raises(CommandError, match=r"Sides as if drawn by lot: .* above the cut-off"):
        run(path, capsys, "--cluster", "alianza")
    assert 0 < found["by_lot"]["pv"] <= 1


def test_a_file_asks_for_its_columns() -> None:
    with pytest.raises(CommandError, match="--columns lists"):
        call_command("estimate_rd", str(OURS))
    with pytest.raises(CommandError, match=r"no column sales. It has: .*ventas_cop"):
        call_command("estimate_rd", str(OURS), "--outcome", "sales", "--score", "puntaje")


def test_why_there_is_no_estimate_is_json_too(capsys: Any) -> None:
    with pytest.raises(CommandError, match="one_side"):
        run(OURS, capsys, "--cutoff", "500", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["reason"] == "one_side"


def test_three_bandwidths_are_refused() -> None:
    with pytest.raises(CommandError, match="one number, or left,right"):
        call_command("estimate_rd", str(OURS), *ASKED, "--h", "6,7,8")


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("absent.csv", None, (), "There is no file"),
        ("notes.pdf", b"x", (), "only .csv, .txt, .tsv, .xlsx"),
        ("broken.dta", b"not a Stata file", (), "cannot be read"),
        ("other.csv", b"a,b\n1,2\n", (), "no column puntaje, ventas_cop. It has: a, b"),
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
