"""Writes of referrals: to a programme offered that day, and what it answered."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.people.models import Membership
from alliances.referrals.models import Referral, ReferralAnswer
from alliances.referrals.selectors import (
    can_refer,
    can_tell_answer,
    is_read_by,
    programmes_on,
    referrals_of,
)
from alliances.referrals.table import RECORD_REFERRAL_ANSWER, REFER
from kit.access import require
from kit.days import check_day
from kit.errors import Conflict, DomainError


def refer(
    *,
    alliance_id: int,
    programme: str,
    need: str,
    note: str,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Referral:
    """Refer an alliance, in any status, to a programme offered today; the same key is one act.

    Raises NotAllowed, DomainError when the programme is not offered today, Conflict while an
    earlier referral to it has no answer.
    """
    today = localtime(at).date()
    with act_on(
        alliance_id,
        REFER,
        acting=acting,
        at=at,
        key=key,
        content={"programme": programme, "need": need, "note": note},
    ) as act:
        if act.earlier:
            return Referral.objects.get(pk=act.earlier_row("referral"))
        require(is_read_by(act.alliance, acting))
        require(can_refer(act.alliance, acting))
        offered = programmes_on(today).filter(pk=programme).first()
        if offered is None:
            raise DomainError(_("This programme is not offered today."), field="programme")
        for earlier in referrals_of([act.alliance.pk]).filter(programme=offered):
            if earlier.answer is None:
                raise Conflict(
                    _("It was referred to %(programme)s on %(day)s: record what came of it first.")
                    % {
                        "programme": offered,
                        "day": date_format(earlier.referred_on, "DATE_FORMAT"),
                    }
                )
        referral = Referral(
            alliance=act.alliance,
            key=key,
            programme=offered,
            need=need,
            note=note.strip(),
            referred_on=today,
            referred_by=acting,
        )
        referral.full_clean()
        referral.save()
        act.data |= {
            "referral": referral.pk,
            "name": offered.name_es,
            "need": str(need),
            "referred_on": today.isoformat(),
        }
        return referral


def record_answer(
    *,
    referral_id: int,
    answer: str,
    answered_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
    seen: str | None = None,
) -> Referral:
    """Write what a programme answered; a later answer takes the place of an earlier one.

    What stands already is not written again. Raises NotAllowed, DomainError for a day before the
    referral or in the future, Overtaken when somebody recorded another answer since it was read.
    """
    with transaction.atomic():
        alliance = lock_alliance(referrals=referral_id)
        referral = referrals_of([alliance.pk]).get(pk=referral_id)
        with act_on(
            alliance,
            RECORD_REFERRAL_ANSWER,
            acting=acting,
            at=at,
            key=key,
            content={"referral": referral_id, "answer": answer, "answered_on": answered_on},
            seen=seen,
            version=referral.version,
        ) as act:
            if act.earlier:
                return referral
            require(is_read_by(alliance, acting))
            require(can_tell_answer(alliance, acting))
            check_day(
                answered_on,
                field="answered_on",
                today=localtime(at).date(),
                not_before=referral.referred_on,
                since=_("it was referred"),
            )
            if (answer, answered_on) == (referral.answer, referral.answered_on):
                act.skip()
                return referral
            row = ReferralAnswer(
                referral=referral, answer=answer, answered_on=answered_on, recorded_by=acting
            )
            row.full_clean()
            row.save()
            act.data |= {
                "referral": referral.pk,
                "answer_row": row.pk,
                "name": referral.programme.name_es,
                "answer": str(answer),
                "answered_on": answered_on.isoformat(),
            }
            return referral
