"""The coverage experiment: what it must find, and that it finds the same however it is run."""

from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.estimators import marked
from tests.evaluation.estimators.coverage import (
    DESIGNS,
    EFFECT,
    INTRA_ALLIANCE,
    TAKE_PART,
    Design,
    Tally,
    draw,
    page,
    pool,
    rejections,
    run,
)

DEFAULT, NAIVE = "cr3 by alliance (default)", "nn, no cluster"


def test_default_covers_and_unclustered_does_not_on_any_number_of_processes() -> None:
    alone = run(DESIGNS[0], 40)
    with pool(2) as workers:
        beside = run(DESIGNS[0], 40, workers)

    assert alone[DEFAULT].share >= 85
    assert alone[NAIVE].share < alone[DEFAULT].share - 10
    assert beside == alone
    assert page({DESIGNS[0]: beside}, 40) == page({DESIGNS[0]: alone}, 40)


def test_own_scores_have_neither_alliance_means_nor_a_density_by_alliance() -> None:
    found = run(DESIGNS[3], 2)

    assert not {"alliance means, nn", "member rows"} & set(found)
    assert DEFAULT in found


def test_density_of_member_rows_raises_false_alarms() -> None:
    chance = np.random.default_rng(1)
    found = [rejections(draw(DESIGNS[0], chance)) for _sample in range(60)]
    alarms = {name: Tally.of([each[name] for each in found]).share for name in found[0]}

    assert alarms["one row per alliance"] < 20
    assert alarms["member rows"] > 40


def test_samples_are_what_the_page_says() -> None:
    data = draw(Design(20_000, 5), np.random.default_rng(1))
    near = data[data["score"].abs() < 0.1]
    above = near["score"] >= 0

    assert data.groupby("alliance")["score"].nunique().eq(1).all()
    assert near.groupby(above)["takes_part"].mean().tolist() == pytest.approx(TAKE_PART, abs=0.02)
    noise = (
        near["outcome"] - EFFECT * near["takes_part"] - np.where(above, 0.3, 0.6) * near["score"]
    )
    means = noise.groupby(near["alliance"]).mean()
    assert noise.var() == pytest.approx(1, abs=0.05)
    assert means.var() == pytest.approx(INTRA_ALLIANCE + (1 - INTRA_ALLIANCE) / 5, abs=0.03)


def test_what_is_not_estimated_does_not_count_as_missing_the_truth() -> None:
    tally = Tally.of([(True, 1.0), (True, 3.0), (False, 2.0), None])

    assert (tally.share, tally.length, tally.refused) == (pytest.approx(200 / 3), 2.0, 25.0)


def test_only_the_marked_part_of_a_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x:start -->\nold\n<!-- x:end -->\nafter\n", encoding="utf-8")

    marked.put(page, "x", "new\n")
    marked.put(page, "x", "new\n")

    expected = "before\n<!-- x:start -->\n\nnew\n\n<!-- x:end -->\nafter\n"
    assert page.read_text(encoding="utf-8") == expected
    with pytest.raises(ValueError, match="no single"):
        marked.put(page, "y", "new")
