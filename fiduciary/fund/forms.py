"""Shapes of the fund's rules, of a signed commitment and of a repayment."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.people.models import Producer
from fiduciary.fund.models import FundRules
from fiduciary.fund.rules import Schedule, equal_schedule, months_after
from fiduciary.fund.selectors import (
    fund_of,
    producers_of,
    producers_without_commitment,
    share_of_each,
)
from fiduciary.fund.services import Rules
from fiduciary.meetings import VALUE_EACH, MeetingForm, MeetingRow
from kit import amounts
from kit.figures import cop
from kit.forms import DayField, KeyedForm, PesosField, ReadField, TextField
from kit.plausible import INTEREST_PCT_PER_MONTH

INSTALMENTS = 4


def percent(lowest: str = "0.01", highest: Decimal = Decimal(100), **options: Any) -> ReadField:
    """A percentage up to ``highest``; a comma or a point before the decimals."""
    return ReadField(parse=amounts.number(Decimal(lowest), highest, places=2), **options)


class RulesForm(KeyedForm):
    """What the assembly decided, with its minutes."""

    repayment_share_pct = percent(label=_("Share of the support to give back (%)"))
    grace_months = forms.IntegerField(label=_("Months of grace"), min_value=0, max_value=60)
    monthly_interest_pct = percent(
        "0", INTEREST_PCT_PER_MONTH, label=_("Interest per month (%)"), initial=0
    )
    recovery_target_pct = percent(label=_("Recovery needed to graduate (%)"))
    approved_on = DayField(is_past=True, label=_("Approved by the assembly on"))
    act = forms.FileField(label=_("Minutes of the assembly"))

    @property
    def rules(self) -> Rules:
        """The rules, once the form is valid."""
        return Rules(**{name: self.cleaned_data[name] for name in Rules.__dataclass_fields__})


class CommitmentForm(KeyedForm):
    """What a producer signs: up to four dated instalments and the conditions."""

    producer = forms.ModelChoiceField(label=_("Producer"), queryset=Producer.objects.none())
    signed_on = DayField(is_past=True, label=_("Signed on"))
    conditions = TextField(
        label=_("Conditions"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    document = forms.FileField(label=_("Signed document"), required=False)

    def __init__(self, *args: Any, alliance: Alliance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["producer"]
        # Who has signed is no longer offered, but sending the same form again is not a mistake.
        field.queryset = Producer.objects.filter(alliance=alliance)  # type: ignore[attr-defined]
        unsigned = [(row.pk, str(row)) for row in producers_without_commitment(alliance)]
        field.widget.choices = [("", "—"), *unsigned]
        for number in range(1, INSTALMENTS + 1):
            self.fields[f"due_on_{number}"] = DayField(
                label=_("Instalment %(number)d: date") % {"number": number}, required=number == 1
            )
            self.fields[f"amount_cop_{number}"] = PesosField(
                label=_("Instalment %(number)d: amount (COP)") % {"number": number},
                required=number == 1,
            )
        self.order_fields([name for name in self.fields if name != "document"])

    def clean(self) -> dict[str, Any]:
        """An instalment has both its date and its amount."""
        cleaned = super().clean() or {}
        for number in range(2, INSTALMENTS + 1):
            due_on, amount = f"due_on_{number}", f"amount_cop_{number}"
            if bool(cleaned.get(due_on)) != bool(cleaned.get(amount)):
                lacking = amount if cleaned.get(due_on) else due_on
                if lacking not in self.errors:
                    self.add_error(lacking, _("An instalment has a date and an amount."))
        return cleaned

    @property
    def schedule(self) -> Schedule:
        """The instalments, once the form is valid."""
        data = self.cleaned_data
        return [
            (data[f"due_on_{number}"], data[f"amount_cop_{number}"])
            for number in range(1, INSTALMENTS + 1)
            if data.get(f"due_on_{number}")
        ]

    @property
    def signed(self) -> dict[str, Any]:
        """What was signed, once the form is valid."""
        data = self.cleaned_data
        return {
            "producer_id": data["producer"].pk,
            "schedule": self.schedule,
            "conditions": data["conditions"],
            "signed_on": data["signed_on"],
            "key": data["key"],
        }


class RepaymentForm(KeyedForm):
    """What a producer gave back."""

    amount_cop = PesosField(label=_("Amount given back (COP)"))
    paid_on = DayField(is_past=True, label=_("Received on"))


class PesosSheet(MeetingForm):
    """A sheet whose rows are amounts."""

    value_label = _("Amount (COP)")

    def value_field(self, **options: Any) -> forms.Field:
        """An amount, the thousands separated or not."""
        return PesosField(**options)


class CommitmentSheet(PesosSheet):
    """What many sign alike: the amount of each, in equal instalments from a first day."""

    signed_on = DayField(is_past=True, label=_("Signed on"))
    value_each = PesosField(label=VALUE_EACH, required=False)
    first_due_on = DayField(label=_("First instalment"))
    count = forms.IntegerField(label=_("Instalments"), min_value=1, max_value=12)
    months = forms.IntegerField(label=_("Months between them"), min_value=1, max_value=24)
    conditions = TextField(
        label=_("Conditions"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    document = forms.FileField(label=_("Signed document"), required=False)

    def __init__(self, *args: Any, alliance: Alliance, today: date, **options: Any) -> None:
        rules = FundRules.objects.filter(alliance=alliance).first()
        initial = {
            "signed_on": today,
            "value_each": share_of_each(alliance, rules),
            "first_due_on": months_after(today, max(rules.grace_months if rules else 0, 1)),
            "count": 2,
            "months": 6,
        }
        # Who has signed is no longer offered, but sending the same sheet again is not a mistake.
        everybody = producers_of(alliance) if args and args[0] else None
        unsigned = producers_without_commitment(alliance)
        rows = [MeetingRow(row.pk, str(row)) for row in everybody or unsigned]
        super().__init__(*args, rows=rows, initial=initial, **options)

    def schedule_of(self, amount_cop: Decimal) -> Schedule:
        """The instalments of that amount, once the form is valid."""
        data = self.cleaned_data
        return equal_schedule(amount_cop, data["first_due_on"], data["count"], data["months"])


class RepaymentSheet(PesosSheet):
    """What several gave back at one meeting; what is due is proposed."""

    paid_on = DayField(is_past=True, label=_("Received on"))

    def __init__(self, *args: Any, alliance: Alliance, today: date, **options: Any) -> None:
        rows = [
            MeetingRow(
                row.commitment.pk,
                str(row.commitment.producer),
                note=_("owes %(owed)s") % {"owed": cop(row.debt.owed_cop)},
                value=row.debt.overdue_cop or None,
                is_taken=False,
            )
            for row in fund_of(alliance, today).rows
            if row.debt.owed_cop or (args and args[0])
        ]
        super().__init__(*args, rows=rows, initial={"paid_on": today}, **options)
