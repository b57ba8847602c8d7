"""Who asks for a page or an address of evaluation, and whether they may. Both raise NotAllowed."""

from django.http import HttpRequest

from alliances.people.access import acting_of
from alliances.people.models import Membership
from evaluation.access import can_evaluate, can_read_evaluation
from kit.access import require


def as_evaluator(request: HttpRequest) -> Membership:
    """Whoever asks, acting as an evaluator."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    return acting


def as_reader(request: HttpRequest) -> Membership:
    """Whoever asks, who may read what was evaluated."""
    acting = acting_of(request)
    require(can_read_evaluation(acting))
    return acting
