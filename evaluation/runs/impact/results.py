"""The parts of an impact result, typed as the page reads them. Pure.

What is stored is what the estimators answered, whole (``to_data``). Classes of our own stand where
a run puts results together, or where a count may be hidden. ``NotEstimable`` in the place of a
number carries its reason; None in the place of a count says that it is hidden
(``evaluation.runs.hiding``). Amounts are in units of the outcome: pesos a year, kilograms per
hectare, or standard deviations where it is standardised. Pairs are (left of the cut-off, right of
it); intervals are (low, high).
"""

from dataclasses import dataclass

from evaluation.estimators.discontinuity import (
    Balance,
    Counts,
    DensityTest,
    HonestInterval,
    RDBins,
    RDEstimate,
    RDResult,
    SensitivityPoint,
    Sides,
    WeightedAverage,
)
from evaluation.estimators.results import NotEstimable, from_data
from evaluation.runs.jobs import Parts


@dataclass(frozen=True)
class Excluded:
    """A department that the study leaves out: DIVIPOLA code, why, and whom that leaves out."""

    department: str
    reason: str
    producers: int | None
    alliances: int | None


@dataclass(frozen=True)
class OutcomeFunnel:
    """One outcome: producers of the analysis who answered, and those whose answer can be used.

    ``crops_without_controls``: too few controls to standardise by, so their answers are lost.
    """

    outcome: str
    answered: int
    valid: int
    crops_without_controls: tuple[str, ...]


@dataclass(frozen=True)
class StoredSides:
    """Whoever stands below the cut-off, and at it or above; None where a count is hidden."""

    producers: Counts | None
    alliances: Counts | None
    departments: Counts


@dataclass(frozen=True)
class ImpactFunnel:
    """From everybody surveyed to those analysed. ``linked`` have a score and a treatment."""

    surveyed: int
    linked: int | None
    excluded: tuple[Excluded, ...]
    analysed: int | None
    alliances: int | None
    departments: int
    treated: Counts | None
    outcomes: tuple[OutcomeFunnel, ...]
    sides: StoredSides | None = None


@dataclass(frozen=True)
class OutcomeEffect:
    """One row of the headline.

    found: of taking part (of the score alone where the design is sharp). intention_to_treat: of
    being above the cut-off. p_holm: adjusted over the outcomes of the study. control_sd: of the
    untreated, in units of the outcome. detectable: the effect that this design would have found in
    80 of 100 surveys. potential: from the mean of the lower two fifths of the untreated to that of
    the fourth; runs of method 1 have none. near: who answered within the bandwidth.
    """

    outcome: str
    standardised: bool
    found: RDResult
    intention_to_treat: RDResult
    p_holm: float | None
    control_sd: float | None
    detectable: float | None
    potential: float | None = None
    near: StoredSides | None = None


@dataclass(frozen=True)
class Headline:
    """The effects. ``shared_score``: members share their alliance's score."""

    rows: tuple[OutcomeEffect, ...]
    shared_score: bool


@dataclass(frozen=True)
class Corrected:
    """An outcome corrected for imbalance of the covariates, in both ways."""

    outcome: str
    inside: RDResult
    residuals: RDResult


@dataclass(frozen=True)
class Plot:
    """The plot of one outcome, with the bandwidth that is shaded in it."""

    outcome: str
    bins: RDBins | NotEstimable
    h: Sides | None


@dataclass(frozen=True)
class HistogramBar:
    """Profiles with a score from low to high."""

    low: float
    high: float
    profiles: int | None


@dataclass(frozen=True)
class ScoreDensity:
    """Every profile decided in the calls of those surveyed, surveyed or not; those of the
    departments of the analysis; and the bars of a histogram of these.
    """

    everywhere: DensityTest | NotEstimable
    analysed: DensityTest | NotEstimable
    bars: tuple[HistogramBar, ...]


@dataclass(frozen=True)
class DepartmentDensity:
    """The same within one department, adjusted by Holm for asking in each."""

    department: str
    is_excluded: bool
    profiles: int | None
    found: DensityTest | NotEstimable
    p_adjusted: float | None


