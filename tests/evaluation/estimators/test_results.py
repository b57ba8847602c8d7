"""What is stored of a result comes back as the result that it was."""

import json

import pandas as pd

from evaluation.estimators import RDSpec, estimate_rd
from evaluation.estimators.discontinuity import RDEstimate
from evaluation.estimators.results import EstimatorWarning, from_data, to_data


def test_an_estimate_comes_back_with_the_codes_of_its_warnings() -> None:
    scores = [place % 40 - 20.0 for place in range(400)]
    outcomes = [score / 10 + (score >= 0) + place % 7 / 5 for place, score in enumerate(scores)]
    data = pd.DataFrame({"score": scores, "outcome": outcomes})
    estimate = estimate_rd(data, RDSpec(outcome="outcome", score="score"))
    assert isinstance(estimate, RDEstimate)

    stored = json.loads(json.dumps(to_data(estimate)))
    again = from_data(RDEstimate, stored)

    assert to_data(again) == stored
    assert again.warnings == estimate.warnings
    (warning,) = again.warnings
    assert isinstance(warning, EstimatorWarning)
    assert warning.code == "shared_scores"


def test_a_warning_of_an_older_run_stays_a_sentence() -> None:
    assert from_data(tuple[str, ...], ["Members share scores."]) == ("Members share scores.",)
