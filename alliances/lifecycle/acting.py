"""The only way to do something: lock, compare, judge once, do the room's work, write one event."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NewType
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty, PastAct
from alliances.lifecycle.models import Alliance, Event, chain_of
from alliances.lifecycle.reasons import check_reason, check_sentence
from alliances.lifecycle.refusals import watched
from alliances.lifecycle.registry import act_named, unmet
from alliances.lifecycle.selectors import judgement_of, last_move, possible_now
from alliances.lifecycle.table import Act, Status, Transition
from alliances.lifecycle.words import name_of
from alliances.people.models import Membership, Organisation
from kit.access import require
from kit.days import check_day
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken, Unconfirmed
from kit.locks import take_turns
from kit.versions import canonical

if TYPE_CHECKING:
    from alliances.documents.models import DocumentVersion

#: An alliance whose row is locked until the transaction ends: acts on it come one by one.
LockedAlliance = NewType("LockedAlliance", Alliance)
#: What a person sends with an act, by name: plain values, rows, or sequences of them.
Content = Mapping[str, object]


def lock_alliance(**having: int) -> LockedAlliance:
    """The alliance with this key, or with this row of another table (``sales=7``), locked.

    It comes with the names that its pages and refusals need.
    """
    alliances = Alliance.objects.select_for_update(of=("self",)).select_related(
        "call", "municipality__department", "organisation", "crop"
    )
    try:
        return LockedAlliance(alliances.get(**having))
    except Alliance.DoesNotExist:
        # Whoever held it gave it another crop or organisation: PostgreSQL then joins the new row
        # to the old names and finds nothing. The lock is ours by now, so the second look is final.
        return LockedAlliance(alliances.get(**having))


@dataclass
class OpenAct:
    """An act under way. The room adds to ``data`` and ``documents`` what the event will say.

    ``earlier`` is the event of the very same act, done before under the same key: then there is
    nothing to do but to answer what it answered.
    """

    act: Act
    alliance: LockedAlliance
    acting: Membership | None
    at: datetime
    duty: Duty | None = None
    earlier: Event | None = None
    data: dict[str, Any] = field(default_factory=dict)
    documents: list["DocumentVersion"] = field(default_factory=list)
    changes_nothing: bool = False
    body: Organisation | None = None  # without an alliance: in whose chain of the register it goes

    def go_on(self, despite: str | None, check: Callable[[], None]) -> None:
        """Ask what ``check`` doubts; with a sentence in ``despite`` the act goes on and tells it.

        None: there is nobody to ask. Raises Unconfirmed without an answer, DomainError for a poor
        one.
        """
        if despite is None:
            return
        try:
            check()
        except Unconfirmed as doubt:
            if not despite.strip():
                raise
            check_sentence(despite, "despite")
            self.data["despite"] = {**doubt.known, "reason": despite.strip()}

    def earlier_row(self, name: str) -> Any:
        """The key of the row that the earlier act wrote, as its event tells.

        Raises Conflict for an event of before events told it: the act is done, its row unknown.
        """
        if self.earlier is None or name not in self.earlier.data:
            raise Conflict(_("This was recorded already: open the page again to see it."))
        return self.earlier.data[name]

    def check_day(self, day: date, field: str) -> None:
        """Raise DomainError, of that ``field``, for a day to come or before the call opened."""
        check_day(
            day,
            field=field,
            today=localtime(self.at).date(),
            not_before=self.alliance.call.opens_on,
            since=_("the call opened"),
        )

    def skip(self) -> None:
        """All is as it should be already: no event is written."""
        self.changes_nothing = True


@contextmanager
def act_on(
    where: int | Mapping[str, int] | LockedAlliance | None,
    act: Act,
    *,
    acting: Membership | None,
    at: datetime,
    key: UUID | None = None,
    content: Content | None = None,
    seen: str | None = None,
    version: str | Callable[[], str] | None = None,
    duty: Duty | Callable[[], Duty | None] | None = None,
    on_request: tuple[PastAct, ...] = (),
    parties: Collection[int] = (),
    reason: str = "",
    reason_code: str = "",
    documents: "Sequence[DocumentVersion]" = (),
    data: Mapping[str, Any] | None = None,
) -> Iterator[OpenAct]:
    """One act on an alliance, or on none (``where`` None), with its one event at the end.

    ``where`` is the alliance's key, or names a row of another table (``{"sales": 7}``).

    In this order: the same ``key`` with the same ``content``, reason and documents is the earlier
    act; ``seen`` is what stands (``version``, else that of the alliance); the membership is in
    force, the duty (the first of the act's that this member may exercise, or ``duty`` where the
    thing acted on decides) is free, the status allows it, the reason is given. Then the room's own
    work, and what the table requires to be true and to be shown. An alliance that the caller
    locked is in the caller's transaction. Loaded history has no ``acting`` and is not judged.
    ``parties`` are organisations bound by the thing acted on, though the alliance may have another
    one by now.

    Raises Conflict for a key used otherwise, or when somebody moved it first; NotAllowed;
    DomainError for what is missing.
    """
    act_named(act.verb)  # an act without a name could not be told afterwards
    having = {"pk": where} if isinstance(where, int) else where
    with nullcontext() if isinstance(having, Alliance) else transaction.atomic():
        alliance: Any = lock_alliance(**having) if isinstance(having, Mapping) else having
        doing = OpenAct(act, alliance, acting, at, data=dict(data or {}), documents=[*documents])
        if reason_code:
            doing.data["reason_code"] = str(reason_code)
        sent = {
            "reason": [reason_code, reason],
            "documents": [row.sha256 for row in documents],
            **(content or {}),
        }
        doing.earlier = _earlier(doing, key, sent)
        with watched(act, alliance.pk if alliance else None, acting, at):
            if doing.earlier is None:
                judge = partial(_judge, doing, duty, on_request, parties)
                if seen is not None and seen != _present(version, alliance):
                    raise _overtaken(judge)
                doing.duty = judge()
                if act.reasons:
                    check_reason(act.reasons, reason_code, reason)
                elif act.needs_reason and not reason.strip():
                    raise DomainError(_("«%(verb)s» needs a reason.") % {"verb": act.label})
            yield doing
        if doing.earlier is None and not doing.changes_nothing:
            _close(doing, key, sent, reason)


def _present(version: str | Callable[[], str] | None, alliance: Alliance | None) -> str | None:
    """The version of what the act is done on, read under the lock."""
    if version is None:
        return alliance.version if alliance else None
    return version if isinstance(version, str) else version()


def _judge(
    doing: OpenAct,
    narrowed: Duty | Callable[[], Duty | None] | None,
    on_request: tuple[PastAct, ...],
    parties: Collection[int],
) -> Duty | None:
    """The duty that is exercised, None for what needs none. Raises NotAllowed, Conflict."""
    act, alliance, acting = doing.act, doing.alliance, doing.acting
    if acting is None:
        return None
    duty = narrowed if isinstance(narrowed, Duty) or narrowed is None else narrowed()
    if duty and duty not in act.duties:
        raise ValueError(f"{act.verb} is not done under the duty {duty}.")
    if not acting.is_valid_on(localtime(doing.at).date()):
        raise NotAllowed(_("%(member)s: this role is not in force today.") % {"member": acting})
    if alliance is None:
        return None
    judgement = judgement_of(
        alliance, act, acting, duty=duty, on_request=on_request, parties=parties
    )
    require(judgement.verdict)
    check_status(alliance, act)
    return judgement.duty


def check_status(alliance: Alliance, act: Act) -> None:
    """Raise NotAllowed when the alliance's status does not let it happen.

    Raises Conflict, naming the person, when it did until somebody moved the alliance.
    """
    verdict = possible_now(alliance, act)
    if verdict:
        return
    move = last_move(alliance) if isinstance(act, Transition) else None
    if move and act.is_possible(move.from_status):
        raise Conflict(
            _("%(person)s already moved this alliance to «%(status)s» on %(when)s.")
            % {
                "person": move.actor.display_name if move.actor else _("Somebody"),
                "status": Status(move.to_status).label,
                "when": date_format(localtime(move.at), "SHORT_DATETIME_FORMAT"),
            }
        )
    require(verdict)


def _close(doing: OpenAct, key: UUID | None, content: Content, reason: str) -> None:
    """What the table asks at the end, then the event; a transition moves the alliance with it."""
    act, alliance = doing.act, doing.alliance
    if act.needs_evidence and not doing.documents:
        raise DomainError(_("«%(verb)s» needs a document.") % {"verb": act.label})
    move = act if isinstance(act, Transition) else None
    if move and (reasons := unmet(alliance, move.requirements)):
        raise NotAllowed(" ".join(reasons))
    evidence = [{"version": row.pk, "sha256": row.sha256} for row in doing.documents]
    evidence_data = {"documents": evidence} if evidence else {}
    sent = {"content": fingerprints(key, content)} if key else {}
    Event.objects.create(
        alliance=alliance,
        chain=chain_of(doing.body) if doing.body else 0,
        verb=act.verb,
        duty=doing.duty or "",
        actor=doing.acting.user if doing.acting else None,
        organisation=doing.acting.organisation if doing.acting else None,
        at=doing.at,
        reason=reason.strip(),
        data=doing.data | evidence_data | sent,
        key=key,
        from_status=alliance.status if move else "",
        to_status=move.target if move else "",
    )
    if move:
        alliance.status, alliance.status_since = move.target, doing.at


# -- The same key ----------------------------------------------------------------------------------
def _earlier(doing: OpenAct, key: UUID | None, content: Content) -> Event | None:
    """The event of this very act, if it was done before. Raises Conflict naming the difference."""
    act, alliance, acting = doing.act, doing.alliance, doing.acting
    if key is None:
        return None
    if alliance is None:  # no row of ours is locked: twins of one key wait for each other here
        take_turns(str(key))
    event = Event.objects.filter(key=key).first()
    if event is None:
        return None
    this = (act.verb, alliance.pk if alliance else None, acting.user_id if acting else None)
    if (event.verb, event.alliance_id, event.actor_id) != this:
        raise Conflict(
            _("This key already belongs to another act. Open the page again to see what stands.")
        )
    before, now = event.data.get("content", {}), fingerprints(key, content)
    others = [name for name in now if before.get(name, now[name]) != now[name]]
    if others:
        raise Conflict(
            _(
                "This was already sent on %(when)s with something else in: %(names)s. "
                "Nothing was done now: open the page again to see what stands."
            )
            % {
                "when": date_format(localtime(event.at), "SHORT_DATETIME_FORMAT"),
                "names": ", ".join(name_of(name) for name in others),
            }
        )
    return event


def fingerprints(key: UUID, content: Content) -> dict[str, str]:
    """What was sent, by name, so that it can be compared and not read: 16 hexadecimal digits.

    They are keyed by the server's secret: nobody guesses a document number from a backup.
    """
    return {
        name: salted_hmac(f"{key}:{name}", canonical(value)).hexdigest()[:16]
        for name, value in content.items()
    }


def _overtaken(judge: Callable[[], Duty | None]) -> Conflict:
    """Who moved it away, if the act is no longer possible; else that it was changed."""
    try:
        judge()
    except Conflict as moved:
        return moved
    except NotAllowed:
        pass
    return Overtaken(_("This changed while you were reading: nothing was done. Read it again."))
