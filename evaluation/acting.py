"""The acts of whoever evaluates. They belong to no alliance and go to the programme's chain."""

from contextlib import AbstractContextManager
from typing import Any

from alliances.lifecycle.acting import OpenAct, act_on
from alliances.lifecycle.table import Act
from alliances.people.models import Membership
from evaluation.access import can_evaluate
from kit.access import require


def evaluate(act: Act, *, acting: Membership, **more: Any) -> AbstractContextManager[OpenAct]:
    """``act_on`` no alliance, for evaluators only. Raises NotAllowed for anybody else."""
    require(can_evaluate(acting))
    return act_on(None, act, acting=acting, **more)
