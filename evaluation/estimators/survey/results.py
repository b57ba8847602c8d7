"""The frozen shape of a test that groups answer alike; pages read it without numpy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Association:
    """F statistic of «groups answer alike», with its degrees of freedom and p-value."""

    statistic: float
    df_numerator: float
    df_denominator: float
    p_value: float
