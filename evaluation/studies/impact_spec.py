"""What an impact study fixes before any outcome is read. Pure.

Effect of taking part at the cut-off of the score: a fuzzy regression discontinuity, whose settings
and defaults ``docs/method.md`` explains. Variables are named as the wave's dictionary names them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from evaluation.estimators.stored import StoredSpec

Treatment = Literal["in_execution", "trust_constituted", "selected", "answer", "none"]
Cluster = Literal["alliance", "department", "none"]
Kernel = Literal["triangular", "epanechnikov", "uniform"]
Selector = Literal["mserd", "msetwo", "cerrd", "certwo"]
Variance = Literal["cr3", "cr2", "cr1", "nn_cluster", "nn"]
MassPoints = Literal["adjust", "off"]
ScoreReading = Literal["found", "as_stored"]
#: By variable: what each code of an answer counts as, None where it is no answer.
Codes = tuple[tuple[str, tuple[tuple[float, float | None], ...]], ...]
Target = Literal["reduced_form", "fuzzy"]

#: Treatments that a day belongs to: the alliance had got there by then.
DATED: frozenset[Treatment] = frozenset({"in_execution", "trust_constituted"})


class Contradiction(ValueError):
    """Choices that cannot stand together; ``rules`` are all those that they break."""

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__("; ".join(rules))
        self.rules = tuple(rules)


@dataclass(frozen=True)
class Exclusion:
    """A department left out of the headline, and why. ``department`` is its DIVIPOLA code."""

    department: str
    reason: str


@dataclass(frozen=True)
class ImpactSpec(StoredSpec):
    """Every choice of an impact run.

    outcomes: numeric variables of the wave. standardised: those of them that are measured in
    standard deviations of the controls of the same crop (productivity). treatment: what the
    alliance had reached by ``treated_by``, inclusive; or what the committee decided (selected);
    or a yes/no ``treatment_variable`` of the wave (answer); or nothing but the score (none: a
    sharp design). score_variable: left empty, the running variable is the frozen binding score
    less the cut-off used; otherwise it is this variable of the wave less ``cutoff``, and nobody
    sealed it. covariates: facts of the profile, or variables measured before selection.
    minimum_controls: fewer controls of a crop than these tell no standard deviation. cluster,
    kernel, p, bwselect, bandwidth_on, vce, masspoints, decimals, level: as ``RDSpec``. placebos:
    cut-offs where nothing happened. balance_draws: of clusters, for the joint test of balance.
    codes: what codes of a variable count as; answers that they do not name stay as they are.
    threshold: counts of fewer producers, profiles or alliances do not leave the evaluators' room.

    Raises Contradiction.
    """

    outcomes: tuple[str, ...]
    standardised: tuple[str, ...] = ()
    treatment: Treatment = "in_execution"
    treated_by: date | None = None
    treatment_variable: str = ""
    score_variable: str = ""
    cutoff: float = 0.0
    covariates: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    minimum_controls: int = 10
    cluster: Cluster = "alliance"
    kernel: Kernel = "triangular"
    p: int = 1
    bwselect: Selector = "mserd"
    bandwidth_on: Target = "reduced_form"
    vce: Variance = "cr3"
    masspoints: MassPoints = "adjust"
    decimals: ScoreReading = "found"
    level: float = 95.0
    placebos: int = 20
    balance_draws: int = 999
    codes: Codes = ()
    threshold: int = 10

    def __post_init__(self) -> None:
        _require(
            {
                "name at least one outcome, each once": bool(self.outcomes)
                and len({*self.outcomes}) == len(self.outcomes),
                "only outcomes are standardised": {*self.standardised} <= {*self.outcomes},
                "this treatment needs its day": (self.treated_by is not None)
                == (self.treatment in DATED),
                "this treatment needs its variable": bool(self.treatment_variable)
                == (self.treatment == "answer"),
                "a variable has one use": len(self._used()) == len({*self._used()}),
                "a department is left out once": len(self.excluded) == len({*self.excluded}),
                "every exclusion says why": all(item.reason.strip() for item in self.exclusions),
                "without a cluster the variance is nn, with one it is not": (self.cluster == "none")
                == (self.vce == "nn"),
                "p is 1 or 2": self.p in (1, 2),
                "the level lies between 50 and 100": 50 < self.level < 100,
                "crops need 2 controls or more": self.minimum_controls >= 2,
                "codes belong to variables of the study, each once": {
                    *(name for name, _codes in self.codes)
                }
                <= {*self._used()}
                and len({name for name, _codes in self.codes}) == len(self.codes),
                "the threshold is 2 or more": self.threshold >= 2,
                "placebos and draws are not negative": min(self.placebos, self.balance_draws) >= 0,
            }
        )

    def _used(self) -> list[str]:
        named = [*self.outcomes, *self.covariates, self.treatment_variable, self.score_variable]
        return [name for name in named if name]

    @property
    def excluded(self) -> tuple[str, ...]:
        """Codes of the departments left out of the headline."""
        return tuple(item.department for item in self.exclusions)


def _require(rules: Mapping[str, bool]) -> None:
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise Contradiction(broken)
