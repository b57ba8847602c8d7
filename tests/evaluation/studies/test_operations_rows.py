"""From stored rows to the frames of a study of operations: what is paired, counted and left out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.field.services import log_visit
from alliances.models import Event
from alliances.territory.workdays import working_days_between
from evaluation.runs.operations.counting import Operations
from evaluation.runs.operations.work import jobs_of
from evaluation.studies.dataset import fingerprint
from evaluation.studies.operations_rows import _working_days, operations_rows
from evaluation.studies.operations_spec import OperationsSpec
from fiduciary.disbursements.models import ReturnReason
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    cancel_disbursement,
    pay_disbursement,
    return_disbursement,
)
from tests.factories.alliances import make_alliance, make_call, make_membership
from tests.factories.evaluation import sign
from tests.factories.fiduciary import make_funded_cast, make_request

pytestmark = pytest.mark.django_db
SPEC = OperationsSpec(from_on=date(2026, 1, 1), until_on=date(2026, 12, 31))
MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def moved(alliance, verb, source, target, duty, days, **more):
    """An act so many days after the Monday on which the alliance began."""
    Event.objects.create(
        alliance=alliance,
        verb=verb,
        duty=duty,
        at=MONDAY + timedelta(days=days),
        from_status=source,
        to_status=target,
        **more,
    )


def stays_of(alliance, spec=SPEC):
    frame = operations_rows(spec).stays
    return frame[frame["alliance"] == alliance.pk].sort_values("sequence")


def test_events_are_paired_into_stays_and_the_last_one_goes_on():
    alliance, actor = make_alliance(), make_membership("ogr")
    hand = {"actor": actor.user, "organisation": actor.organisation}
    moved(alliance, "submit", "draft", "submitted", "promote", 7, **hand)
    code = {"reason_code": "incomplete"}
    moved(alliance, "return_profile", "submitted", "returned", "verify", 9, data=code)

    stays = stays_of(alliance)

    assert stays["status"].tolist() == ["draft", "submitted", "returned"]
    assert stays["verb"].tolist() == ["submit", "return_profile", ""]
    assert stays["days"].tolist()[:2] == [5, 2]
    assert stays["is_over"].tolist() == [True, True, False]
    assert stays["reason"].tolist() == ["", "incomplete", ""]
    assert stays["organisation"].tolist()[0] == actor.organisation_id
    last = working_days_between(date(2026, 3, 11), date(2026, 12, 31))
    assert stays["days"].tolist()[2] == last


def test_what_came_after_the_last_day_has_not_happened():
    alliance = make_alliance()
    moved(alliance, "submit", "draft", "submitted", "promote", 7)
    moved(alliance, "verify", "submitted", "eligible", "verify", 30)

    early = stays_of(alliance, OperationsSpec(from_on=SPEC.from_on, until_on=date(2026, 3, 20)))

    assert early["status"].tolist() == ["draft", "submitted"]
    assert early["is_over"].tolist() == [True, False]
    assert early["days"].tolist() == [5, 9]
    nothing = OperationsSpec(from_on=date(2020, 1, 1), until_on=date(2021, 1, 1))
    assert operations_rows(nothing).alliances.empty


def test_a_draft_nobody_touched_and_an_end_are_told_apart():
    untouched, ended = make_alliance(), make_alliance("ineligible")

    assert stays_of(untouched)["status"].tolist() == ["draft"]
    assert stays_of(ended)["status"].tolist() == ["draft", "submitted"]


def test_requests_and_their_steps_are_read_as_they_stood():
    cast = make_funded_cast()
    first, second = make_request(cast), make_request(cast)
    wednesday, friday = (MONDAY + timedelta(days=days) for days in (2, 4))
    approve_disbursement(request_id=first.pk, acting=cast["trustee"], at=wednesday)
    pay_disbursement(
        request_id=first.pk,
        paid_on=friday.date(),
        bank_reference="ACH 1",
        acting=cast["payer"],
        at=friday,
    )
    reason = ReturnReason.objects.get(pk="quotes_missing")
    return_disbursement(request_id=second.pk, reason=reason, acting=cast["trustee"], at=wednesday)

    rows = operations_rows(SPEC)
    before = operations_rows(OperationsSpec(from_on=SPEC.from_on, until_on=date(2026, 3, 4)))

    requests = rows.requests.set_index("request")
    assert requests["days"].to_dict() == {
        first.pk: 4,
        second.pk: working_days_between(date(2026, 3, 2), SPEC.until_on),
    }
    assert requests["is_over"].to_dict() == {first.pk: True, second.pk: False}
    steps = rows.steps[rows.steps["is_over"]]
    assert steps["verb"].tolist() == ["approve", "pay", "approve"]
    assert steps["outcome"].tolist() == ["done", "done", "returned"]
    assert steps["reason"].dropna().tolist() == ["quotes_missing"]
    ask = {"request_id": second.pk, "acting": cast["oga"], "reason_code": "market"}
    cancel_disbursement(**ask, at=friday, reason="El proveedor cerró y nadie más lo vende")
    given_up = operations_rows(SPEC).requests.set_index("request")["is_cancelled"]
    assert given_up.to_dict() == {first.pk: False, second.pk: True}
    assert (
        not operations_rows(replace(SPEC, until_on=date(2026, 3, 5))).requests["is_cancelled"].any()
    )
    assert not before.requests["is_over"].any()
    assert before.spending.empty
    assert rows.spending["paid"].tolist() == [Decimal("5000000.00")]


def test_contributions_are_what_the_ledger_received_by_the_day():
    cast = make_funded_cast()

    received = operations_rows(SPEC).contributions
    too_early = OperationsSpec(from_on=SPEC.from_on, until_on=date(2026, 2, 1))

    assert received["financier"].tolist() == ["government"]
    assert received["received"].tolist() == [Decimal("100000000.00")]
    assert operations_rows(too_early).contributions.empty  # no such alliance yet
    assert cast.alliance.pk in received["alliance"].tolist()


def test_visits_agreements_and_actors_are_counted():
    cast = make_funded_cast()
    for kind in ("technical", "social", "social"):
        log_visit(
            alliance_id=cast.alliance.pk,
            kind=kind,
            visited_on=date(2026, 3, 3),
            topic="Fertilización",
            acting=cast["oga"],
            at=MONDAY + timedelta(days=2),
            key=uuid4(),
        )
    sign(cast.alliance, cast["organisation"], ended_on=date(2026, 4, 1), end_reason="Quebró")

    rows = operations_rows(SPEC)

    visits = rows.visits.set_index("kind")["visits"].to_dict()
    assert visits == {"social": 2, "technical": 1}
    assert rows.agreements["ended_on"].tolist() == [pd.Timestamp("2026-04-01")]
    assert (rows.alliances["people"].item(), rows.alliances["organisations"].item()) == (1, 1)


def test_the_study_chooses_calls_regimes_and_departments():
    chosen = make_alliance(call=make_call("A-26"))
    other = make_alliance(call=make_call("B-26", regime="phase_3"))

    def read(**choice):
        spec = OperationsSpec(from_on=SPEC.from_on, until_on=SPEC.until_on, **choice)
        return operations_rows(spec).alliances["alliance"].tolist()

    assert read() == [chosen.pk, other.pk]
    assert read(calls=("A-26",)) == [chosen.pk]
    assert read(regimes=("phase_3",)) == [other.pk]
    assert read(departments=("05",)) == []


def test_no_person_is_in_any_frame():
    make_request(make_funded_cast())

    columns = {name for frame in operations_rows(SPEC).frames for name in frame.columns}

    assert not {"actor", "by", "payee_name", "payee_document", "visited_by", "name"} & columns


def test_queries_do_not_grow_with_the_rows(query_counter):
    make_request(make_funded_cast())
    one = query_counter(lambda: operations_rows(SPEC))
    for _more in range(3):
        make_request(make_funded_cast())

    assert query_counter(lambda: operations_rows(SPEC)) == one <= 15


def test_the_same_rows_have_one_fingerprint_and_an_empty_database_is_told_as_such():
    nothing = operations_rows(SPEC)
    parts = [job.work(lambda *_: None) for job in jobs_of(Operations(nothing, SPEC))]
    found = [row["found"] for part in parts for row in part.get("rows", ())]
    make_request(make_funded_cast())

    assert {one["not_estimable"] for one in found} == {"few_cases"}
    assert fingerprint(*operations_rows(SPEC).frames) == fingerprint(*operations_rows(SPEC).frames)
    assert fingerprint(*operations_rows(SPEC).frames) != fingerprint(*nothing.frames)


@given(st.lists(st.tuples(*[st.dates(date(2015, 1, 1), date(2030, 1, 1))] * 2), max_size=8))
def test_working_days_of_columns_are_those_of_the_calendar(pairs):
    since, until = (
        pd.Series([pair[place] for pair in pairs], dtype="datetime64[ns]") for place in (0, 1)
    )

    assert _working_days(since, until).tolist() == [
        working_days_between(start, end) for start, end in pairs
    ]
