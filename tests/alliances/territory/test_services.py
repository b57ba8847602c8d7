"""Loading the reference data: whole, once, again, changed, and refused."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from alliances.territory.models import (
    Crop,
    CropWindow,
    Department,
    ExternalShock,
    MinimumWage,
    Municipality,
    Practice,
    PriceIndex,
    SisterProgramme,
)
from alliances.territory.services import DATA, load_reference
from kit.errors import InvalidFile, RowError

FILES = [
    ("departments.csv", Department, 33),
    ("municipalities.csv", Municipality, 1122),
    ("crops.csv", Crop, 45),
    ("crop_windows.csv", CropWindow, 341),
    ("minimum_wages.csv", MinimumWage, 13),
    ("price_index.csv", PriceIndex, 14),
    ("external_shocks.csv", ExternalShock, 3),
    ("practices.csv", Practice, 14),
    ("sister_programmes.csv", SisterProgramme, 6),
]


def rows_of(filename: str, folder: Path = DATA) -> list[dict[str, str]]:
    with open(folder / filename, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rewrite(folder: Path, filename: str, before: str, after: str) -> None:
    path = folder / filename
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_every_row_of_every_file_is_loaded(no_reference: None) -> None:
    counts = load_reference()

    assert [(c.table, c.created, c.updated, c.removed, c.unchanged) for c in counts] == [
        (filename, rows, 0, 0, 0) for filename, _, rows in FILES
    ]
    assert [model.objects.count() for _, model, _ in FILES] == [rows for _, _, rows in FILES]
    assert [len(rows_of(filename)) for filename, _, _ in FILES] == [rows for _, _, rows in FILES]


def test_every_crop_window_says_what_its_row_says(reference: None) -> None:
    stored = {
        (
            *(w.crop_id, w.place, w.operation, w.starts, w.ends, w.source, w.confidence),
            *(str(w.valid_from), str(w.valid_until or "")),
        )
        for w in CropWindow.objects.with_place()
    }

    written = {tuple(row.values()) for row in rows_of("crop_windows.csv")}

    assert stored == written


def test_every_window_can_be_reckoned_with(reference: None) -> None:
    for row in CropWindow.objects.all():
        assert (str(row.window.start), str(row.window.end)) == (row.starts, row.ends)


def test_empty_cells_of_annual_crops_are_unknown_years(reference: None) -> None:
    assert Crop.objects.get(code="papa").productive_years is None
    assert Crop.objects.get(code="maracuya").productive_years == Decimal("2.5")


def test_codes_keep_their_zeros(reference: None) -> None:
    medellin = Municipality.objects.select_related("department").get(code="05001")

    assert (medellin.name, medellin.department.name) == ("Medellín", "Antioquia")


def test_both_kinds_of_region_are_kept(reference: None) -> None:
    huila = Department.objects.get(code="41")

    assert (huila.natural_region, huila.call_region) == ("Andina", "Central")


def test_a_second_load_changes_nothing(reference: None) -> None:
    before = list(CropWindow.objects.order_by("pk").values())

    counts = load_reference()

    assert [(c.created, c.updated, c.removed, c.unchanged) for c in counts] == [
        (0, 0, 0, rows) for _, _, rows in FILES
    ]
    assert list(CropWindow.objects.order_by("pk").values()) == before


def test_a_corrected_wage_is_updated(reference: None, folder: Path) -> None:
    rewrite(folder, "minimum_wages.csv", "2026,1750905", "2026,1800000")

    wages = load_reference(directory=folder)[4]

    assert (wages.created, wages.updated, wages.unchanged) == (0, 1, 12)
    assert MinimumWage.objects.get(year=2026).monthly_cop == 1_800_000


def test_a_window_that_moved_does_not_live_on(reference: None, folder: Path) -> None:
    before = "papa,Nariño,sowing,09-15,12-15"
    rewrite(folder, "crop_windows.csv", before, "papa,Nariño,sowing,09-20,12-15")

    windows = load_reference(directory=folder)[3]

    assert (windows.created, windows.removed, windows.unchanged) == (1, 1, 340)
    sowing = CropWindow.objects.filter(crop="papa", department="52", operation="sowing")
    assert sorted(sowing.values_list("starts", flat=True)) == ["03-01", "09-20"]


def test_a_municipality_that_left_the_file_stays(reference: None, folder: Path) -> None:
    line = next(r for r in rows_of("municipalities.csv") if r["code"] == "27493")
    rewrite(folder, "municipalities.csv", ",".join(line.values()) + "\n", "")

    assert load_reference(directory=folder)[1].removed == 0
    assert Municipality.objects.filter(code="27493").exists()


def mistakes_in(folder: Path) -> list[RowError]:
    with translation.override("en"), pytest.raises(InvalidFile) as caught:
        load_reference(directory=folder)
    return list(caught.value.errors)


@pytest.mark.parametrize(
    ("filename", "before", "after", "row", "column", "message"),
    [
        ("departments.csv", "05,Antioquia,Andina", "5,Antioquia,Andina", 2, "code", "Two digits."),
        (
            "departments.csv",
            "08,Atlántico,Caribe",
            "08,Atlántico,Costa",
            3,
            "natural_region",
            "Value 'Costa' is not a valid choice.",
        ),
        (
            "departments.csv",
            "08,Atlántico,",
            "05,Atlántico,",
            3,
            "code",
            "Row 2 already says this.",
        ),
        (
            "municipalities.csv",
            "05002,Abejorral,05",
            "05002,Abejorral,08",
            3,
            "code",
            "The code must begin with that of its department.",
        ),
        (
            "municipalities.csv",
            "05002,Abejorral,05",
            "05002,Abejorral,06",
            3,
            "department",
            "“06” is not in the file it refers to.",
        ),
        (
            "municipalities.csv",
            "05001,Medellín",
            "05001,",
            2,
            "name",
            "This field cannot be blank.",
        ),
        (
            "crops.csv",
            "long,20,20",
            "long,veinte,20",
            2,
            "cycle_months",
            "«veinte» is not a number: write only digits, with a comma for decimals.",
        ),
        (
            "crops.csv",
            "long,20,20",
            "long,0,20",
            2,
            "cycle_months",
            "Ensure this value is greater than or equal to 0.1.",
        ),
        (
            "crop_windows.csv",
            "cafe,Antioquia,harvest_main",
            "cafee,Antioquia,harvest_main",
            2,
            "crop",
            "“cafee” is not in the file it refers to.",
        ),
        (
            "crop_windows.csv",
            "cafe,Antioquia,harvest_main",
            "cafe,Antioquía,harvest_main",
            2,
            "place",
            "“Antioquía” is neither a department nor a natural region.",
        ),
        (
            "crop_windows.csv",
            "harvest_main,09-01,12-31",
            "harvest_main,09-01,02-30",
            2,
            "ends",
            "A day of the year as MM-DD.",
        ),
        (
            "crop_windows.csv",
            "harvest_secondary,04-01,06-30",
            "harvest_secondary,4/1,06-30",
            3,
            "starts",
            "A day of the year as MM-DD.",
        ),
        (
            "minimum_wages.csv",
            "2015,644350",
            "2015,644.350,00",
            3,
            "",
            "The row has 5 cells where there should be 4.",
        ),
        (
            "minimum_wages.csv",
            "2015,644350",
            "2014,644350",
            3,
            "year",
            "Row 2 already says this.",
        ),
        (
            "price_index.csv",
            "2012,2.44",
            "12,2.44",
            2,
            "year",
            "Ensure this value is greater than or equal to 1950.",
        ),
        (
            "price_index.csv",
            "annual_variation_pct",
            "annual",
            1,
            "annual_variation_pct",
            "This column is missing.",
        ),
        (
            "price_index.csv",
            "source,confidence",
            "source,confidence,confidence",
            1,
            "confidence",
            "This column is unknown or repeated.",
        ),
    ],
)
def test_a_malformed_file_is_refused_by_row_and_column(
    no_reference: None,
    folder: Path,
    filename: str,
    before: str,
    after: str,
    row: int,
    column: str,
    message: str,
) -> None:
    rewrite(folder, filename, before, after)

    assert RowError(filename, row, column, message) in mistakes_in(folder)
    assert not any(model.objects.exists() for _, model, _ in FILES)


def test_every_mistake_of_a_file_is_named_at_once(no_reference: None, folder: Path) -> None:
    rewrite(folder, "crops.csv", "cafe,Café,Coffee,crop", "cafe,Café,Coffee,tree")
    rewrite(folder, "crops.csv", "cacao,Cacao,Cocoa,crop,long", "cacao,,Cocoa,crop,medium")

    found = [(mistake.row, mistake.column) for mistake in mistakes_in(folder)]

    assert found == [(2, "kind"), (3, "name_es"), (3, "cycle")]


def test_a_row_number_counts_empty_rows_as_a_spreadsheet_does(
    no_reference: None, folder: Path
) -> None:
    rewrite(folder, "crops.csv", "\ncacao,Cacao,Cocoa,crop", "\n\n,,,,,,\ncacao,Cacao,Cocoa,tree")

    assert [(m.row, m.column) for m in mistakes_in(folder)] == [(5, "kind")]


def test_a_missing_file_is_named(no_reference: None, folder: Path) -> None:
    (folder / "crops.csv").unlink()

    assert mistakes_in(folder) == [RowError("crops.csv", 0, "", "The file is missing.")]


def test_a_file_without_rows_is_refused(no_reference: None, folder: Path) -> None:
    path = folder / "crops.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")

    assert mistakes_in(folder) == [RowError("crops.csv", 1, "", "There are no rows.")]


def test_a_file_in_another_encoding_is_refused_at_the_row(no_reference: None, folder: Path) -> None:
    path = folder / "crops.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))

    assert mistakes_in(folder) == [
        RowError("crops.csv", 2, "", "The file is not written in UTF-8.")
    ]


def test_an_unclosed_quote_is_refused(no_reference: None, folder: Path) -> None:
    with open(folder / "crops.csv", "a", encoding="utf-8") as file:
        file.write('"fin,')

    (mistake,) = mistakes_in(folder)

    assert (mistake.sheet, mistake.row) == ("crops.csv", 47)


def test_the_command_tells_what_it_did(
    no_reference: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with translation.override("en"):
        call_command("load_reference")
        call_command("load_reference")

    said = capsys.readouterr().out
    assert "crop_windows.csv: 341 created, 0 updated, 0 removed, 0 unchanged" in said
    assert "crop_windows.csv: 0 created, 0 updated, 0 removed, 341 unchanged" in said


def test_the_command_names_row_and_column(no_reference: None, folder: Path) -> None:
    rewrite(folder, "crops.csv", "cafe,Café,Coffee,crop", "cafe,Café,Coffee,tree")

    with translation.override("en"), pytest.raises(CommandError, match=r"row 2, column “kind”"):
        call_command("load_reference", directory=folder)
