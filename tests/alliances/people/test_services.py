"""Organisations are registered once, by their tax number or by name and place."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from stdnum.co import nit as numbers

from alliances.people import services
from alliances.people.models import Organisation, Producer
from alliances.people.selectors import municipalities_served_by
from alliances.people.services import (
    InvalidNit,
    Party,
    find_or_register,
    find_or_register_many,
    stored_nit,
)
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


def test_organisation_is_found_by_its_nit_and_not_overwritten() -> None:
    known = make_organisation("producer", "Asopastos", nit=NIT)
    found = find_or_register(kind="producer", party=Party("Otro nombre", NIT.replace("-", "")))
    assert found == known
    known.refresh_from_db()
    assert known.name == "Asopastos"


def test_same_nit_may_be_producer_and_ally() -> None:
    make_organisation("producer", nit=NIT)
    ally = find_or_register(kind="ally", party=Party("Compradora", NIT))
    assert (ally.kind, Organisation.objects.filter(nit=NIT).count()) == ("ally", 2)


def test_group_without_nit_is_known_by_name_and_place() -> None:
    here, there = make_municipality(), make_municipality("52356", "Ipiales")
    first = find_or_register(kind="producer", party=Party("La  Unión"), municipality=here)
    again = find_or_register(kind="producer", party=Party("la unión "), municipality=here)
    other = find_or_register(kind="producer", party=Party("La Unión"), municipality=there)
    assert first == again
    assert first != other
    assert first.name == "La Unión"


def test_many_are_registered_as_one_by_one() -> None:
    place = make_municipality()
    known = make_organisation("producer", "Asopastos", nit=NIT)
    parties = [
        (Party("Otro nombre", NIT), place),
        (Party("Grupo Uno", founded_on=date(2020, 1, 1)), place),
        (Party("grupo  uno"), place),
    ]
    found = find_or_register_many(kind="producer", parties=parties)
    assert found[parties[0]] == known
    assert found[parties[1]] == found[parties[2]]
    assert find_or_register(kind="producer", party=parties[2][0], municipality=place).pk == (
        found[parties[1]].pk
    )


def test_regional_body_works_where_it_says_and_national_one_everywhere() -> None:
    make_municipality()
    make_department("05", "Antioquia")
    make_municipality("05001", "Medellín")
    ogr, eip = make_membership("ogr"), make_membership("eip")
    nowhere = make_membership("ogr")
    nowhere.organisation.departments.clear()
    assert [place.pk for place in municipalities_served_by(ogr)] == ["52001"]
    assert municipalities_served_by(eip).count() == 2
    assert municipalities_served_by(nowhere).count() == 0


def test_who_looked_just_before_somebody_else_registered_gets_the_registered_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = find_or_register(kind="ally", party=Party("Compradora", NIT))
    looks = iter([None, first])
    monkeypatch.setattr(services, "registered_organisation", lambda **_sought: next(looks))
    assert find_or_register(kind="ally", party=Party("Compradora", NIT)) == first


@pytest.mark.django_db(transaction=True)
def test_two_registering_the_same_nit_at_once_get_the_same_row() -> None:
    gate, found = threading.Barrier(2), []

    def register() -> None:
        gate.wait()
        found.append(find_or_register(kind="ally", party=Party("Compradora", NIT)).pk)
        connection.close()

    threads = [threading.Thread(target=register) for _each in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1


@pytest.mark.parametrize("number", ["0055345671", "55.345.671", "55345671-1", "55345671.0", ""])
def test_document_in_another_form_is_refused_even_by_sql(number: str) -> None:
    producer = make_producer(make_alliance(), document_number="55345671")
    with pytest.raises(IntegrityError, match="alliances_producer_document"), transaction.atomic():
        Producer.objects.filter(pk=producer.pk).update(document_number=number)


def test_nit_without_its_check_digit_is_asked_for_it() -> None:
    with pytest.raises(InvalidNit, match="lacks its check digit"):
        stored_nit("900373910")
