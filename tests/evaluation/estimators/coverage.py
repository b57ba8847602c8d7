"""How often intervals hold the truth when the members of an alliance share its score.

``python -m tests.evaluation.estimators.coverage`` draws samples whose effect is known, estimates
each in several ways and counts; ``--write`` puts the tables into docs/method.md. Every sample has
a seed of its own, so the number of processes changes nothing.
"""

import argparse
import multiprocessing
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from math import inf, sqrt
from multiprocessing.pool import Pool
from pathlib import Path
from statistics import NormalDist, median

import numpy as np
import pandas as pd
from numpy.random import SeedSequence

from evaluation.estimators.checks.density import density_test
from evaluation.estimators.checks.density_spec import DensitySpec
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from tests.evaluation.estimators import marked

PAGE = Path(__file__).parents[3] / "docs" / "method.md"
SAMPLES, SEED = 8_000, 2016

#: What taking part adds to the outcome, in standard deviations of its noise.
EFFECT = 0.55
#: Correlation of the noise of two members of one alliance.
INTRA_ALLIANCE = 0.15
#: Probability of taking part below the cut-off, and at it or above: near those of the synthetic
#: survey in rd/data.
TAKE_PART = (0.1, 0.9)
#: Correlation of a member's wish to take part with the noise of its outcome.
SELF_SELECTION = 0.3
#: Coefficients of the score, its square and its cube below the cut-off, and above.
BELOW, ABOVE = (0.6, 0.2, 0.0), (0.3, -0.2, 0.05)


@dataclass(frozen=True)
class Design:
    """So many alliances of so many members.

    shared: one score for all of an alliance. together: whether an alliance takes part as one, but
    for the members' own luck, or each member by itself.
    """

    alliances: int
    members: int
    shared: bool = True
    together: bool = True

    @property
    def name(self) -> str:
        more = "" if self.shared else ", own scores"
        return f"{self.alliances} × {self.members}{more}" + (
            "" if self.together else ", each alone"
        )


DESIGNS = (
    Design(57, 20),
    Design(113, 10),
    Design(282, 4),
    Design(113, 10, shared=False),
    Design(57, 20, together=False),
)

#: Of one sample: whether the interval holds the effect (the density test rejects), and the length
#: of the interval; None where there is none.
Answer = tuple[bool, float] | None
Answers = dict[str, Answer]

SPEC = RDSpec("outcome", "score", treatment="takes_part")
BY_ALLIANCE = replace(SPEC, cluster="alliance")
#: Nobody bends a score here: every rejection is a false alarm.
DENSITIES = {
    "one row per alliance": DensitySpec("score", unit="alliance"),
    "member rows": DensitySpec("score"),
}


# -- One sample ------------------------------------------------------------------------------------
def draw(design: Design, chance: np.random.Generator) -> pd.DataFrame:
    """One row a member: alliance, score (cut-off 0), takes_part, outcome."""
    alliance = np.repeat(np.arange(design.alliances), design.members)
    rows = len(alliance)

    def normal(shared: bool) -> np.ndarray:
        """One number an alliance, or a member; an entry a member either way."""
        return (
            chance.normal(size=design.alliances)[alliance] if shared else chance.normal(size=rows)
        )

    score, luck = normal(design.shared), normal(design.together)
    noise = sqrt(INTRA_ALLIANCE) * normal(True) + sqrt(1 - INTRA_ALLIANCE) * normal(False)
    wish = SELF_SELECTION * noise + sqrt(1 - SELF_SELECTION**2) * luck
    refusing, agreeing = (NormalDist().inv_cdf(1 - share) for share in TAKE_PART)
    takes_part = (wish > np.where(score >= 0, agreeing, refusing)).astype(float)
    mean = np.where(score >= 0, _polynomial(score, ABOVE), _polynomial(score, BELOW))
    return pd.DataFrame(
        {
            "alliance": alliance,
            "score": score,
            "takes_part": takes_part,
            "outcome": mean + EFFECT * takes_part + noise,
        }
    )


def _polynomial(score: np.ndarray, coefficients: Iterable[float]) -> np.ndarray:
    return sum(
        (each * score**power for power, each in enumerate(coefficients, 1)), np.zeros_like(score)
    )


def answers(data: pd.DataFrame, design: Design) -> Answers:
    """What each way of estimating says of one sample."""
    default = estimate_rd(data, BY_ALLIANCE)
    found = {
        "cr3 by alliance (default)": _interval(default),
        "cr2 by alliance, Student t": _interval(
            estimate_rd(data, replace(BY_ALLIANCE, vce="cr2", distribution="student"))
        ),
        "cr1 by alliance": _interval(estimate_rd(data, replace(BY_ALLIANCE, vce="cr1"))),
        "nn, no cluster": _interval(estimate_rd(data, SPEC)),
        "Anderson-Rubin set, cr3": _region(default),
    }
    if design.shared:
        means = data.groupby("alliance", as_index=False).mean()
        found["alliance means, nn"] = _interval(estimate_rd(means, SPEC))
    return found


def _interval(found: RDEstimate | NotEstimable) -> Answer:
    if isinstance(found, NotEstimable):
        return None
    low, high = found.ci_robust
    return low <= EFFECT <= high, high - low


