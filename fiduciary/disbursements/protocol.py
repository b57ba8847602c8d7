"""Which steps of a protocol a request goes through. Pure: steps in, steps out.

A protocol is data: an ordered list of steps, each with the duty it asks for. The first step is
the requester's own (a returned request goes back to it); the last one pays. Between them the
trustee approves, always; before that the EIP gives its no objection, when a condition asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Protocol, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _


class StepLike(Protocol):
    """What this module needs to know of a step."""

    order: int
    verb: str
    duty: str
    min_amount_cop: Decimal | None
    max_amount_cop: Decimal | None
    if_off_plan: bool
    drawn_pct: int | None


Step = TypeVar("Step", bound=StepLike)


class Why(StrEnum):
    """Why a request needs the EIP's no objection."""

    ALWAYS = "always"
    AMOUNT = "amount"
    OFF_PLAN = "off_plan"
    DRAWN = "drawn"


@dataclass(frozen=True)
class Case:
    """What of a request decides its way: its amount, its plan, and whether chance drew it."""

    amount_cop: Decimal
    is_off_plan: bool = False
    is_drawn: bool = False


def steps_for(steps: Sequence[Step], case: Case) -> list[Step]:
    """The steps that a request goes through, in order."""
    ordered = sorted(steps, key=lambda step: step.order)
    return [step for step in ordered if _is_needed(step, case)]


def _is_needed(step: StepLike, case: Case) -> bool:
    """A review is for its band of amounts *and* its plan; a no objection for any of its reasons."""
    if step.verb == "clear":
        return bool(reasons_to_clear(step, case))
    return (
        (step.min_amount_cop is None or step.min_amount_cop <= case.amount_cop)
        and (step.max_amount_cop is None or case.amount_cop <= step.max_amount_cop)
        and (case.is_off_plan or not step.if_off_plan)
    )


def reasons_to_clear(step: StepLike, case: Case) -> list[Why]:
    """Every reason for which this request needs the no objection; empty when it needs none."""
    if step.min_amount_cop is None and not step.if_off_plan and step.drawn_pct is None:
        return [Why.ALWAYS]
    reasons = {
        Why.AMOUNT: step.min_amount_cop is not None and step.min_amount_cop <= case.amount_cop,
        Why.OFF_PLAN: step.if_off_plan and case.is_off_plan,
        Why.DRAWN: step.drawn_pct is not None and case.is_drawn,
    }
    return [why for why, holds in reasons.items() if holds]


def is_drawn(key: UUID, asked_at: datetime, steps: Sequence[StepLike]) -> bool:
    """Whether chance sends a request to the EIP: the share its protocol states, in per cent.

    Anybody can draw again from what the request stores. The key comes from who asks, the
    microsecond from the server, so that nobody can look for a key that is never drawn.
    """
    share = next((step.drawn_pct for step in steps if step.drawn_pct is not None), 0)
    moment = asked_at.astimezone(UTC).isoformat(timespec="microseconds")
    ticket = sha256(f"{key}|{moment}".encode()).digest()
    return int.from_bytes(ticket[:8]) % 100 < share


def step_after(steps: Sequence[Step], current: Step) -> Step | None:
    """The step that follows, None after the last."""
    return next((step for step in steps if step.order > current.order), None)


def remaining(steps: Sequence[Step], current: Step) -> list[Step]:
    """The current step and those after it."""
    return [step for step in steps if step.order >= current.order]


#: The duties that may review: a request asks nobody else to look at it on its way.
REVIEWERS = ("represent", "verify", "clear", "approve", "pay")
#: The duty under which each verb is done; a review belongs to whoever its step names.
DUTY_OF = {"resubmit": "request", "clear": "clear", "approve": "approve", "pay": "pay"}


def faults(steps: Sequence[StepLike]) -> list[str]:
    """What is wrong with a protocol, empty when it can be used.

    Approving and paying are never optional, whatever the amount.
    """
    ordered = sorted(steps, key=lambda step: step.order)
    verbs = [step.verb for step in ordered]
    problems = []
    if len({step.order for step in steps}) != len(steps):
        problems.append(_("two steps have the same place"))
    if verbs[:1] != ["resubmit"]:
        problems.append(_("the first step must be the requester's"))
    if verbs.count("approve") != 1 or verbs.count("pay") != 1 or verbs[-1:] != ["pay"]:
        problems.append(_("a protocol approves once and ends by paying once"))
    if verbs.count("clear") > 1 or "clear" in verbs[_place(verbs, "approve") :]:
        problems.append(_("the no objection is given once, before the approval"))
    if set(verbs) - {"review", *DUTY_OF} or verbs.count("resubmit") != 1:
        problems.append(_("a step corrects, reviews, gives no objection, approves or pays"))
    if any(step.duty != DUTY_OF.get(step.verb, step.duty) for step in steps):
        problems.append(_("each verb is done under its own duty"))
    if any(step.verb == "review" and step.duty not in REVIEWERS for step in steps):
        problems.append(
            _("a review is of whoever may %(duties)s") % {"duties": ", ".join(REVIEWERS)}
        )
    if any(_has_conditions(step) and step.verb not in ("review", "clear") for step in steps):
        problems.append(
            _("only reviews and the no objection may depend on the amount or on the plan")
        )
    if any(step.drawn_pct is not None and step.verb != "clear" for step in steps):
        problems.append(_("chance draws for the no objection only"))
    return problems


def _place(verbs: list[str], verb: str) -> int:
    return verbs.index(verb) if verb in verbs else len(verbs)


def _has_conditions(step: StepLike) -> bool:
    return bool(step.min_amount_cop or step.max_amount_cop or step.if_off_plan)
