"""How every kind of run writes a p-value, an interval, and why a number is absent. Pure.

It speaks the language that is active.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from evaluation.estimators.results import Interval, NotEstimable
from kit.figures import count as count_of
from kit.figures import number


def p_value(p: float) -> str:
    """Three decimals, or «under 0.001»."""
    return f"< {number(0.001, 3)}" if p < 0.001 else number(p, 3)


def span(low: float, high: float, write: Callable[[float], str]) -> str:
    """«48 % to 58 %»."""
    return _("%(low)s to %(high)s") % {"low": write(low), "high": write(high)}


def interval_words(interval: Interval, write: Callable[[float], str]) -> str:
    """Both ends of an interval."""
    return span(interval.low, interval.high, write)


def why(absent: NotEstimable) -> str:
    """Why a number is absent."""
    return reason_of(absent.reason, absent.count)


def hidden_or_why(absent: NotEstimable) -> str:
    """One word where too few are hidden, else the reason."""
    return count_of(None) if absent.reason == "small_cell" else why(absent)


def reason_of(code: str, count: int) -> str:
    """The words of a ``ReasonCode`` with the figure behind it."""
    sentences = {
        "no_rows": _("nobody answered enough"),
        "few_clusters": _("too few alliances: %(count)s"),
        "empty_level": _("nobody is at one of the levels"),
        "sparse_level": _("one of the levels has too few alliances: %(count)s"),
        "constant_outcome": _("everybody answered the same"),
        "separation": _("the levels tell the answer without exception"),
        "collinear": _("the level cannot be told apart from the department"),
        "perfect_fit": _("the level fixes the outcome without any spread"),
        "not_converged": _("the model has no stable solution"),
        "failed_replicates": _("resamples that could not be estimated: %(count)s"),
        "not_requested": _("not asked for"),
        "no_column": _("a column that it needs is not there"),
        "not_a_number": _("a column holds something that is no number"),
        "no_group": _("a column holds what names no group"),
        "out_of_range": _("the numbers are too large or too small to work with"),
        "negative_weights": _("some weights are below zero"),
        "one_side": _("nobody is on one side of the cut-off"),
        "few_rows": _("too few answers: %(count)s"),
        "few_scores": _("too few different scores near the cut-off: %(count)s"),
        "like_scores": _("the scores near the cut-off are nearly all alike"),
        "no_density": _("too few scores near the cut-off to tell how dense they are"),
        "constant_treatment": _("everybody took part, or nobody did"),
        "constant_nearby": _("everybody near the cut-off answered the same"),
        "no_first_stage": _("taking part does not change at the cut-off"),
        "few_cases": _("too few alliances: %(count)s"),
        "not_reached": _("not reached yet"),
        "no_price_index": _("the price index lacks the years of these alliances: %(count)s"),
        "small_cell": _("too few to be shown (under %(count)s)"),
        "no_noise": _("near the cut-off no variation is left to measure an error by"),
        "dominant_cluster": _("one alliance alone would decide the result"),
        "unbalanced": _("even next to the cut-off both sides differed beforehand"),
        "two_cutoffs": _("a group has more than one cut-off"),
        "one_cutoff": _("all scores were compared with one cut-off"),
    }
    return sentences[code] % {"count": number(count)}
