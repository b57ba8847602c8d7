"""Falsification tests, sensitivity analyses and plots of a discontinuity design."""

from evaluation.estimators.checks.balance import covariate_balance
from evaluation.estimators.checks.bins import rd_bins
from evaluation.estimators.checks.bootstrap import Bootstrap, bootstrap
from evaluation.estimators.checks.density import DensitySpec, density_test
from evaluation.estimators.checks.density_groups import DensityByGroup, GroupDensity, density_by
from evaluation.estimators.checks.heaping import Heap, Heaping, heaping
from evaluation.estimators.checks.honest import honest_interval
from evaluation.estimators.checks.pooling import CutoffEstimate, PooledEstimate, pooled_estimate
from evaluation.estimators.checks.power import (
    Detectable,
    detectable,
    minimum_detectable_effect,
    power_at,
)
from evaluation.estimators.checks.randomisation import LocalRandomisation, local_randomisation
from evaluation.estimators.checks.sensitivity import (
    Placebo,
    bandwidth_path,
    donut,
    leave_one_out,
    placebo_cutoffs,
)
from evaluation.estimators.discontinuity import (
    Balance,
    BalanceRow,
    Bin,
    Curve,
    DensityTest,
    HonestInterval,
    RDBins,
    SensitivityPoint,
    WeightedAverage,
)

__all__ = [
    "Balance",
    "BalanceRow",
    "Bin",
    "Bootstrap",
    "Curve",
    "CutoffEstimate",
    "DensityByGroup",
    "DensitySpec",
    "DensityTest",
    "Detectable",
    "GroupDensity",
    "Heap",
    "Heaping",
    "HonestInterval",
    "LocalRandomisation",
    "Placebo",
    "PooledEstimate",
    "RDBins",
    "SensitivityPoint",
    "WeightedAverage",
    "bandwidth_path",
    "bootstrap",
    "covariate_balance",
    "density_by",
    "density_test",
    "detectable",
    "donut",
    "heaping",
    "honest_interval",
    "leave_one_out",
    "local_randomisation",
    "minimum_detectable_effect",
    "placebo_cutoffs",
    "pooled_estimate",
    "power_at",
    "rd_bins",
]
