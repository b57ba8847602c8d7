"""A referral to a sister programme, and each answer to it: rows are added, never changed."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import triggers
from alliances.referrals.rules import ProgrammeAnswer, ReferralNeed
from kit.tones import Tone
from kit.triggers import with_its_event
from kit.versions import NOTHING

#: Nobody is referred to what is not offered on that day.
OFFERED_THAT_DAY = pgtrigger.Trigger(
    name="offered_that_day",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT FROM alliances_sisterprogramme
             WHERE code = NEW.programme_id AND valid_from <= NEW.referred_on
               AND (valid_until IS NULL OR valid_until >= NEW.referred_on)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                'The programme %s is not offered on %s.', NEW.programme_id, NEW.referred_on);
        END IF;
        RETURN NEW;
    """,
)
ANSWERED_AFTERWARDS = pgtrigger.Trigger(
    name="answered_afterwards",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF EXISTS (
            SELECT FROM alliances_referral
             WHERE id = NEW.referral_id AND referred_on > NEW.answered_on
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'A programme answers on the day of the referral or later.';
        END IF;
        RETURN NEW;
    """,
)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def with_answer(self) -> "ReferralQuerySet":
        """Each with the answer that stands: its kind, its day and its row; None without one."""
        last = ReferralAnswer.objects.filter(referral=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            answer=Subquery(last.values("answer")[:1]),
            answered_on=Subquery(last.values("answered_on")[:1]),
            answer_row=Subquery(last.values("pk")[:1]),
        )


class Referral(models.Model):
    """One alliance sent to one programme for one need, with words for the organisation."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="referrals"
    )
    key = models.UUIDField(unique=True)
    programme = models.ForeignKey(
        "alliances.SisterProgramme",
        on_delete=models.PROTECT,
        related_name="referrals",
        verbose_name=_("programme"),
    )
    need = models.CharField(_("what it needs"), max_length=14, choices=ReferralNeed.choices)
    note = models.CharField(_("note for the organisation"), max_length=500)
    referred_on = models.DateField(_("referred on"))
    referred_by = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("referred by"),
    )
    answer: str | None  # these three on rows that came through with_answer() only
    answered_on: date | None
    answer_row: int | None

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.CheckConstraint(
                condition=Q(need__in=ReferralNeed.values),
                name="alliances_referral_need",
                violation_error_message=_("Unknown need."),
            ),
            models.CheckConstraint(
                condition=~Q(note=""),
                name="alliances_referral_note",
                violation_error_message=_("Tell the organisation what to do next."),
            ),
        ]
        triggers = [
            OFFERED_THAT_DAY,
            with_its_event("refer", operation=pgtrigger.Insert),
            *triggers.append_only("Referrals"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.referred_on}"

    @property
    def answer_label(self) -> str:
        """What came of it, in words; empty while nothing is known."""
        return str(ProgrammeAnswer(self.answer).label) if self.answer else ""

    @property
    def tone(self) -> Tone:
        """Good where it was accepted; what is not known yet is no success."""
        return ProgrammeAnswer(self.answer).tone if self.answer else Tone.PLAIN

    @property
    def version(self) -> str:
        """What changes whenever an answer is recorded."""
        return str(self.answer_row or NOTHING)


class ReferralAnswer(models.Model):
    """What a programme answered to a referral, and when."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="answers")
    answer = models.CharField(_("answer"), max_length=9, choices=ProgrammeAnswer.choices)
    answered_on = models.DateField(_("answered on"))
    recorded_by = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("answer to a referral")
        verbose_name_plural = _("answers to referrals")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=ProgrammeAnswer.values),
                name="alliances_referralanswer_answer",
                violation_error_message=_("Unknown answer."),
            ),
        ]
        triggers = [
            ANSWERED_AFTERWARDS,
            with_its_event(
                "record_referral_answer",
                alliance="(SELECT alliance_id FROM alliances_referral"
                " WHERE id = {row}.referral_id)",
                operation=pgtrigger.Insert,
            ),
            *triggers.append_only("Answers to referrals"),
        ]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.answer}"
