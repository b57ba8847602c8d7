"""What waits for scorers, verifiers and committee members, for their home page."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from alliances.lifecycle.desk import JUDGED, Desk, OwnTask, offer_task
from alliances.lifecycle.duties import REGIMES, Dossier, Duty, Member, judge
from alliances.lifecycle.home import HomeItem, by_urgency, deadline_of
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import holds_role
from alliances.lifecycle.table import AWAITING_DECISION, BY_VERB, Status
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.selection.models import Score
from alliances.selection.table import SEAL_VERIFICATION
from kit.tones import Tone

STATUSES = {
    Role.EIP: JUDGED,
    Role.SCORER: (Status.ELIGIBLE,),
    Role.OGR: (Status.ELIGIBLE, Status.SCORED),
    Role.CIR: (Status.SCORED,),
}

#: The verb whose working days count here, by the status that it ends.
_ENDED_BY: dict[str, str] = {
    Status.SUBMITTED: "verify",
    Status.ELIGIBLE: "score",
    Status.SCORED: "select",
}


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Profiles to score, to score as verification, to decide, or that lack who scores them."""
    alliances = desk.standing_in(STATUSES.get(Role(desk.membership.role), ()))
    if not alliances:
        return []
    dossier_of = desk.dossiers_of(alliances)
    if desk.membership.role == Role.EIP:
        title, action = _("Appoint who verifies and scores"), pgettext("verb", "Appoint")
        return by_urgency(
            _dated(row, title, "appoint", action, desk.at)
            for row in alliances
            if judge(dossier_of[row.pk], Duty.DIRECT, desk.member)
        )
    own_scores = Score.objects.filter(scorer=desk.membership, alliance__in=alliances)
    sealed_by_alliance = dict(own_scores.order_by("pk").values_list("alliance", "sealed_at"))
    return by_urgency(
        item
        for alliance in alliances
        for item in _items(
            alliance, dossier_of[alliance.pk], desk.member, sealed_by_alliance, desk.at
        )
    )


def _items(
    alliance: Alliance,
    dossier: Dossier,
    member: Member,
    sealed_by_alliance: dict[int, datetime | None],
    at: datetime,
) -> Iterator[HomeItem]:
    """At most one row: the act of this room that the member may do on the alliance now."""
    is_begun = alliance.pk in sealed_by_alliance
    is_sealed = bool(sealed_by_alliance.get(alliance.pk))
    action = _("Go on scoring") if is_begun else pgettext("verb", "Score")
    if alliance.status == Status.ELIGIBLE and judge(dossier, Duty.SCORE, member):
        yield _dated(alliance, _("Score the profile"), "score", action, at)
    elif alliance.status == Status.SCORED and judge(dossier, Duty.SELECT, member):
        yield _dated(alliance, _("Decide in committee"), "decide", _("Decide"), at)
    elif (
        member.role == Role.OGR
        and not is_sealed
        and not holds_role(dossier.regime, Duty.SCORE, Role.OGR)
        and any(judge(dossier, duty, member) for duty in SEAL_VERIFICATION.duties)
    ):
        yield HomeItem.on(
            alliance,
            "alliances:score",
            title=_("Verification score"),
            why=_("It is compared with the independent one; it does not bind."),
            tone=Tone.NONE,
            action=action,
            task=SEAL_VERIFICATION.verb,
        )


def _dated(alliance: Alliance, title: str, page: str, action: str, at: datetime) -> HomeItem:
    """A row with its deadline: the table's working days since the status began."""
    deadline = deadline_of(alliance, BY_VERB[_ENDED_BY[alliance.status]], at)
    return HomeItem.on(
        alliance,
        f"alliances:{page}",
        title=title,
        why=deadline.sentence,
        tone=deadline.tone,
        action=action,
        slack=deadline.days_left,
        task=_ENDED_BY[alliance.status],
    )


def unverified(membership: Membership) -> Q | None:
    """Profiles that an OGR may still score as verification, where its score binds nobody."""
    if membership.role != Role.OGR:
        return None
    regimes = [code for code, row in REGIMES.items() if not holds_role(row, Duty.SCORE, Role.OGR)]
    sealed = Score.objects.filter(scorer=membership, sealed_at__isnull=False)
    return Q(status__in=AWAITING_DECISION, call__regime__in=regimes) & ~Q(
        pk__in=sealed.values("alliance")
    )


offer_task(
    OwnTask(
        SEAL_VERIFICATION.verb, gettext_lazy("Verification score"), unverified, is_pressing=False
    )
)