def _region(found: RDEstimate | NotEstimable) -> Answer:
    if isinstance(found, NotEstimable) or found.anderson_rubin is None:
        return None
    region = found.anderson_rubin
    if region.low is None or region.high is None:
        return region.shape == "line", inf if region.shape == "line" else 0.0
    if region.shape == "outside":
        return not region.low < EFFECT < region.high, inf
    return region.low <= EFFECT <= region.high, region.high - region.low


def rejections(data: pd.DataFrame) -> Answers:
    """What the density test says of one sample, by the rows that it is given."""
    found: Answers = {}
    for name, spec in DENSITIES.items():
        test = density_test(data, spec)
        found[name] = (
            None if isinstance(test, NotEstimable) else (test.pv < 0.05, test.ci[1] - test.ci[0])
        )
    return found


# -- Many samples ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tally:
    """Per cent of the samples with an answer for which it is yes, its error by simulation, the
    median length of the intervals, and the per cent of samples without an answer."""

    share: float
    error: float
    length: float
    refused: float

    @classmethod
    def of(cls, given: list[Answer]) -> "Tally":
        held = [answer for answer in given if answer is not None]
        if not held:
            return cls(0.0, 0.0, inf, 100.0)
        share = sum(holds for holds, _length in held) / len(held)
        return cls(
            share=100 * share,
            error=100 * sqrt(share * (1 - share) / len(held)),
            length=median(length for _holds, length in held),
            refused=100 * (1 - len(held) / len(given)),
        )


#: Tallies by design and by estimator or test.
Found = dict[Design, dict[str, Tally]]


def run(design: Design, samples: int, workers: Pool | None = None) -> dict[str, Tally]:
    """The tallies of one design, by estimator or test."""
    root = SeedSequence(
        SEED, spawn_key=(design.alliances, design.members, design.shared, design.together)
    )
    jobs = [(design, seed) for seed in root.spawn(samples)]
    if workers is None:
        found = [_sample(*job) for job in jobs]
    else:
        found = workers.starmap(_sample, jobs, chunksize=25)
    return {name: Tally.of([each[name] for each in found]) for name in found[0]}


def _sample(design: Design, seed: SeedSequence) -> Answers:
    data = draw(design, np.random.default_rng(seed))
    tested = rejections(data) if design.shared and design.together else {}
    return answers(data, design) | tested


def pool(processes: int) -> AbstractContextManager[Pool | None]:
    """Workers that start afresh, and so hear that linear algebra has one thread each."""
    if processes == 1:
        return nullcontext()
    return multiprocessing.get_context("spawn").Pool(processes)


# -- The page --------------------------------------------------------------------------------------
def page(found: Found, samples: int) -> str:
    """The tables in Markdown. The same samples give the same bytes."""
    below, above = (_terms(coefficients) for coefficients in (BELOW, ABOVE))
    estimates = _only(found, lambda name: name not in DENSITIES)
    tests = _only(found, DENSITIES.__contains__)

    def share(tally: Tally) -> str:
        return f"{tally.share:.1f} ± {tally.error:.1f}"

    return f"""\
{samples:,} samples of each design, alliances × members (seed {SEED}). The score s of an alliance is
standard normal and the cut-off 0; with *own scores* every member has one. The noise of the outcome
has variance 1 and, between members of an alliance, correlation {INTRA_ALLIANCE}. A member takes
part with probability {TAKE_PART[0]} below the cut-off and {TAKE_PART[1]} from it on. The wish to
do so is normal: its correlation with the member's noise is {SELF_SELECTION}, and the rest of it is
the alliance's, so that mostly all of its members take part or none; with *each alone* it is the
member's, and the first stage is far stronger. The mean outcome is {below} below the cut-off
and {above} above; taking part adds {EFFECT}.

Nominal 95 % intervals that hold that effect, in per cent of the samples with an estimate, ± the
error of the simulation:

{_table("interval", estimates, share)}

Their median length; per cent of the samples without an estimate:

{_table("interval", estimates, lambda tally: f"{tally.length:.2f}; {tally.refused:.1f}")}

Nobody bends a score in these samples. The density test at 5 % rejects, in per cent of the samples:

{_table("density test", tests, share)}
"""


def _terms(coefficients: Iterable[float]) -> str:
    powers = zip(coefficients, ("s", "s²", "s³"), strict=True)
    terms = [f"{each:+g} {power}" for each, power in powers if each]
    return " ".join(terms).replace("-", "− ").replace("+", "+ ").removeprefix("+ ")


def _only(found: Found, wanted: Callable[[str], bool]) -> Found:
    """Some of the tallies, of the designs that have any of them."""
    some = {
        design: {name: tally for name, tally in tallies.items() if wanted(name)}
        for design, tallies in found.items()
    }
    return {design: tallies for design, tallies in some.items() if tallies}


def _table(what: str, found: Found, show: Callable[[Tally], str]) -> str:
    names = max(found.values(), key=len)
    rows = [
        [name, *(show(tallies[name]) if name in tallies else "–" for tallies in found.values())]
        for name in names
    ]
    head = [what, *(design.name for design in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="of each design")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="into docs/method.md")
    options = parser.parse_args()
    with pool(options.processes) as workers:
        found = {design: run(design, options.samples, workers) for design in DESIGNS}
    text = page(found, options.samples)
    print(text)
    if options.write:
        marked.put(PAGE, "coverage", text)


if __name__ == "__main__":
    main()
