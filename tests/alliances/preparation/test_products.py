"""Products by their days: offered to new profiles between them, and kept by those that have one."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from alliances.lifecycle.models import Alliance
from alliances.models import Crop
from alliances.preparation.plan import plan_import
from alliances.preparation.services import update_profile
from alliances.preparation.workbook.reading import read_contents
from tests.alliances.preparation.conftest import client_of
from tests.alliances.preparation.test_corrections import planned, saved, workbook_of, write
from tests.alliances.preparation.test_services import fields_of, new_profile
from tests.alliances.preparation.workbooks import Book, producer_row, profile_row
from tests.factories.alliances import AT, Cast, make_crop

pytestmark = pytest.mark.django_db
TODAY, YESTERDAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3)


@pytest.fixture
def ended(cast: Cast) -> Crop:
    """The product of the cast's draft, whose last day was yesterday."""
    crop: Crop = cast.alliance.crop
    crop.valid_until = YESTERDAY
    crop.save()
    return crop


@pytest.mark.parametrize(
    ("first", "last", "is_offered"),
    [
        (date(2002, 1, 1), None, True),
        (TODAY, TODAY, True),
        (TOMORROW, None, False),
        (date(2002, 1, 1), YESTERDAY, False),
    ],
)
def test_a_new_profile_brings_what_is_offered_that_day(
    cast: Cast, first: date, last: date | None, is_offered: bool
) -> None:
    quinoa = make_crop("Quinua", name_en="Quinoa", valid_from=first, valid_until=last)
    if is_offered:
        assert new_profile(cast["ogr"], cast, crop=quinoa).crop == quinoa
        return
    with pytest.raises(ValidationError) as refusal:
        new_profile(cast["ogr"], cast, crop=quinoa)
    assert list(refusal.value.message_dict) == ["crop"]


def test_a_profile_keeps_its_product_and_takes_no_other_that_ended(cast: Cast, ended: Crop) -> None:
    other = make_crop("Quinua", name_en="Quinoa", valid_until=YESTERDAY)
    renamed = update_profile(
        alliance=cast.alliance,
        fields=fields_of(cast.alliance, name="Papa nativa"),
        acting=cast["ogr"],
        at=AT,
    )
    assert (renamed.name, renamed.crop) == ("Papa nativa", ended)
    with pytest.raises(ValidationError) as refusal:
        update_profile(
            alliance=cast.alliance,
            fields=fields_of(cast.alliance, crop=other),
            acting=cast["ogr"],
            at=AT,
        )
    assert list(refusal.value.message_dict) == ["crop"]


def test_the_same_key_answers_what_it_did_though_the_product_ended_since(cast: Cast) -> None:
    key = uuid4()
    given = {"key": key, "organisation": cast.alliance.organisation, "crop": make_crop("Lulo")}
    first = new_profile(cast["ogr"], cast, **given)
    Crop.objects.filter(name_es="Lulo").update(valid_until=YESTERDAY)
    assert new_profile(cast["ogr"], cast, **given) == first


def test_forms_offer_the_products_of_the_day_and_ones_own(
    cast: Cast, ended: Crop, today: Any
) -> None:
    make_crop("Lulo", name_en="Naranjilla")
    client = client_of(cast["ogr"])
    new = client.get(reverse("alliances:profile-create")).context["form"]
    assert [crop.name_es for crop in new.fields["crop"].queryset] == ["Lulo"]
    edit = client.get(reverse("alliances:profile-edit", args=[cast.alliance.code]))
    assert [crop.name_es for crop in edit.context["form"].fields["crop"].queryset] == [
        "Lulo",
        "Papa",
    ]


def test_the_workbook_to_fill_in_lists_the_products_of_the_day(
    cast: Cast, ended: Crop, today: Any
) -> None:
    make_crop("Lulo", name_en="Naranjilla")
    content = client_of(cast["ogr"]).get(reverse("alliances:import-template")).content
    sheet = load_workbook(BytesIO(content))["Instrucciones"]
    listed = [row[0] for row in sheet.iter_rows(min_col=8, max_col=8, values_only=True)]
    assert [word for word in listed if word] == ["Products", "Lulo"]


def test_a_file_of_profiles_with_a_product_that_ended_is_told_where(
    cast: Cast, ended: Crop
) -> None:
    book = Book(profiles=[profile_row()], producers=[producer_row()])
    contents = read_contents(name="perfiles.xlsx", content=book.xlsx())
    plan = plan_import(contents=contents, call=cast.alliance.call, acting=cast["ogr"], at=AT)
    (mistake,) = plan.mistakes
    assert mistake.row == 2
    assert "«Papa»" in mistake.message
    ended.valid_until = TODAY
    ended.save()
    plan = plan_import(contents=contents, call=cast.alliance.call, acting=cast["ogr"], at=AT)
    assert not plan.mistakes


def test_a_workbook_that_comes_back_keeps_the_product_that_ended(cast: Cast, ended: Crop) -> None:
    workbook = workbook_of(cast.alliance)
    plan = planned(cast, saved(workbook))
    assert (plan.mistakes, plan.rows) == ((), ())
    make_crop("Quinua", name_en="Quinoa", valid_until=YESTERDAY)
    write(workbook, 2, "Producto", "Quinua", sheet="Perfiles")
    (mistake,) = planned(cast, saved(workbook)).mistakes
    assert "«Quinua»" in mistake.message


def test_the_database_refuses_a_product_that_ends_before_it_begins(cast: Cast) -> None:
    for wrong in ({"valid_until": date(2001, 1, 1)}, {"confidence": "sure"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Crop.objects.filter(pk=cast.alliance.crop_id).update(**wrong)
    assert Alliance.objects.filter(crop=cast.alliance.crop).exists()
