"""Which steps of a protocol a request goes through. Pure: steps in, steps out.

A protocol is data: an ordered list of steps, each with the duty it asks for. The first step is
the requester's own (a returned request goes back to it); the last one pays.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol, TypeVar


class StepLike(Protocol):
    """What this module needs to know of a step."""

    order: int
    verb: str
    min_amount_cop: Decimal | None
    max_amount_cop: Decimal | None
    off_plan_only: bool


Step = TypeVar("Step", bound=StepLike)


def steps_for(steps: Sequence[Step], amount_cop: Decimal, *, on_plan: bool) -> list[Step]:
    """The steps a request of this amount goes through, in order.

    A step may be reserved for amounts in a band, or for what departs from the plan.
    """
    return [
        step
        for step in sorted(steps, key=lambda step: step.order)
        if (step.min_amount_cop is None or step.min_amount_cop <= amount_cop)
        and (step.max_amount_cop is None or amount_cop <= step.max_amount_cop)
        and not (step.off_plan_only and on_plan)
    ]


def step_after(steps: Sequence[Step], current: Step) -> Step | None:
    """The step that follows, None after the last."""
    return next((step for step in steps if step.order > current.order), None)


def remaining(steps: Sequence[Step], current: Step) -> list[Step]:
    """The current step and those after it."""
    return [step for step in steps if step.order >= current.order]


def faults(steps: Sequence[StepLike]) -> list[str]:
    """What is wrong with a protocol, empty when it can be used.

    Approving and paying are never optional, whatever the amount.
    """
    ordered = sorted(steps, key=lambda step: step.order)
    verbs = [step.verb for step in ordered]
    found = []
    if len({step.order for step in steps}) != len(steps):
        found.append("two steps have the same place")
    if verbs[:1] != ["resubmit"]:
        found.append("the first step must be the requester's")
    if verbs.count("approve") != 1 or verbs.count("pay") != 1 or verbs[-1:] != ["pay"]:
        found.append("a protocol approves once and ends by paying once")
    if set(verbs) - {"resubmit", "review", "approve", "pay"} or verbs.count("resubmit") != 1:
        found.append("a step corrects, reviews, approves or pays")
    if any(
        step.verb != "review" and (step.min_amount_cop or step.max_amount_cop or step.off_plan_only)
        for step in steps
    ):
        found.append("only reviews may depend on the amount or on the plan")
    return found
