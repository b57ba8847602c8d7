"""What the register knows is asked, not believed: earlier support and one per household."""

import pytest

from alliances.calls.rules import Finding, State
from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.models import Alliance
from alliances.models import Producer
from tests.alliances.preparation.conftest import ruled_call, under
from tests.factories.alliances import Cast, make_alliance, make_call, make_producer, walk_to

pytestmark = pytest.mark.django_db


def findings(alliance: Alliance) -> list[Finding]:
    """Of the only limit, by producer."""
    return [finding for _producer, [finding] in eligibility_of(alliance).producers]


@pytest.fixture
def before() -> Alliance:
    """An alliance of an earlier call."""
    return make_alliance(call=make_call(code="2020-9"), code="2020-9-52-0001")


@pytest.mark.parametrize("declared", [True, False, None])
def test_support_on_record_is_not_met_whatever_was_declared(
    cast: Cast,
    before: Alliance,
    declared: bool | None,
) -> None:
    under(ruled_call(("earlier_support", "none", None, None)), cast)
    make_producer(before, document_number="27123456")
    walk_to(before, "executing")
    make_producer(cast.alliance, document_number="27123456", had_earlier_support=declared)
    [finding] = findings(cast.alliance)
    assert finding.state == State.NOT_MET
    assert "2020-9-52-0001" in finding.figure
    assert "Convocatoria de prueba" in finding.figure


def test_what_nobody_answered_cannot_be_told(cast: Cast) -> None:
    under(
        ruled_call(("earlier_support", "none", None, None), ("literacy", "none", None, None)), cast
    )
    make_producer(cast.alliance, had_earlier_support=None, literate=None)
    [(_producer, answers)] = eligibility_of(cast.alliance).producers
    assert {finding.state for finding in answers} == {State.CANNOT_TELL}


@pytest.mark.parametrize("keys", [("H1", "H2"), ("", "")])
def test_two_who_shared_a_household_are_counted_as_one(
    cast: Cast,
    before: Alliance,
    keys: tuple[str, str],
) -> None:
    under(ruled_call(("household", "none", None, 1)), cast)
    for number, key in zip((51, 52), keys, strict=True):
        make_producer(before, document_number=f"271234{number}", household_key="H9")
        make_producer(cast.alliance, document_number=f"271234{number}", household_key=key)
    one, other = findings(cast.alliance)
    assert {one.state, other.state} == {State.NOT_MET}
    assert "2020-9-52-0001" in one.figure


def test_a_household_that_takes_part_in_another_profile_of_the_call_is_seen(
    cast: Cast,
    before: Alliance,
) -> None:
    under(ruled_call(("household", "none", None, 1)), cast)
    beside = make_alliance(call=cast.alliance.call)
    for number, alliance in ((51, cast.alliance), (52, beside)):
        make_producer(before, document_number=f"271234{number}", household_key="H9")
        make_producer(alliance, document_number=f"271234{number}")
    assert [finding.state for finding in findings(cast.alliance)] == [State.NOT_MET]
    walk_to(beside, "withdrawn")
    assert [finding.state for finding in findings(cast.alliance)] == [State.MET]


def test_the_same_code_in_two_profiles_is_no_household(cast: Cast, before: Alliance) -> None:
    under(ruled_call(("household", "none", None, 1)), cast)
    make_producer(before, document_number="27123459", household_key="H1")
    make_producer(cast.alliance, document_number="27123451", household_key="H1")
    assert [finding.state for finding in findings(cast.alliance)] == [State.MET]
    assert Producer.objects.count() == 2
