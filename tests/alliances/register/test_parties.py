"""Organisations are registered once, by their tax number or by name and place."""

import threading
from datetime import date
from functools import partial

import pytest
from django.db import connection

from alliances.people.models import Organisation
from alliances.people.services import Party
from alliances.register import services
from alliances.register.services import find_or_register, find_or_register_many
from tests.alliances.people.test_services import NIT
from tests.factories.alliances import AT, make_municipality, make_organisation

pytestmark = pytest.mark.django_db
register_once = partial(find_or_register, acting=None, at=AT)


def test_organisation_is_found_by_its_nit_and_not_overwritten() -> None:
    known = make_organisation("producer", "Asopastos", nit=NIT)
    found = register_once(kind="producer", party=Party("Otro nombre", NIT.replace("-", "")))
    assert found == known
    known.refresh_from_db()
    assert known.name == "Asopastos"


def test_same_nit_may_be_producer_and_ally() -> None:
    make_organisation("producer", nit=NIT)
    ally = register_once(kind="ally", party=Party("Compradora", NIT))
    assert (ally.kind, Organisation.objects.filter(nit=NIT).count()) == ("ally", 2)


def test_group_without_nit_is_known_by_name_and_place() -> None:
    here, there = make_municipality(), make_municipality("52356", "Ipiales")
    first = register_once(kind="producer", party=Party("La  Unión"), municipality=here)
    again = register_once(kind="producer", party=Party("la unión "), municipality=here)
    other = register_once(kind="producer", party=Party("La Unión"), municipality=there)
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
    found = find_or_register_many(kind="producer", parties=parties, acting=None, at=AT)
    assert found[parties[0]] == known
    assert found[parties[1]] == found[parties[2]]
    assert register_once(kind="producer", party=parties[2][0], municipality=place).pk == (
        found[parties[1]].pk
    )


def test_who_looked_just_before_somebody_else_registered_gets_the_registered_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = register_once(kind="ally", party=Party("Compradora", NIT))
    looks = iter([None, first])
    monkeypatch.setattr(services, "registered_organisation", lambda **_sought: next(looks))
    assert register_once(kind="ally", party=Party("Compradora", NIT)) == first


@pytest.mark.django_db(transaction=True)
def test_two_registering_the_same_nit_at_once_get_the_same_row() -> None:
    gate, found = threading.Barrier(2), []

    def register() -> None:
        gate.wait()
        found.append(register_once(kind="ally", party=Party("Compradora", NIT)).pk)
        connection.close()

    threads = [threading.Thread(target=register) for _each in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
