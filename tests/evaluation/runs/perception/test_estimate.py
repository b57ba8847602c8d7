"""A perception result on rows reckoned by hand; what is hidden is in no part of it."""

import json

import numpy as np
import pandas as pd
import pytest

from evaluation.runs.perception.estimate import Survey
from evaluation.studies.dataset import ALLIANCE, CROP, DEPARTMENT, WEIGHT
from evaluation.studies.perception_spec import PerceptionSpec

CODES = {"channel": ("1", "2", "3"), "support_technical_oga": ("0", "1", "2", "3", "4", "5")}


def rows(counts: dict[tuple[str, str], int], alliances: int = 20) -> pd.DataFrame:
    """So many people of each sex (first) with each answer to «channel» (second)."""
    people = [pair for pair, count in counts.items() for _one in range(count)]
    return pd.DataFrame(
        {
            "producer": range(len(people)),
            ALLIANCE: [place % alliances for place in range(len(people))],
            "@selected": None,
            "@sex": [sex for sex, _answer in people],
            CROP: "papa",
            DEPARTMENT: "52",
            "@chaining": None,
            WEIGHT: 1.0,
            "channel": [answer for _sex, answer in people],
            "support_technical_oga": [str(place % 6) for place in range(len(people))],
        }
    )


def survey(frame: pd.DataFrame, **spec: object) -> Survey:
    asked: dict[str, object] = {"questions": ("channel",), "groups": ("sex",)}
    return Survey(frame, PerceptionSpec(**(asked | spec)), CODES)


PLAIN = {
    ("f", "1"): 30,
    ("f", "2"): 20,
    ("f", "3"): 25,
    ("m", "1"): 15,
    ("m", "2"): 40,
    ("m", "3"): 30,
}


def test_shares_are_those_of_the_counts():
    (question,) = survey(rows(PLAIN)).overall()

    (row,) = question["rows"]
    assert (row["n"], row["alliances"]) == (160, 20)
    assert [cell["n"] for cell in row["cells"]] == [45, 60, 55]
    assert row["cells"][0]["share"]["value"] == pytest.approx(45 / 160)
    (by_sex,) = survey(rows(PLAIN)).by("sex")
    assert [(row["group"], row["n"]) for row in by_sex["rows"]] == [("f", 75), ("m", 85)]
    assert by_sex["rows"][1]["cells"][1]["share"]["value"] == pytest.approx(40 / 85)


def test_weights_count_people_and_without_one_nobody_is_read():
    frame = rows(PLAIN)
    frame.loc[frame["channel"] == "1", WEIGHT] = 3.0
    frame.loc[frame.index[-5:], WEIGHT] = np.nan

    found = survey(frame)

    assert found.sample()["without_weight"] == 5
    cells = found.overall()[0]["rows"][0]["cells"]
    assert cells[0]["share"]["value"] == pytest.approx(135 / (135 + 60 + 50))
    assert cells[0]["n"] == 45


def test_small_cells_are_nowhere_in_the_result():
    counts = PLAIN | {("f", "3"): 4}

    by_sex = survey(rows(counts)).by("sex")[0]["rows"]

    assert [cell["n"] for cell in by_sex[0]["cells"]] == [30, None, None]
    assert [cell["n"] for cell in by_sex[1]["cells"]] == [15, None, None]
    hidden = {"not_estimable": "small_cell", "count": 10}
    assert by_sex[0]["cells"][2]["share"] == by_sex[1]["cells"][1]["share"] == hidden


def test_whoever_belongs_to_no_group_is_counted_as_such():
    frame = rows(PLAIN)
    frame["@selected"] = ["1"] * 100 + [None] * 60

    groups = survey(frame, groups=("selected",)).by("selected")[0]["rows"]

    assert [(row["group"], row["n"]) for row in groups] == [("1", 100), ("", 60)]


def test_the_support_is_rated_by_those_who_received_it():
    (rating,) = survey(rows(PLAIN), questions=("support_technical_oga",)).support()

    assert (rating["kind"], rating["person"]) == ("technical", "oga")
    assert rating["received"]["value"] == pytest.approx(133 / 160)
    assert rating["good"]["value"] == pytest.approx(52 / 133)
    assert rating["good"]["n"] == 133


def test_a_rating_that_would_tell_a_hidden_answer_is_hidden():
    frame = rows(PLAIN)
    frame["support_technical_oga"] = ["5"] * 3 + ["1"] * 12 + ["2"] * 40 + ["4"] * 60 + ["3"] * 45

    (rating,) = survey(frame, questions=("support_technical_oga",)).support()

    # «Very good» (3) is hidden together with «very bad» (12): the sum of 4 and 5 would tell both.
    assert rating["good"] == {"not_estimable": "small_cell", "count": 10}


def test_groups_that_answer_otherwise_are_told_apart_and_corrected():
    (found,) = survey(rows(PLAIN)).comparisons()

    assert (found["question"], found["group"], found["groups"]) == ("channel", "sex", 2)
    assert found["test"]["p_value"] < 0.05
    assert found["adjusted"] == found["test"]["p_value"]  # one test alone


def test_an_answer_outside_the_dictionary_stops_the_run():
    frame = rows(PLAIN)
    frame.loc[0, "channel"] = "9"

    with pytest.raises(ValueError, match="channel: 9"):
        survey(frame).overall()


def test_the_order_of_the_rows_and_what_is_not_asked_change_no_byte():
    frame = rows(PLAIN | {("f", "3"): 4})
    other = frame.sample(frac=1, random_state=3).assign(more=1)

    def parts(found: Survey) -> str:
        return json.dumps([found.sample(), found.overall(), found.by("sex"), found.comparisons()])

    assert parts(survey(frame)) == parts(survey(other))
