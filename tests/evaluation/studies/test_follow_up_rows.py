"""What the bridge reads of an alliance on the days so many months after it closed."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pandas as pd
import pytest

from alliances.models import Attendance, Visit
from evaluation.models import Response
from evaluation.studies.dataset import ALLIANCE, follow_up_rows
from tests.evaluation.runs.follow_up.rows import follow_up_spec
from tests.evaluation.runs.follow_up.scene import (
    close,
    give_rules,
    pay_manager,
    price_index,
    repay,
    rupture,
)
from tests.factories.alliances import make_alliance, make_organisation, make_producer
from tests.factories.evaluation import make_import, make_wave, sell, sign

pytestmark = pytest.mark.django_db
SPEC = follow_up_spec(reference_on=date(2022, 6, 30), pesos_of=2022, months=(6, 12, 24))
CLOSED = date(2021, 2, 28)


def read(spec=SPEC, wave=None) -> pd.DataFrame:
    looks, _people = follow_up_rows(wave, spec)
    return looks.set_index([ALLIANCE, "months"])


def test_days_are_those_of_colombia_and_what_is_to_come_is_empty():
    alliance = close(make_alliance("executing"))
    make_alliance("executing")  # has not closed

    rows = read()

    assert rows["closed_on"].tolist() == [CLOSED] * 3
    days = [date(2021, 8, 28), date(2022, 2, 28), date(2023, 2, 28)]
    assert rows["looked_on"].tolist() == days
    assert rows["is_due"].tolist() == [True, True, False]
    assert rows.loc[(alliance.pk, 24), ["alive", "any", "manager"]].isna().all()


def test_it_lives_until_the_day_it_broke_up():
    alliance = close(make_alliance("executing"))
    rupture(alliance, datetime(2022, 2, 28, 15, tzinfo=UTC))
    late = close(make_alliance("executing"))
    rupture(late, datetime(2022, 7, 1, 15, tzinfo=UTC))  # after the reference day

    rows = read()

    assert rows.loc[alliance.pk, "alive"].tolist()[:2] == [1, 0]
    assert rows.loc[late.pk, "alive"].tolist()[:2] == [1, 1]
    assert rows.loc[late.pk, "ended_on"].isna().all()


def test_a_sale_counts_for_some_days_and_tells_the_first_ally_from_another(evaluator):
    alliance = close(make_alliance("executing"))
    first = sign(alliance, evaluator, ends_on=date(2021, 9, 1))
    sell(first, promised=9, delivered=9, price=900, promised_on=date(2021, 8, 28))
    alliance.ally = make_organisation("ally")
    other = sign(alliance, evaluator, starts_on=date(2021, 10, 1))
    sell(other, promised=9, delivered=9, price=900, promised_on=date(2021, 11, 1))
    silent = close(make_alliance("executing"))

    rows = read()

    assert rows.loc[alliance.pk, "ally"].tolist()[:2] == [1, 0]
    assert rows.loc[alliance.pk, "any"].tolist()[:2] == [1, 1]  # 119 days before
    assert rows.loc[silent.pk, "any"].tolist()[:2] == [0, 0]
    short = follow_up_spec(reference_on=SPEC.reference_on, pesos_of=2022, selling_days=90)
    assert read(short).loc[alliance.pk, "any"].tolist() == [1, 0]


def test_the_fund_turns_and_is_told_in_the_pesos_of_a_year(evaluator):
    alliance, without = (close(make_alliance("executing")) for _ in range(2))
    give_rules(alliance, evaluator)
    repay(alliance, 1_000_000, date(2020, 12, 1))
    repay(alliance, 500_000, date(2021, 9, 15))
    price_index(y2022=10)

    rows = read()

    # 1,000,000 of 2021 are 1,100,000 of 2022; in February 2022 there are 1,500,000.
    assert rows.loc[alliance.pk, "fund_cop"].tolist()[:2] == pytest.approx([1_100_000, 1_500_000])
    assert rows.loc[alliance.pk, "turning"].tolist()[:2] == [1, 1]
    assert rows.loc[without.pk, ["turning", "fund_cop"]].isna().all(axis=None)
    assert not rows["without_index"].any()


def test_a_year_without_price_index_has_no_amount_and_is_counted(evaluator):
    alliance = close(make_alliance("executing"))
    give_rules(alliance, evaluator)
    far = follow_up_spec(reference_on=SPEC.reference_on, pesos_of=2099)

    rows = read(far)

    assert rows["without_index"].tolist() == [True, True]
    assert rows["fund_cop"].isna().all()
    assert rows["turning"].tolist() == [0, 0]


def test_a_manager_in_office_with_a_fee_is_paid():
    left, unpaid, paid = (close(make_alliance("executing")) for _ in range(3))
    pay_manager(left, until=date(2021, 9, 30))
    pay_manager(unpaid, fee=0)
    pay_manager(paid)

    manager = read()["manager"]

    assert manager[left.pk].tolist()[:2] == [1, 0]
    assert manager[unpaid.pk].tolist()[:2] == [0, 0]
    assert manager[paid.pk].tolist()[:2] == [1, 1]


def test_practices_are_told_by_the_last_word_of_visits_and_wave(evaluator):
    alliance = close(make_alliance("executing"))
    visited, asked = make_producer(alliance), make_producer(alliance)
    for day, kept in ((date(2021, 2, 1), False), (date(2021, 6, 1), True)):
        visit = Visit.objects.create(
            alliance=alliance,
            key=uuid4(),
            kind="technical",
            visited_on=day,
            topic="Podas",
            practice_checked="Podas",
            visited_by=evaluator,
            logged_at=datetime(2021, 6, 2, tzinfo=UTC),
        )
        Attendance.objects.create(visit=visit, producer=visited, has_adopted=kept)
    wave = make_wave(evaluator, collected_from=date(2022, 1, 1), collected_until=date(2022, 2, 1))
    Response.objects.create(
        wave=wave,
        producer=asked,
        survey_import=make_import(wave, evaluator),
        source_row=2,
        answers={"practice_kept": 0},
    )
    spec = follow_up_spec(reference_on=SPEC.reference_on, pesos_of=2022, practice="practice_kept")

    _looks, people = follow_up_rows(wave, spec)

    found = people.set_index(["producer", "months"])["kept"]
    assert found.to_dict() == {(visited.pk, 6): 1, (visited.pk, 12): 1, (asked.pk, 12): 0}


def test_it_asks_the_same_queries_however_many_closed(query_counter):
    close(make_alliance("executing"))
    follow_up_rows(None, SPEC)
    few = query_counter(lambda: follow_up_rows(None, SPEC))

    for _more in range(4):
        close(make_alliance("executing"))

    assert query_counter(lambda: follow_up_rows(None, SPEC)) == few


def test_nobody_closed():
    looks, people = follow_up_rows(None, SPEC)

    assert (len(looks), len(people)) == (0, 0)
