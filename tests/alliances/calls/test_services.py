"""Writing a call, sealing it once, and what nobody can do to it afterwards."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import make_aware

from alliances.calls.drafts import CallDraft, CriterionDraft, LimitDraft, OptionDraft, RegionDraft
from alliances.calls.models import Call, Criterion, CriterionOption, EligibilityRule
from alliances.calls.selectors import sealed_document, verify_rules
from alliances.calls.services import CallNotReady, create_call, load_example_calls, open_call
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.duties import REGIMES
from alliances.lifecycle.models import Event
from alliances.territory.models import MinimumWage
from kit.errors import Conflict, NotAllowed
from kit.figures import date_short
from paap.roles import as_owner
from tests.alliances.preparation.conftest import at_once
from tests.factories.alliances import AT, make_membership, make_organisation

OPTIONS = (OptionDraft(Decimal(0), "Nada"), OptionDraft(Decimal(100), "Todo"))
MORE = tuple(OptionDraft(Decimal(points), "Algo") for points in range(1, 20))
DRAFT = CallDraft(
    code="2026-P",
    name="Prueba",
    opens_on=date(2026, 4, 1),
    closes_on=date(2026, 5, 1),
    wage_year=2026,
    regime="recommended",
    regions=(RegionDraft("Pacífico", Decimal(1_000_000), Decimal(70)),),
    criteria=(
        CriterionDraft("G", 1, "Suelo", "", Decimal(60), False, OPTIONS),
        CriterionDraft("G", 2, "Agua", "", Decimal(40), False, OPTIONS),
        CriterionDraft("G", 3, "Mujeres", "", Decimal(5), True, OPTIONS),
    ),
    limits=(LimitDraft("age", "years", Decimal(18), Decimal(60), "norma", "high"),),
)


@pytest.fixture
def eip(db):
    return make_membership("eip")


@pytest.fixture
def draft_call(eip) -> Call:
    return create_call(draft=DRAFT, acting=eip, at=AT)


def test_a_call_opens_with_its_regime_frozen_and_its_rules_hashed(eip, draft_call):
    call = open_call(call_id=draft_call.pk, acting=eip, at=AT)

    assert call.sealed_at == AT
    assert call.regime_rules == REGIMES["recommended"].to_data()
    assert len(call.rules_hash) == 64
    assert verify_rules(call)
    event = Event.objects.get(verb="open_call")
    assert (event.alliance, event.actor) == (None, eip.user)
    assert event.data == {"call": "2026-P", "rules_hash": call.rules_hash}
    assert verify_audit().broken == ()


def test_the_document_says_everything_that_was_decided(eip, draft_call):
    document = sealed_document(open_call(call_id=draft_call.pk, acting=eip, at=AT))

    assert document["regions"] == [
        {"call_region": "Pacífico", "budget_cop": "1000000.00", "cutoff": "70.00"}
    ]
    assert [row["name"] for row in document["rubric"]] == ["Suelo", "Agua", "Mujeres"]
    assert document["eligibility"][0]["maximum"] == "60.00"
    assert document["regime"]["code"] == "recommended"


@pytest.mark.parametrize("role", ["ogr", "scorer", "cir", "policy", "organisation", "evaluator"])
def test_only_the_eip_writes_and_opens_calls(role, draft_call):
    other = make_membership(role)

    with pytest.raises(NotAllowed, match="EIP"):
        create_call(draft=replace(DRAFT, code="X"), acting=other, at=AT)
    with pytest.raises(NotAllowed, match="EIP"):
        open_call(call_id=draft_call.pk, acting=other, at=AT)
    assert not Call.objects.get().is_sealed


def test_an_eip_membership_at_another_kind_of_body_does_not_count(draft_call):
    borrowed = make_membership("eip", organisation=make_organisation("ogr"))

    with pytest.raises(NotAllowed):
        open_call(call_id=draft_call.pk, acting=borrowed, at=AT)


def test_a_membership_that_ended_does_not_count(draft_call):
    former = make_membership("eip", valid_until=date(2025, 12, 31))

    with pytest.raises(NotAllowed):
        open_call(call_id=draft_call.pk, acting=former, at=AT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"regions": ()}, "región|region"),
        ({"criteria": DRAFT.criteria[:1]}, "60"),
        ({"criteria": ()}, "100"),
        (
            {"criteria": (DRAFT.criteria[0], replace(DRAFT.criteria[1], options=OPTIONS[:1]))},
            "Agua",
        ),
    ],
)
def test_a_call_with_something_missing_does_not_open(eip, change, said):
    call = create_call(draft=replace(DRAFT, **change), acting=eip, at=AT)

    with pytest.raises(CallNotReady, match=said):
        open_call(call_id=call.pk, acting=eip, at=AT)
    call.refresh_from_db()
    assert not call.is_sealed


def test_rules_are_sealed_before_the_call_opens_or_on_that_day(eip, draft_call):
    on_time = make_aware(datetime.combine(DRAFT.opens_on, time(23, 59)))
    with pytest.raises(CallNotReady, match=date_short(DRAFT.opens_on)):
        open_call(call_id=draft_call.pk, acting=eip, at=on_time + timedelta(minutes=1))

    assert open_call(call_id=draft_call.pk, acting=eip, at=on_time).is_sealed


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"opens_on": date(1990, 1, 1), "closes_on": date(1990, 6, 1)}, ["opens_on", "wage_year"]),
        ({"opens_on": date(2026, 3, 1)}, ["opens_on"]),
        ({"opens_on": date(2206, 4, 1), "closes_on": date(2206, 5, 1)}, ["opens_on"]),
        ({"closes_on": date(2062, 5, 1)}, ["closes_on"]),
        ({"wage_year": 2014}, ["wage_year"]),
        ({"wage_year": 2027}, ["wage_year"]),
    ],
)
def test_a_call_of_another_time_is_not_written(eip, change, fields):
    MinimumWage.objects.create(year=2026, monthly_cop=1, source="Decreto", confidence="high")
    with pytest.raises(ValidationError) as refused:
        create_call(draft=replace(DRAFT, **change), acting=eip, at=AT)

    assert set(fields) <= set(refused.value.message_dict)
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"regions": DRAFT.regions * 2}, "This region is already in the call"),
        ({"criteria": DRAFT.criteria[:1] * 2}, "Another criterion has this position"),
        ({"criteria": [replace(DRAFT.criteria[0], weight=Decimal(101))]}, "up to 100"),
        ({"criteria": [replace(DRAFT.criteria[0], options=OPTIONS[:1] * 2)]}, "the same points"),
        ({"criteria": [replace(DRAFT.criteria[0], name="x" * 1000)]}, "160"),
        ({"limits": [replace(DRAFT.limits[0], code="height")]}, "height"),
    ],
)
def test_a_row_that_cannot_be_says_why_and_nothing_is_written(eip, change, words):
    with pytest.raises(ValidationError, match=words):
        create_call(draft=replace(DRAFT, **change), acting=eip, at=AT)
    assert not Call.objects.exists()


def test_a_longer_rubric_asks_the_database_no_more(eip):
    counts = []
    for code, options in (("2026-A", OPTIONS), ("2026-B", OPTIONS + MORE)):
        criteria = [replace(row, options=options) for row in DRAFT.criteria]
        with CaptureQueriesContext(connection) as captured:
            create_call(draft=replace(DRAFT, code=code, criteria=criteria), acting=eip, at=AT)
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("wages", [2025, 2026])
def test_a_call_counts_in_wages_of_its_year_or_the_one_before(eip, wages):
    assert create_call(draft=replace(DRAFT, wage_year=wages), acting=eip, at=AT).pk


def test_affirmative_criteria_do_not_count_towards_the_hundred(eip):
    call = create_call(draft=replace(DRAFT, criteria=DRAFT.criteria[:2]), acting=eip, at=AT)

    assert open_call(call_id=call.pk, acting=eip, at=AT).is_sealed


def test_opening_again_says_when_it_was_opened(eip, draft_call):
    open_call(call_id=draft_call.pk, acting=eip, at=AT)

    with pytest.raises(Conflict, match="2026"):
        open_call(call_id=draft_call.pk, acting=eip, at=AT)


def test_the_same_key_opens_once(eip, draft_call):
    key = uuid4()
    first = open_call(call_id=draft_call.pk, acting=eip, at=AT, key=key)
    second = open_call(call_id=draft_call.pk, acting=eip, at=AT, key=key)

    assert first.rules_hash == second.rules_hash
    assert Event.objects.filter(verb="open_call").count() == 1


def test_a_code_is_taken_once(eip, draft_call):
    with pytest.raises(ValidationError, match="2026-P"):
        create_call(draft=DRAFT, acting=eip, at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_who_write_one_code_at_once_are_told(eip):
    make = partial(create_call, draft=DRAFT, acting=eip, at=AT)
    results = at_once(make, make)
    refused = [result for result in results if not isinstance(result, Call)]
    assert [type(result) for result in refused] == [ValidationError]
    assert "2026-P" in str(refused[0])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE alliances_call SET name = 'otra'",
        "UPDATE alliances_call SET sealed_at = NULL, rules_hash = ''",
        "DELETE FROM alliances_call",
        "UPDATE alliances_callregion SET cutoff = 10",
        "DELETE FROM alliances_callregion",
        "UPDATE alliances_criterion SET weight = 1 WHERE position = 1",
        "DELETE FROM alliances_criterionoption",
        "UPDATE alliances_criterionoption SET points = 99 WHERE points = 100",
        "UPDATE alliances_eligibilityrule SET maximum = 99",
        "INSERT INTO alliances_callregion (call_id, call_region, budget_cop, cutoff)"
        " SELECT id, 'Central', 1, 1 FROM alliances_call",
        "TRUNCATE alliances_call CASCADE",
        "TRUNCATE alliances_criterionoption CASCADE",
    ],
)
def test_postgresql_refuses_to_touch_a_sealed_call(eip, draft_call, sql):
    open_call(call_id=draft_call.pk, acting=eip, at=AT)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert verify_rules(Call.objects.get())


def test_a_rule_cannot_be_moved_out_of_a_sealed_call(eip, draft_call):
    loose = create_call(draft=replace(DRAFT, code="L", criteria=()), acting=eip, at=AT)
    open_call(call_id=draft_call.pk, acting=eip, at=AT)
    criterion = Criterion.objects.get(call=draft_call, position=1)

    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Criterion.objects.filter(pk=criterion.pk).update(call=loose)
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        CriterionOption.objects.create(criterion=criterion, points=50, descriptor="Nueva")


def test_rules_that_no_longer_match_the_hash_are_noticed(eip, draft_call):
    call = open_call(call_id=draft_call.pk, acting=eip, at=AT)
    with as_owner(), connection.cursor() as cursor:  # as only the owner of the tables could
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE alliances_eligibilityrule DISABLE TRIGGER USER")
        EligibilityRule.objects.update(maximum=99)
        cursor.execute("ALTER TABLE alliances_eligibilityrule ENABLE TRIGGER USER")

    assert not verify_rules(call)


def test_example_calls_load_once_and_verify(db):
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    first = load_example_calls(at=at)
    again = load_example_calls(at=at)

    assert [call.code for call in first] == ["FASE-3", "2020-1", "2023-1", "2026-1"]
    assert [call.pk for call in first] == [call.pk for call in again]
    assert all(verify_rules(call) for call in first)
    assert {call.regime for call in first} == {"phase_3", "recommended"}
    assert all("EJEMPLO" in call.rubric_source for call in first)
    assert [call.sealed_at.year for call in first] == [2016, 2020, 2023, 2026]
    assert EligibilityRule.objects.filter(source="").count() == 0
    assert Event.objects.filter(verb="open_call", actor=None).count() == 4


def test_the_caps_of_the_example_calls_are_those_of_the_sources(db):
    load_example_calls(at=AT)
    caps = {
        (row.call.code, row.code): row.maximum
        for row in EligibilityRule.objects.select_related("call")
    }

    assert caps["2020-1", "assets"] == 284
    assert caps["2020-1", "incentive_each"] == 5_000_000
    assert caps["2023-1", "incentive_each"] == 7_000_000
    assert caps["2023-1", "incentive_share"] == 40
    assert caps["2023-1", "size"] == 60
    assert caps["FASE-3", "assets"] == 200


@pytest.mark.django_db(transaction=True)
def test_a_rule_written_while_the_call_is_being_sealed_is_refused():
    eip = make_membership("eip")
    call = create_call(draft=DRAFT, acting=eip, at=AT)
    begun, refused = threading.Event(), []

    def add_rule() -> None:
        begun.set()
        try:
            EligibilityRule.objects.create(call=call, code="size", unit="people", maximum=60)
        except DatabaseError as error:
            refused.append(str(error))
        finally:
            close_old_connections()
            connection.close()

    late = threading.Thread(target=add_rule)
    with transaction.atomic():
        open_call(call_id=call.pk, acting=eip, at=AT)
        late.start()
        begun.wait(5)
        late.join(0.5)  # it waits for the lock; give it the time to get there
        assert late.is_alive()
    late.join(10)

    assert len(refused) == 1
    assert "sealed" in refused[0]
    assert verify_rules(Call.objects.get())
