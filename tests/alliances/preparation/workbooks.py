"""Workbooks in the shape of the ministry's forms, good and broken, for the import's tests.

``national_workbook`` takes municipalities and crops of the reference files and amounts within
the caps of the 2020 call (COP 5 M per family, 284 minimum wages of assets) and of 2023/24
(COP 7 M, 60 families).
"""

import csv
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from stdnum.co import nit

from alliances.preparation.workbook.columns import (
    CSV_COLUMNS,
    PRODUCER_COLUMNS,
    PRODUCERS_SHEET,
    PROFILE_COLUMNS,
    PROFILES_SHEET,
)

DATA = Path(__file__).parents[3] / "alliances" / "territory" / "data"
CAPS_2020, CAPS_2023 = 5_000_000, 7_000_000


def make_nit(number: int) -> str:
    """A tax number with its right check digit, as forms write it."""
    return f"{number}-{nit.calc_check_digit(str(number))}"


def profile_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A good row of «Perfiles», by key of column."""
    row = {
        "code": f"P{number:02d}",
        "name": f"Papa de los Pastos {number}",
        "organisation": f"Asociación Los Pastos {number}",
        "nit": make_nit(900_100_000 + number),
        "founded_on": date(2017, 3, 9),
        "municipality_code": "52001",
        "department": "Nariño",
        "municipality": "Pasto",
        "crop": "Papa",
        "ally": f"Compradora del Sur {number} S.A.S.",
        "ally_nit": make_nit(901_100_000 + number),
        "route": "Intermedia",
        "total_value_cop": 700_000_000,
        "incentive_cop": 210_000_000,
    }
    return row | changes


def producer_row(number: int = 1, profile: str = "P01", **changes: Any) -> dict[str, Any]:
    """A good row of «Productores», by key of column."""
    row = {
        "code": profile,
        "document_kind": "CC",
        "document_number": str(27_000_000 + number),
        "given_names": "María Inés",
        "surnames": f"Chaves Erazo {number}",
        "sex": "Femenino",
        "born_on": date(1983, 5, 17),
        "phone": str(3_100_000_000 + number),
        "household_key": f"H{number:05d}",
        "farm_name": "El Mirador",
        "tenure": "Propietario",
        "farm_area_ha": 2.5,
        "project_area_ha": 1.0,
        "experience_years": 8,
        "monthly_income_cop": 900_000,
        "agricultural_income_share": 85,
        "assets_cop": 40_000_000,
        "literate": "Sí",
        "is_member": "Sí",
        "had_earlier_support": "No",
        "special_group": "Ninguno",
        "consented_on": date(2026, 2, 1),
    }
    return row | changes


@dataclass
class Book:
    """Rows to be written as a file; change them before asking for its bytes."""

    profiles: list[dict[str, Any]] = field(default_factory=lambda: [profile_row()])
    producers: list[dict[str, Any]] = field(
        default_factory=lambda: [producer_row(number) for number in (1, 2, 3)]
    )

    def workbook(self) -> Workbook:
        """An openpyxl workbook, for what must be broken cell by cell."""
        workbook = Workbook()
        workbook.remove(workbook.active)
        _write(workbook.create_sheet(PROFILES_SHEET), PROFILE_COLUMNS, self.profiles)
        _write(workbook.create_sheet(PRODUCERS_SHEET), PRODUCER_COLUMNS, self.producers)
        return workbook

    def xlsx(self) -> bytes:
        return saved(self.workbook())

    def csv(self, delimiter: str = ";", encoding: str = "utf-8-sig") -> bytes:
        """One table; the profile's columns are written on its first row only."""
        lines = [[column.heading for column in CSV_COLUMNS]]
        profiles = {row["code"]: row for row in self.profiles}
        seen: set[str] = set()
        for row in self.producers:
            code = row["code"]
            whole = row if code in seen else profiles[code] | row
            seen.add(code)
            lines.append([_text(whole.get(column.key)) for column in CSV_COLUMNS])
        return _delimited(lines, delimiter).encode(encoding)


def saved(workbook: Workbook) -> bytes:
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _write(sheet: Any, columns: Sequence[Any], rows: list[dict[str, Any]]) -> None:
    sheet.append([column.heading for column in columns])
    for row in rows:
        sheet.append([row.get(column.key) for column in columns])


def _text(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return "" if value is None else str(value)


def _delimited(lines: list[list[str]], delimiter: str) -> str:
    from io import StringIO

    target = StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(lines)
    return target.getvalue()


# -- The whole country ---------------------------------------------------------------------------
def national_workbook(profiles: int = 50, producers: int = 40) -> Book:
    """Profiles over real municipalities and crops, half by the caps of each call."""
    places = _spread(_read("municipalities.csv"), profiles)
    departments = {row["code"]: row["name"] for row in _read("departments.csv")}
    crops = [row["name_es"] for row in _read("crops.csv")]
    book = Book([], [])
    for number, place in enumerate(places, start=1):
        each = CAPS_2020 if number % 2 else CAPS_2023
        incentive = each * producers
        book.profiles.append(
            profile_row(
                number,
                name=f"{crops[number % len(crops)]} de {place['name']}",
                municipality_code=place["code"],
                department=departments[place["department"]],
                municipality=place["name"],
                crop=crops[number % len(crops)],
                incentive_cop=incentive,
                total_value_cop=int(incentive / Decimal("0.4")),
                route=("Básica", "Intermedia", "Competitividad")[number % 3],
            )
        )
        book.producers.extend(
            _producer(number, each_one, producers) for each_one in range(1, producers + 1)
        )
    return book


def _producer(profile: int, number: int, size: int) -> dict[str, Any]:
    serial = (profile - 1) * size + number
    return producer_row(
        serial,
        f"P{profile:02d}",
        sex=("Femenino", "Masculino")[serial % 2],
        born_on=date(1962 + serial % 40, 1 + serial % 12, 1 + serial % 28),
        farm_area_ha=round(0.5 + serial % 30 / 10, 1),
        project_area_ha=0.5,
        experience_years=3 + serial % 15,
        monthly_income_cop=500_000 + 1_000 * (serial % 300),
        agricultural_income_share=75 + serial % 26,
        assets_cop=10_000_000 + 10_000 * (serial % 900),
        special_group=("Ninguno", "Indígena", "Víctima", "Afro")[serial % 4],
        tenure=("Propietario", "Posesión", "Arriendo")[serial % 3],
    )


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _spread(rows: list[dict[str, str]], count: int) -> list[dict[str, str]]:
    """``count`` rows from end to end of the list."""
    return [deepcopy(rows[index * (len(rows) - 1) // max(count - 1, 1)]) for index in range(count)]
