"""One document, one person: whoever writes, whatever is decided, and whatever the owner tries."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Alliance, Event
from alliances.models import DifferentPeople, Person, Producer
from alliances.persons.selectors import (
    possible_duplicates,
    version_of_pair,
    why_not_one,
)
from alliances.persons.services import correct_document, tell_apart
from alliances.preparation.services import add_producer
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken
from paap.roles import owner
from tests.alliances.preparation.test_services import producer_data
from tests.application import as_application
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_call,
    make_producer,
    told,
    walk_to,
)

pytestmark = pytest.mark.django_db
WHY = "La cédula original se vio en la vereda."


def in_another_call(cast: Cast, status: str = "draft") -> Alliance:
    alliance = make_alliance(organisation=cast.alliance.organisation, call=make_call(code="2020-9"))
    return walk_to(alliance, status)


def person_of(producer: Producer) -> Person:
    return Producer.objects.get(pk=producer.pk).person


def pair(cast: Cast, **second: Any) -> tuple[Person, Person]:
    """Somebody in the cast's profile, and in another call somebody with a mistyped document."""
    defaults = {"document_number": "27123465", "surnames": "Chaves"}
    one = make_producer(cast.alliance, document_number="27123456", surnames="Chaves")
    other = make_producer(in_another_call(cast), **(defaults | second))
    return person_of(one), person_of(other)


def correct(cast: Cast, wrong: Person, right: Person, **changes: Any) -> Person:
    fields = {"evidence": "original", "reason": WHY, "acting": cast["eip"], "at": AT}
    return correct_document(wrong=wrong, right=right, **(fields | changes))


# -- The database writes it ------------------------------------------------------------------------
def test_one_document_is_one_person_in_every_call(cast: Cast) -> None:
    one = make_producer(cast.alliance, document_number="27123456")
    again = make_producer(in_another_call(cast), document_number="27123456")
    assert person_of(one) == person_of(again)
    assert Person.objects.count() == 1


def test_who_changes_document_is_another_person_and_nothing_is_left_behind(cast: Cast) -> None:
    one = make_producer(cast.alliance, document_number="27123456")
    before = person_of(one)
    one.document_number = "27123457"
    one.save()
    assert person_of(one) != before
    assert not Person.objects.filter(pk=before.pk).exists()


def test_the_last_row_of_a_person_takes_the_person_along(cast: Cast) -> None:
    one = make_producer(cast.alliance, document_number="27123456")
    again = make_producer(in_another_call(cast), document_number="27123456")
    again.delete()
    assert Person.objects.count() == 1
    one.delete()
    assert Person.objects.count() == 0


def test_a_row_cannot_be_put_under_another_person(cast: Cast) -> None:
    one, other = make_producer(cast.alliance), make_producer(cast.alliance)
    Producer.objects.filter(pk=one.pk).update(person=person_of(other))
    assert person_of(one) != person_of(other)


