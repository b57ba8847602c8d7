"""Who may evaluate and who may read what was found. Evaluation has no scope narrower than that."""

from django.utils.translation import gettext as _

from alliances.lifecycle.duties import RECOMMENDED, Duty
from alliances.lifecycle.selectors import AGGREGATE_READERS, NATIONAL_READERS
from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.access import ALLOWED, Verdict, refused

#: Every regime gives this duty to the same role; no alliance is involved.
EVALUATORS = frozenset(holder.role for holder in RECOMMENDED.holders[Duty.EVALUATE])


def can_evaluate(acting: Membership) -> Verdict:
    """Load surveys, write studies, launch and cancel runs."""
    if acting.role in EVALUATORS:
        return ALLOWED
    return refused(
        _("%(person)s acts as «%(role)s»: only an evaluator loads surveys and runs studies.")
        % {"person": acting.user.display_name, "role": acting.get_role_display()}
    )


def can_take_rows(acting: Membership) -> Verdict:
    """Take home the rows of a run, a row a producer, without personal data.

    Evaluators work on them and the EIP judges their work. The ministry reads results: a row with
    its score, crop and department can be recognised by who knows the place, and the counts that
    hide few people from it would be had by counting rows.
    """
    if acting.role in EVALUATORS | {Role.EIP}:
        return ALLOWED
    return refused(
        _(
            "%(person)s acts as «%(role)s»: rows of single producers go to evaluators and the EIP; "
            "the result is there for every reader."
        )
        % {"person": acting.user.display_name, "role": acting.get_role_display()}
    )


def can_read_evaluation(acting: Membership) -> Verdict:
    """Read waves, studies and results, all of them without alliances and without people."""
    if acting.role in NATIONAL_READERS + AGGREGATE_READERS:
        return ALLOWED
    return refused(
        _(
            "%(person)s acts as «%(role)s»: evaluations are read by evaluators, "
            "the EIP and the ministry."
        )
        % {"person": acting.user.display_name, "role": acting.get_role_display()}
    )