@dataclass(frozen=True)
class StoredHeap:
    """A score that more profiles have than its neighbours promise."""

    value: float
    observed: int | None
    expected: float | None
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class StoredBinomialWindow:
    """Profiles on both sides, near the cut-off; ``p_value`` of as uneven a split by chance."""

    low: float
    high: float
    below: int | None
    at_or_above: int | None
    p_value: float


@dataclass(frozen=True)
class StoredHeaping:
    """How scores pile up. What runs of earlier methods did not store is None or empty."""

    decimals: int | None
    distinct_scores: int
    repeated_share: float
    heaps: tuple[StoredHeap, ...]
    tested: int
    at_cutoff: StoredHeap | None
    windows: tuple[StoredBinomialWindow, ...]
    step: float | None = None
    n: Counts | None = None
    rows: int | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Path:
    """One outcome under one kind of change; a reason where none could be tried."""

    outcome: str
    points: tuple[SensitivityPoint, ...] | NotEstimable


@dataclass(frozen=True)
class StoredPlaceboTest:
    """Jumps where nothing happened. rank: place of the true one by size, 1 the largest."""

    points: tuple[SensitivityPoint, ...]
    rank: int
    p_value: float
    actual: RDResult | None = None


@dataclass(frozen=True)
class StoredPlacebo:
    """One outcome at other cut-offs."""

    outcome: str
    found: StoredPlaceboTest | NotEstimable


@dataclass(frozen=True)
class StoredCutoff:
    """The estimate at one cut-off, with a bandwidth of its own.

    at: call and region. cutoff: in points of the score. weight: share of the rows within the
    bandwidth of the pooled estimate; it and their counts are None where they are hidden.
    """

    at: str
    cutoff: float
    n_effective: Counts | None
    weight: float | None
    found: RDResult


@dataclass(frozen=True)
class StoredPooled:
    """The estimate over several cut-offs, on the score less its own cut-off, and at each."""

    pooled: RDEstimate
    by_cutoff: tuple[StoredCutoff, ...]
    average: WeightedAverage | NotEstimable


@dataclass(frozen=True)
class Cutoffs:
    """One outcome over the cut-offs of calls and regions."""

    outcome: str
    found: StoredPooled | NotEstimable


@dataclass(frozen=True)
class Honest:
    """One outcome: of reaching the cut-off, whoever took part."""

    outcome: str
    found: HonestInterval | NotEstimable


@dataclass(frozen=True)
class StoredExtreme:
    """The estimate without one alliance, which is not named."""

    coef: float
    pv: float
    ci: Sides


@dataclass(frozen=True)
class StoredAlliances:
    """The headline without each of ``tried`` of the alliances ``near`` it, at its bandwidths.

    flipped: how many of these point the other way. changed: how many cannot be told from zero where
    the headline can, or the other way round.
    """

    near: int
    tried: int
    flipped: int
    changed: int
    lowest: StoredExtreme
    highest: StoredExtreme


@dataclass(frozen=True)
class Alliances:
    """One outcome without each alliance."""

    outcome: str
    found: StoredAlliances | NotEstimable


@dataclass(frozen=True)
class Departments:
    """One outcome with every department, with each excluded one put back, without each other."""

    outcome: str
    with_all: RDResult
    put_back: tuple[SensitivityPoint, ...]
    left_out: tuple[SensitivityPoint, ...] | NotEstimable


@dataclass(frozen=True)
class ImpactResult:
    """The parts there are; None or empty for those that are still to come."""

    funnel: ImpactFunnel | None = None
    headline: Headline | None = None
    plots: tuple[Plot, ...] = ()
    density: ScoreDensity | None = None
    density_departments: tuple[DepartmentDensity, ...] | NotEstimable = ()
    heaping: StoredHeaping | NotEstimable | None = None
    balance: Balance | None = None
    corrected: tuple[Corrected, ...] = ()
    specifications: tuple[Path, ...] = ()
    bandwidths: tuple[Path, ...] = ()
    placebo: tuple[StoredPlacebo, ...] = ()
    donut: tuple[Path, ...] = ()
    cutoffs: tuple[Cutoffs, ...] = ()
    honest: tuple[Honest, ...] = ()
    alliances: tuple[Alliances, ...] = ()
    departments: tuple[Departments, ...] = ()


def result_of(parts: Parts) -> ImpactResult | None:
    """The parts that are stored, typed; None before the headline."""
    return from_data(ImpactResult, parts) if "headline" in parts else None
