"""What the survey of the full-size demonstration says of its known effects (``make truth``)."""

import pytest

from tests.demo import truth_rows
from tests.demo.truth_rows import TAMPERED, Told

#: Without it pytest-django would make no test database when this file runs alone.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shipped(django_db_setup, django_db_blocker) -> Told:
    """What the full-size portfolio of ``make demo`` says."""
    with django_db_blocker.unblock():
        return truth_rows.told_by(truth_rows.SHIPPED)


@pytest.mark.parametrize("outcome", truth_rows.EFFECTS)
def test_shipped_survey_carries_the_known_effects(shipped, outcome):
    found, known = shipped.effects[outcome], truth_rows.EFFECTS[outcome]
    assert truth_rows.in_interval(found, known)
    assert truth_rows.in_region(found.anderson_rubin, known)


def test_yields_are_measured_against_several_alliances_of_each_crop(shipped):
    others = shipped.rows[shipped.rows["took_part"] == 0].dropna(subset=["productivity_kg_ha"])
    assert set(others["crop"]) == set(shipped.rows["crop"])
    assert others.groupby("crop")["alliance"].nunique().min() >= 4


def test_tampering_is_seen_with_the_tampered_departments_and_not_without(shipped):
    with_them, without_them = shipped.density
    assert with_them < 0.05 < without_them
    honest = truth_rows.without(shipped.rows, TAMPERED)
    assert truth_rows.density_pv(honest) > 0.05  # nor does the choice of whom to ask bend it
