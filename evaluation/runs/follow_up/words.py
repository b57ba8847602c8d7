"""A follow-up result in words: labels, figures and the plain paragraph. Pure."""

from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.models import Route
from evaluation.estimators.results import Estimate, NotEstimable
from evaluation.estimators.survival.results import SurvivalCurve, SurvivalStep
from evaluation.runs.chaining.words import LEVELS
from evaluation.runs.follow_up.results import FUND, FollowUpResult, Lifetimes, Look
from evaluation.runs.words import hidden_or_why, interval_words, p_value, why
from evaluation.studies.reading.follow_up import GROUPS
from kit.figures import cop_short, number, percent

OUTCOMES: dict[str, Promise] = {
    "alive": gettext_lazy("Alliance goes on"),
    "ally": gettext_lazy("Sells to its first ally"),
    "any": gettext_lazy("Sells to its first ally or another"),
    "turning": gettext_lazy("Fund receives repayments"),
    "fund_cop": gettext_lazy("Real balance of the fund"),
    "manager": gettext_lazy("Manager is paid"),
    "practice": gettext_lazy("Producers keep what they learned"),
}


def group_label(group_by: str, group: str) -> str:
    """What a group is called."""
    labels = {str(code): str(label) for code, label in Route.choices}
    labels |= {code: str(label) for code, label in LEVELS.items()}
    if not group:
        return _("Not surveyed") if group_by else _("All alliances")
    return labels.get(group, group)


def figure(value: float, outcome: str) -> str:
    """A share, or pesos."""
    return cop_short(round(value)) if outcome == FUND else percent(value)


def estimate_words(look: Look) -> str:
    """«85 % (79 % to 90 %)», or why there is none."""
    estimate = look.estimate
    if isinstance(estimate, NotEstimable):
        return hidden_or_why(estimate)
    write = partial(figure, outcome=look.outcome)
    interval = estimate.interval
    ends = why(interval) if isinstance(interval, NotEstimable) else interval_words(interval, write)
    return f"{write(estimate.value)} ({ends})"


def share_at(curve: SurvivalCurve, months: float) -> SurvivalStep | None:
    """The step that holds after so many months; None before the first end."""
    return next((step for step in reversed(curve.steps) if step.at <= months), None)


def paragraphs(result: FollowUpResult, months: tuple[int, ...]) -> list[str]:
    """What was found, from rules; of the moments the last that can be told, the rest in tables."""
    moments = {look.months for look in result.looks if isinstance(look.estimate, Estimate)}
    return [
        _sample(result, months),
        _looked(result, max(moments, default=min(months))),
        *(_compared(row) for row in result.lifetimes if row.group_by),
        _(
            "It describes alliances that closed; what differs between routes or levels is an "
            "association, not an effect. A sale, a repayment or a fee counts when it is stored."
        ),
    ]


def _sample(result: FollowUpResult, months: tuple[int, ...]) -> str:
    funnel = result.funnel
    waiting = ", ".join(
        _("%(n)s at %(months)s months")
        % {"n": number(funnel.not_yet[str(month)]), "months": number(month)}
        for month in months
    )
    return _(
        "%(closed)s alliances had closed, and %(broke_up)s of them have broken up since. For some "
        "there is not enough time yet: %(waiting)s; they count in the curves for as long as they "
        "were seen."
    ) % {
        "closed": number(funnel.closed),
        "broke_up": number(funnel.broke_up),
        "waiting": waiting,
    }


def _looked(result: FollowUpResult, months: int) -> str:
    looks = [
        f"{OUTCOMES[look.outcome]}: {estimate_words(look)}"
        for look in result.looks
        if look.months == months and isinstance(look.estimate, Estimate)
    ]
    if not looks:
        return _("%(months)s months after closing nothing can be told yet.") % {
            "months": number(months)
        }
    return _("%(months)s months after closing. %(found)s.") % {
        "months": number(months),
        "found": "; ".join(looks),
    }


def _compared(row: Lifetimes) -> str:
    name = str(GROUPS[row.group_by])
    if row.test is None or isinstance(row.test, NotEstimable) or row.adjusted is None:
        absent = row.test if isinstance(row.test, NotEstimable) else NotEstimable("no_rows")
        return _("%(group)s: whether they last alike cannot be tested, because %(why)s.") % {
            "group": name,
            "why": why(absent),
        }
    sentence = (
        _("%(group)s: they do not last alike (log-rank, p %(p)s corrected).")
        if row.adjusted < 0.05
        else _(
            "%(group)s: a difference in how long they last cannot be told from chance (p %(p)s)."
        )
    )
    return sentence % {"group": name, "p": p_value(row.adjusted)}
