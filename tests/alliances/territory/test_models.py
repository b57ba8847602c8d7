"""What the database refuses whoever asks, a shell included."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from alliances.territory.models import (
    Crop,
    CropWindow,
    Department,
    MinimumWage,
    Municipality,
    PriceIndex,
)


@pytest.mark.parametrize(
    ("model", "row", "values", "constraint"),
    [
        (Department, "05", {"natural_region": "Costa"}, "department_natural_region"),
        (Department, "05", {"agro_region": "Costa"}, "department_agro_region"),
        (Department, "05", {"name": "Boyacá"}, "department_name_unique"),
        (Department, "05", {"iso_code": "CO-BOY"}, "department_iso_code_unique"),
        (Municipality, "05001", {"department_id": "08"}, "municipality_code_of_department"),
        (Municipality, "05001", {"kind": "city"}, "municipality_kind"),
        (Municipality, "05001", {"agro_region": "Costa"}, "municipality_agro_region"),
        (Crop, "papa", {"kind": "tuber"}, "crop_kind"),
        (Crop, "papa", {"cycle": "medio"}, "crop_cycle"),
        (Crop, "papa", {"cycle_months": 0}, "crop_cycle_months_positive"),
        (Crop, "papa", {"productive_years": 0}, "crop_productive_years_positive"),
        (Crop, "papa", {"name_es": "Café"}, "crop_name_es_unique"),
        (MinimumWage, 2026, {"monthly_cop": 0}, "minimumwage_positive"),
        (MinimumWage, 2026, {"confidence": "sure"}, "minimumwage_confidence"),
        (PriceIndex, 2025, {"annual_variation_pct": -100}, "priceindex_above_minus_100"),
        (PriceIndex, 2025, {"confidence": ""}, "priceindex_confidence"),
    ],
)
def test_a_wrong_row_is_refused(
    reference: None, model: Any, row: Any, values: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=f"alliances_{constraint}"), transaction.atomic():
        model.objects.filter(pk=row).update(**values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"natural_region": "Andina"}, "one_place"),
        ({"department_id": None}, "one_place"),
        ({"department_id": None, "natural_region": "Costa"}, "one_place"),
        ({"operation": "weeding"}, "operation"),
        ({"starts": "02-30"}, "days"),
        ({"ends": "9-15"}, "days"),
        ({"confidence": "sure"}, "confidence"),
        ({"valid_until": "2001-12-31"}, "dates"),
    ],
)
def test_a_wrong_window_is_refused(
    reference: None, values: dict[str, Any], constraint: str
) -> None:
    window = CropWindow.objects.filter(crop="papa", department="52", starts="09-15")

    with (
        pytest.raises(IntegrityError, match=f"alliances_cropwindow_{constraint}"),
        transaction.atomic(),
    ):
        window.update(**values)


def test_the_same_window_twice_is_refused(reference: None) -> None:
    regional = CropWindow.objects.filter(crop="papa", natural_region="Andina").first()
    assert regional is not None
    regional.pk = None

    with (
        pytest.raises(IntegrityError, match="alliances_cropwindow_unique"),
        transaction.atomic(),
    ):
        regional.save()


@pytest.mark.parametrize("code", ["5", "AB"])
def test_a_department_code_has_two_digits(db: None, code: str) -> None:
    department = Department(
        code=code, name="Prueba", natural_region="Andina", call_region="Central", iso_code="CO-X"
    )

    with (
        pytest.raises(IntegrityError, match="alliances_department_code"),
        transaction.atomic(),
    ):
        department.save(force_insert=True)


def test_a_year_out_of_reason_is_refused(db: None) -> None:
    wage = MinimumWage(year=26, monthly_cop=1, source="x", confidence="low")

    with (
        pytest.raises(IntegrityError, match="alliances_minimumwage_year"),
        transaction.atomic(),
    ):
        wage.save(force_insert=True)
