"""Shocks inside the period of a study are shown with the share of it that they cover."""

import csv
from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse

from alliances.models import ExternalShock
from evaluation.studies.shocks import overlaps, period_of, shock_pairs, shocks_data
from tests.factories.alliances import make_alliance, make_department, make_producer
from tests.factories.evaluation import (
    AT,
    make_impact_study,
    make_operations_study,
    make_snapshot,
    make_study,
    make_surveyed,
    make_wave,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shocks():
    make_department("76", "Valle del Cauca")
    ExternalShock.objects.all().delete()
    rows = [
        ("roads", "2021-03-01", "2021-03-10", "76"),
        ("pandemic", "2020-03-12", "2022-06-30", ""),
        ("climate", "2022-07-01", "2022-08-01", ""),
    ]
    for kind, start, end, departments in rows:
        ExternalShock.objects.create(
            code=kind,
            name_es=kind,
            name_en=f"Shock of {kind}",
            kind=kind,
            starts_on=start,
            ends_on=end,
            departments=departments,
            source="A paper",
            confidence="low",
        )


def test_only_those_inside_the_period_with_their_share(evaluator):
    days = {"from_on": date(2021, 3, 6), "until_on": date(2021, 3, 25)}
    study = make_operations_study(evaluator, **days)

    found = overlaps(study)

    assert [(row.shock.code, row.days, row.share, row.place) for row in found] == [
        ("pandemic", 20, 1.0, "the whole country"),
        ("roads", 5, 0.25, "Valle del Cauca"),
    ]
    assert "25" in dict(shock_pairs(found))["Shock of roads (Closed roads)"]
    assert shocks_data(study)[1]["share_of_period"] == 0.25


def test_a_study_of_a_wave_looks_from_the_first_decision_on(evaluator):
    wave = make_wave(evaluator)
    study = make_study(evaluator, wave)
    assert period_of(study) == (wave.collected_from, wave.collected_until)

    producer = make_surveyed(wave, evaluator, alliances=3, members=2)[0]
    make_snapshot(producer.alliance, "71", at=AT.replace(year=2019))
    other = make_producer(make_alliance("executing")).alliance
    make_snapshot(other, "71", at=AT.replace(year=2018))  # nobody of it was surveyed

    assert period_of(study) == (date(2019, 3, 2), wave.collected_until)


def test_the_page_shows_them(evaluator, as_member):
    study = make_impact_study(evaluator)

    page = as_member(evaluator).get(reverse("evaluation:study-detail", args=[study.pk]))

    assert "Shock of pandemic" in page.content.decode()
    assert "Shock of climate" not in page.content.decode()


def test_the_source_is_named_and_linked_on_study_page_report_and_export(evaluator, as_member):
    link = "https://example.org/paper"
    ExternalShock.objects.filter(code="pandemic").update(url=link)
    days = {"from_on": date(2021, 3, 6), "until_on": date(2021, 3, 25)}
    study = make_operations_study(evaluator, **days)

    page = as_member(evaluator).get(reverse("evaluation:study-detail", args=[study.pk]))

    assert f'Source: A paper, <a href="{link}" rel="nofollow">' in page.content.decode()
    assert link in dict(shock_pairs(overlaps(study)))["Shock of pandemic (Pandemic)"]
    assert shocks_data(study)[0]["url"] == link


def test_every_shock_of_the_reference_says_where_it_is_from():
    with (settings.BASE_DIR / "alliances/territory/data/external_shocks.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(row["source"] and row["url"].startswith("https://") for row in rows)
