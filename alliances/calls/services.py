"""Writing calls and sealing them. Once sealed, the database refuses any change to their rules."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from alliances.calls.drafts import DATA, EXAMPLES, CallDraft, read_draft
from alliances.calls.models import Call, CallRegion, Criterion, CriterionOption, EligibilityRule
from alliances.calls.rules import call_problems, hash_of, problems, sealed_too_late
from alliances.calls.selectors import can_manage_calls, rubric_of, rules_document
from alliances.calls.table import CREATE_CALL, DISCARD_CALL, OPEN_CALL
from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import REGIMES
from alliances.people.models import Membership
from alliances.territory.selectors import latest_wage_year
from kit.access import require
from kit.errors import Conflict, DomainError
from kit.locks import take_turns

OPENING_TIME = time(8)  # calls open at eight in the morning (terms of reference of 2020)


class CallNotReady(DomainError):
    """The call cannot open yet; the message lists what is missing."""


def create_call(
    *, draft: CallDraft, acting: Membership, at: datetime, key: UUID | None = None
) -> Call:
    """Write a call that is not sealed yet.

    Raises NotAllowed unless the EIP acts, ValidationError when its code is taken, its dates or
    wages make no sense or a row breaks a constraint.
    """
    require(can_manage_calls(acting, localtime(at).date()))
    content, data = asdict(draft), {"call": draft.code}
    with act_on(
        None, CREATE_CALL, acting=acting, at=at, key=key, content=content, data=data
    ) as act:
        if act.earlier:
            return Call.objects.get(code=draft.code)
        take_turns(f"call {draft.code}")
        if Call.objects.filter(code=draft.code).exists():
            taken = _("There is already a call with the code %(code)s.") % {"code": draft.code}
            raise ValidationError({"code": taken})
        if nonsense := call_problems(
            opens_on=draft.opens_on,
            closes_on=draft.closes_on,
            wage_year=draft.wage_year,
            latest_wage_year=latest_wage_year() or draft.wage_year,
            today=localtime(at).date(),
        ):
            raise ValidationError(nonsense)
        return _write(draft)


def open_call(
    *,
    call_id: int,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Call:
    """Freeze the call: copy its duty regime into it, hash its rules and seal it.

    The same ``key`` twice is one act. Raises NotAllowed unless the EIP acts, CallNotReady naming
    everything that is missing, and Conflict when somebody sealed it first.
    """
    require(can_manage_calls(acting, localtime(at).date()))
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_id)
        return _seal(call, acting=acting, at=at, key=key)


def discard_call(
    *, call_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Call:
    """Take a draft that was a slip out of sight; its code stays taken. Twice is once.

    Raises NotAllowed unless the EIP acts, and Conflict when it is sealed.
    """
    require(can_manage_calls(acting, localtime(at).date()))
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_id)
        with act_on(
            None,
            DISCARD_CALL,
            acting=acting,
            at=at,
            key=key,
            content={"call": call_id},
            data={"call": call.code},
        ) as act:
            if act.earlier:
                return call
            if call.discarded_at:
                act.skip()
                return call
            _refuse_sealed(call)
            call.discarded_at = at
            call.full_clean()
            call.save(update_fields=["discarded_at"])
            return call


def _refuse_sealed(call: Call) -> None:
    """Raise Conflict, saying since when, for a call that is sealed."""
    if call.sealed_at:
        raise Conflict(
            _("This call was already opened on %(when)s.")
            % {"when": date_format(localtime(call.sealed_at), "SHORT_DATETIME_FORMAT")}
        )


@transaction.atomic
def load_example_calls(*, at: datetime) -> tuple[Call, ...]:
    """The example calls, written and sealed once; a call that exists is left as it is.

    They are loaded history: sealed on the morning they opened (or at ``at``, if that is earlier),
    with no actor in their event.
    """
    calls = []
    for name in EXAMPLES:
        draft = read_draft(DATA / name)
        known = Call.objects.filter(code=draft.code).first()
        opened_at = min(at, make_aware(datetime.combine(draft.opens_on, OPENING_TIME)))
        calls.append(known or _seal(_write(draft), acting=None, at=opened_at, key=None))
    return tuple(calls)


def _seal(
    call: Call,
    *,
    acting: Membership | None,
    at: datetime,
    key: UUID | None,
) -> Call:
    content = {"call": call.code}
    with act_on(None, OPEN_CALL, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return call
        _refuse_sealed(call)
        if call.discarded_at:
            raise Conflict(_("This call was discarded: write another one."))
        missing = _missing(call)
        if late := sealed_too_late(call.opens_on, localtime(at).date()):
            missing.append(late)
        if missing:
            raise CallNotReady(" ".join(missing))
        call.regime_rules = REGIMES[call.regime].to_data()
        call.rules_hash = hash_of(rules_document(call, call.regime_rules))
        call.sealed_at = at
        call.full_clean()
        call.save(update_fields=["regime_rules", "rules_hash", "sealed_at"])
        act.data |= {"call": call.code, "rules_hash": call.rules_hash}
        return call


def _missing(call: Call) -> list[str]:
    rubric = rubric_of(call)
    return problems(
        regions=call.regions.count(),
        weights=[row.weight for row in rubric if not row.is_affirmative],
        criteria_without_options=[row.name for row in rubric if len(row.options.all()) < 2],
    )


def _write(draft: CallDraft) -> Call:
    call = Call(
        code=draft.code,
        name=draft.name,
        opens_on=draft.opens_on,
        closes_on=draft.closes_on,
        wage_year=draft.wage_year,
        regime=draft.regime,
        source=draft.source,
        rubric_source=draft.rubric_source,
    )
    call.full_clean()
    call.save()
    _keep([CallRegion(call=call, **vars(region)) for region in draft.regions])
    _keep([EligibilityRule(call=call, **vars(limit)) for limit in draft.limits])
    criteria = []
    for criterion_draft in draft.criteria:
        fields = {name: value for name, value in vars(criterion_draft).items() if name != "options"}
        criteria.append(Criterion(call=call, **fields))
    _keep(criteria)
    _keep(
        [
            CriterionOption(criterion=criterion, **vars(option))
            for criterion, criterion_draft in zip(criteria, draft.criteria, strict=True)
            for option in criterion_draft.options
        ]
    )
    return call


def _keep(rows: Sequence[CallRegion | EligibilityRule | Criterion | CriterionOption]) -> None:
    """Write rows of one kind at once; where the database refuses them, the wrong one says why."""
    if not rows:
        return
    for row in rows:
        row.clean_fields(exclude=("call", "criterion"))  # which were just written
        row.clean()
    manager: Any = type(rows[0])._default_manager
    try:
        with transaction.atomic():
            manager.bulk_create(rows)
    except IntegrityError:
        for row in rows:
            row.full_clean()
            row.save()
