"""Shapes of a referral and of what a programme answered."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from alliances.referrals.models import Referral
from alliances.referrals.rules import ProgrammeAnswer, ReferralNeed
from alliances.territory.models import SisterProgramme
from kit.forms import DayField, KeyedForm, SeenForm, TextField


class ReferForm(KeyedForm):
    """Where to, for what, and what the organisation is to do next."""

    need = forms.ChoiceField(
        label=_("What does it need?"), choices=ReferralNeed.choices, widget=forms.RadioSelect
    )
    programme = forms.ChoiceField(label=_("To which programme?"), widget=forms.RadioSelect)
    note = TextField(
        label=_("What should the organisation do now?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It reads this: where to go, whom to ask for, what to bring."),
    )

    def __init__(self, *args: Any, programmes: Iterable[SisterProgramme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [  # type: ignore[attr-defined]
            (row.pk, format_html(_OPTION, row, row.entity, row.offers, _FOR_WHOM, row.for_whom))
            for row in programmes
        ]


_OPTION = "<span><b>{}</b> · {}<br><small>{} {} {}</small></span>"
_FOR_WHOM = _("For whom:")


class ReferralAnswerForm(SeenForm):
    """What came of a referral, and when."""

    answer = forms.ChoiceField(
        label=_("What did the programme answer?"),
        choices=ProgrammeAnswer.choices,
        widget=forms.RadioSelect,
    )
    answered_on = DayField(
        is_past=True,
        label=_("When?"),
        help_text=_("Without an answer: the day on which you stopped waiting for one."),
    )

    def __init__(self, *args: Any, referral: Referral, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = referral.version
        self.fields["answer"].initial = referral.answer
        self.fields["answered_on"].initial = today
