"""One estimate of a run as rdrobust is asked for it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RDCall:
    """Columns of data.csv, and both bandwidths as (left, right), given.

    vce: that rdrobust is asked for; our_vce: that our run used, which it may lack.
    """

    name: str
    outcome: str
    score: str
    sample: str
    covariates: tuple[str, ...]
    fuzzy: str | None
    cluster: str | None
    p: int
    q: int
    kernel: str
    vce: str
    h: tuple[float, ...]
    b: tuple[float, ...]
    level: float
    our_vce: str