def test_a_person_keeps_their_document(cast: Cast) -> None:
    person = person_of(make_producer(cast.alliance))
    with pytest.raises(DatabaseError, match="keeps their document"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(document_number="1111")


def test_two_persons_of_one_document_are_refused(cast: Cast) -> None:
    person = person_of(make_producer(cast.alliance))
    with pytest.raises(IntegrityError, match="one_document"), transaction.atomic():
        Person.objects.create(
            document_kind=person.document_kind, document_number=person.document_number
        )


def test_the_application_may_not_write_the_register(cast: Cast) -> None:
    with as_application(), pytest.raises(DatabaseError, match="permission"), transaction.atomic():
        Person.objects.create(document_kind="cc", document_number="27123456")


def test_the_application_writes_profiles_and_the_database_their_persons(cast: Cast) -> None:
    data = producer_data(document_number="27123456", member_since=None)
    with as_application():
        producer = add_producer(
            alliance=cast.alliance, data=data, acting=cast["ogr"], at=now(), key=uuid4()
        )
    wrong = person_of(producer)
    right = person_of(make_producer(in_another_call(cast), document_number="27123465"))
    with as_application():
        correct(cast, wrong, right, at=now())
    assert person_of(producer) == right
    assert Person.objects.count() == 1


def test_the_audit_sees_a_row_put_under_another_person_past_the_triggers(cast: Cast) -> None:
    one, other = make_producer(cast.alliance), make_producer(cast.alliance)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET LOCAL ROLE {owner()['USER']}")
        cursor.execute("ALTER TABLE alliances_producer DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE alliances_producer SET person_id = %s WHERE id = %s",
            [person_of(other).pk, one.pk],
        )
        cursor.execute("ALTER TABLE alliances_producer ENABLE TRIGGER USER")
        cursor.execute("RESET ROLE")
    differences = verify_audit().differences
    assert [row.where for row in differences] == [f"producer {one.pk}"]


# -- Who may be there twice ------------------------------------------------------------------------
def test_a_near_document_with_the_same_birth_is_proposed(cast: Cast) -> None:
    first, second = pair(cast, surnames="Chávez")
    (proposed,) = possible_duplicates()
    assert (proposed.first.person, proposed.second.person) == (first, second)
    assert proposed.likenesses == ("document", "born_on")
    assert proposed.is_slip


@pytest.mark.parametrize(
    ("likeness", "fields"),
    [
        ("name", {"surnames": "CHAVÉS", "document_number": "98000111"}),
        ("phone", {"document_number": "98000111", "phone": "3101234567", "surnames": "Otra"}),
        (
            "phone",
            {"born_on": date(1990, 1, 1), "document_number": "27123465", "phone": "3101234567"},
        ),
    ],
)
def test_likenesses_are_proposed(cast: Cast, likeness: str, fields: dict[str, Any]) -> None:
    first, _second = pair(cast, **fields)
    Producer.objects.filter(person=first).update(phone="3101234567")
    (proposed,) = possible_duplicates()
    assert likeness in proposed.likenesses


def test_two_of_one_household_and_birth_are_proposed(cast: Cast) -> None:
    make_producer(cast.alliance, household_key="H1")
    make_producer(cast.alliance, household_key="H1", document_number="98000111")
    (proposed,) = possible_duplicates()
    assert proposed.likenesses == ("born_on", "household")


def test_who_shares_a_birth_or_a_number_nearby_alone_is_not_proposed(cast: Cast) -> None:
    pair(cast, document_number="98000111", surnames="Otra")
    make_producer(
        cast.alliance, document_number="27123457", surnames="Nadie", born_on=date(1960, 1, 1)
    )
    assert possible_duplicates() == []


def test_a_blank_telephone_or_household_is_no_likeness(cast: Cast) -> None:
    make_producer(cast.alliance, household_key="", phone="")
    make_producer(cast.alliance, household_key="", phone="", document_number="98000111")
    assert possible_duplicates() == []


# -- Deciding --------------------------------------------------------------------------------------
def test_a_mistyped_document_is_corrected_with_a_trace(cast: Cast) -> None:
    right, wrong = pair(cast)
    row = wrong.producers.get()
    assert correct(cast, wrong, right) == right
    row.refresh_from_db()
    assert (row.person, row.document_number) == (right, right.document_number)
    assert not Person.objects.filter(pk=wrong.pk).exists()
    assert possible_duplicates() == []
    event = Event.objects.get(verb="correct_document")
    assert event.alliance == row.alliance
    assert event.reason == WHY
    assert told(event) == {
        "producer": row.pk,
        "person": right.pk,
        "instead_of": wrong.pk,
        "evidence": "original",
    }
    assert wrong.document_number not in str(event.data)


def test_every_profile_with_the_mistyped_document_is_corrected(cast: Cast) -> None:
    right, wrong = pair(cast)
    third = make_alliance(call=make_call(code="2019-1"))
    make_producer(third, document_number=wrong.document_number)
    correct(cast, wrong, right)
    assert right.producers.count() == 3
    assert Event.objects.filter(verb="correct_document").count() == 2


def test_the_same_key_twice_is_one_correction(cast: Cast) -> None:
    right, wrong = pair(cast)
    key = uuid4()
    for _click in (1, 2):
        assert correct(cast, wrong, right, key=key) == right
    assert Event.objects.filter(verb="correct_document").count() == 1


def test_a_second_person_who_corrects_is_told_that_it_is_done(cast: Cast) -> None:
    right, wrong = pair(cast)
    correct(cast, wrong, right, key=uuid4())
    with pytest.raises(Conflict):
        correct(cast, wrong, right, key=uuid4())


def test_what_changed_since_it_was_read_is_not_corrected(cast: Cast) -> None:
    right, wrong = pair(cast)
    seen = version_of_pair(wrong.pk, right.pk)
    Producer.objects.filter(person=wrong).update(surnames="Otra")
    with pytest.raises(Overtaken):
        correct(cast, wrong, right, seen=seen)
    assert wrong.producers.count() == 1


def test_two_documents_are_never_joined(cast: Cast) -> None:
    right, wrong = pair(cast, document_number="98000111")
    with pytest.raises(DomainError, match="never joins two documents"):
        correct(cast, wrong, right)
    assert wrong.producers.count() == 1


def test_nobody_comes_to_be_twice_in_a_profile_or_a_call(cast: Cast) -> None:
    one = person_of(make_producer(cast.alliance, document_number="27123456"))
    here = person_of(make_producer(cast.alliance, document_number="27123465"))
    near = make_alliance(call=cast.alliance.call)
    there = person_of(make_producer(near, document_number="27123450"))
    for wrong in (here, there):
        with pytest.raises(DomainError, match="twice"):
            correct(cast, wrong, one)
    walk_to(near, "withdrawn")
    assert why_not_one(there, one) == ""


@pytest.mark.parametrize("role", ["ogr", "oga", "organisation", "evaluator", "policy", "scorer"])
def test_only_the_eip_decides(cast: Cast, role: str) -> None:
    right, wrong = pair(cast)
    with pytest.raises(NotAllowed):
        correct(cast, wrong, right, acting=cast[role])
    with pytest.raises(NotAllowed):
        tell_apart(first=right, second=wrong, reason=WHY, acting=cast[role], at=AT)


def test_it_takes_evidence_and_a_sentence(cast: Cast) -> None:
    right, wrong = pair(cast)
    with pytest.raises(DomainError, match="what was seen"):
        correct(cast, wrong, right, evidence="hearsay")
    with pytest.raises(DomainError, match="sentence"):
        correct(cast, wrong, right, reason="x")


def test_two_people_told_apart_are_not_proposed_again(cast: Cast) -> None:
    first, second = pair(cast)
    for _click in (1, 2):
        tell_apart(first=second, second=first, reason=WHY, acting=cast["eip"], at=AT)
    assert possible_duplicates() == []
    assert DifferentPeople.objects.count() == 1
    event = Event.objects.get(verb="tell_apart")
    assert (event.alliance, event.reason) == (None, WHY)
    assert told(event) == {"first": first.pk, "second": second.pk}


def test_who_leaves_the_register_leaves_no_pair_behind(cast: Cast) -> None:
    first, second = pair(cast)
    tell_apart(first=first, second=second, reason=WHY, acting=cast["eip"], at=AT)
    second.producers.get().delete()
    assert DifferentPeople.objects.count() == 0


# -- Whatever happens ------------------------------------------------------------------------------
DOCUMENTS = ("27123456", "27123465", "27123466", "98000111")
steps = st.lists(
    st.tuples(
        st.sampled_from(("write", "rewrite", "remove", "correct", "apart")),
        st.integers(0, 2),
        st.sampled_from(DOCUMENTS),
        st.sampled_from(DOCUMENTS),
    ),
    max_size=10,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
)
@given(steps=steps)
def test_the_register_never_merges_two_documents(cast: Cast, steps: list[Any]) -> None:
    with transaction.atomic():
        others = [make_alliance(call=make_call(code=code)) for code in "AB"]
        places = [cast.alliance, *others]
        for step in steps:
            try:
                with transaction.atomic():
                    _do(cast, places, *step)
            except (DomainError, IntegrityError):
                pass
            _check()
        transaction.set_rollback(True)


def _do(cast: Cast, places: list[Alliance], what: str, place: int, one: str, other: str) -> None:
    rows = Producer.objects.filter(alliance=places[place], document_number=one)
    if what == "write":
        make_producer(places[place], document_number=one)
    elif what == "rewrite":
        rows.update(document_number=other)
    elif what == "remove":
        rows.delete()
    else:
        persons = [Person.objects.filter(document_number=number).first() for number in (one, other)]
        if all(persons) and one != other:
            if what == "correct":
                correct(cast, persons[0], persons[1])
            else:
                tell_apart(
                    first=persons[0], second=persons[1], reason=WHY, acting=cast["eip"], at=AT
                )


def _check() -> None:
    """Each row is of the person of its document, and each person has some row."""
    rows = list(Producer.objects.select_related("person"))
    assert all(
        (row.document_kind, row.document_number)
        == (row.person.document_kind, row.person.document_number)
        for row in rows
    )
    assert set(Person.objects.values_list("pk", flat=True)) == {row.person_id for row in rows}
