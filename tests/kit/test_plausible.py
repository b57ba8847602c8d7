"""What no day and no figure of the programme can be is refused by every form and by the files."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from alliances.preparation.forms import ManagerForm, ProducerForm
from alliances.preparation.workbook.columns import CSV_COLUMNS
from alliances.trade.forms import AgreementForm, ProduceDeliveryForm, PromiseForm
from fiduciary.fund.forms import RulesForm
from kit.cells import Unreadable
from tests.test_forms import form_classes

#: Days that lie before the programme, with one too early: of a life, and of a body older than it.
TOO_EARLY = dict.fromkeys(("born_on", "issued_on", "member_since"), "1890-01-01")
TOO_EARLY |= {"founded_on": "1800-01-01"}
#: Its rules judge days and wages together, so that all is told in one wave.
BY_RULES = {"CallForm"}

FIGURES = [
    (AgreementForm, "price_floor_cop", "1.000.000.000", "1.850"),
    (AgreementForm, "price_ceiling_cop", "1.000.000.000", "2.100"),
    (AgreementForm, "quantity_kg_per_month", "900.000.000", "9.000.000"),
    (ProduceDeliveryForm, "price_cop", "1.000.000.000", "1.850"),
    (ProduceDeliveryForm, "delivered_kg", "900.000.000", "900"),
    (PromiseForm, "promised_kg", "900.000.000", "900"),
    (ManagerForm, "monthly_fee_cop", "1.750.905.000", "1.750.905"),
    (ProducerForm, "monthly_income_cop", "900.000.000", "900.000"),
    (ProducerForm, "assets_cop", "40.000.000.000", "40.000.000"),
    (ProducerForm, "farm_area_ha", "10000", "2,5"),
    (RulesForm, "monthly_interest_pct", "60", "1,5"),
]


@pytest.mark.parametrize(("form", "name", "wrong", "right"), FIGURES)
def test_a_slip_of_the_finger_is_refused(
    form: type[forms.BaseForm], name: str, wrong: str, right: str
) -> None:
    field = form.base_fields[name]
    field.clean(right)
    with pytest.raises(ValidationError):
        field.clean(wrong)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("monthly_income_cop", Decimal(900_000_000)),
        ("assets_cop", Decimal(40_000_000_000)),
        ("farm_area_ha", Decimal(10_000)),
    ],
)
def test_a_file_asks_the_same(name: str, wrong: Decimal) -> None:
    (column,) = (column for column in CSV_COLUMNS if column.key == name)
    with pytest.raises(Unreadable):
        column.parse(wrong)


@pytest.mark.parametrize("form", form_classes(), ids=lambda form: form.__name__)
def test_no_form_takes_a_day_of_another_time(form: type[forms.BaseForm]) -> None:
    for name, field in form.base_fields.items():
        if isinstance(field, forms.DateField) and form.__name__ not in BY_RULES:
            with pytest.raises(ValidationError):
                field.clean("2999-01-01")
            with pytest.raises(ValidationError):
                field.clean(TOO_EARLY.get(name, "1990-01-15"))
