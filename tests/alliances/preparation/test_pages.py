"""Every page of the room opens for those who use it, in a number of queries that does not grow."""

from uuid import uuid4

import pytest
from django.test.utils import CaptureQueriesContext
from django.db import connection
from django.urls import reverse

from tests.alliances.preparation.conftest import ROLES, client_of, complete, producer_form
from tests.factories.alliances import make_producer, walk_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def url(name, cast, *args):
    return reverse(f"alliances:{name}", args=[cast.alliance.code, *args])


@pytest.mark.parametrize("role", ROLES)
def test_producer_list_shows_people_only_to_those_who_work_with_them(cast, role):
    producer = make_producer(cast.alliance, given_names="Rosalba", surnames="Tutistar")
    page = client_of(cast[role]).get(url("producer-list", cast))
    assert page.status_code == 200
    sees = role in ("eip", "ogr", "oga", "manager", "organisation")
    assert ("Tutistar" in page.content.decode()) is sees
    assert producer.document_number not in page.content.decode()


@pytest.mark.parametrize("name", ["producer-list", "eligibility", "study"])
def test_queries_do_not_grow_with_producers(cast, name):
    client = client_of(cast["ogr"])
    counts = []
    for _times in range(2):
        complete(cast, 5)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name, cast)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_profile_form_opens(cast):
    assert client_of(cast["ogr"]).get(reverse("alliances:profile-create")).status_code == 200
    assert client_of(cast["ogr"]).get(url("profile-edit", cast)).status_code == 200
    assert client_of(cast["ogr"]).get(url("producer-create", cast)).status_code == 200
    producer = make_producer(cast.alliance)
    assert client_of(cast["ogr"]).get(url("producer-edit", cast, producer.pk)).status_code == 200
    assert client_of(cast["ogr"]).get(reverse("alliances:import-profiles")).status_code == 200
    assert client_of(cast["eip"]).get(reverse("alliances:consultant-list")).status_code == 200
    walk_to(cast.alliance, "executing")
    assert client_of(cast["oga"]).get(url("manager-create", cast)).status_code == 200
