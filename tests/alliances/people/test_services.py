"""How organisations are named, where bodies work, and what the database asks of a document."""

import pytest
from django.db import IntegrityError, transaction
from stdnum.co import nit as numbers

from alliances.people.models import Producer
from alliances.people.selectors import municipalities_served_by
from alliances.people.services import InvalidNit, stored_nit
from tests.factories.alliances import (
    make_alliance,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
)

pytestmark = pytest.mark.django_db
NIT = f"900373910-{numbers.calc_check_digit('900373910')}"


@pytest.mark.parametrize(
    "written", [NIT, NIT.replace("-", ""), f" 900.373.910-{NIT[-1]} ", f"900 373 910 {NIT[-1]}"]
)
def test_nit_is_stored_in_one_spelling(written: str) -> None:
    assert stored_nit(written) == NIT


@pytest.mark.parametrize("written", ["900373910-9", "1", "novecientos"])
def test_nit_with_another_check_digit_is_refused(written: str) -> None:
    with pytest.raises(InvalidNit):
        stored_nit(written)


def test_regional_body_works_where_it_says_and_national_one_everywhere() -> None:
    make_municipality()
    make_department("05", "Antioquia")
    make_municipality("05001", "Medellín")
    ogr, eip = make_membership("ogr"), make_membership("eip")
    nowhere = make_membership("ogr", organisation=make_organisation("ogr", departments=[]))
    assert [place.pk for place in municipalities_served_by(ogr)] == ["52001"]
    assert municipalities_served_by(eip).count() == 2
    assert municipalities_served_by(nowhere).count() == 0


@pytest.mark.parametrize("number", ["0055345671", "55.345.671", "55345671-1", "55345671.0", ""])
def test_document_in_another_form_is_refused_even_by_sql(number: str) -> None:
    producer = make_producer(make_alliance(), document_number="55345671")
    with pytest.raises(IntegrityError, match="alliances_producer_document"), transaction.atomic():
        Producer.objects.filter(pk=producer.pk).update(document_number=number)


def test_nit_without_its_check_digit_is_asked_for_it() -> None:
    with pytest.raises(InvalidNit, match="lacks its check digit"):
        stored_nit("900373910")
