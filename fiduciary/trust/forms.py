"""Shapes of a promise, its certificate, the trust and a receipt."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from alliances.people.models import Organisation, OrganisationKind
from fiduciary.trust.models import ContributionKind
from fiduciary.trust.table import WITHDRAW_CONTRIBUTION
from kit.forms import DayField, DespiteField, KeyedForm, PesosField, SeenForm, TextField, once
from kit.names import by_name

#: Kinds of organisation that put money, goods or labour into a plan.
CO_FINANCIERS = (
    OrganisationKind.MADR,
    OrganisationKind.GOVERNMENT,
    OrganisationKind.ALLY,
    OrganisationKind.PRODUCER,
)


class ContributionForm(KeyedForm):
    """What a co-financier promises, and by when."""

    organisation = forms.ModelChoiceField(
        label=_("Co-financier"), queryset=Organisation.objects.none()
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=ContributionKind.choices, widget=forms.RadioSelect
    )
    concept = TextField(label=_("Concept"), max_length=120)
    committed_cop = PesosField(label=_("Amount committed (COP)"))
    due_on = DayField(label=_("Due on"))

    def __init__(self, *args: Any, parties: set[int], **kwargs: Any) -> None:
        """``parties`` are the organisations of this alliance; governments are all offered."""
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.queryset = (  # type: ignore[attr-defined]
            Organisation.objects.filter(kind__in=CO_FINANCIERS[:2])
            | Organisation.objects.filter(pk__in=parties)
        ).order_by("kind", *by_name("name"), "pk")


class WithdrawalForm(ReasonForm):
    """Why a promise is taken back."""

    act = WITHDRAW_CONTRIBUTION


class CertificateForm(KeyedForm):
    """The document that backs a promise."""

    certificate = forms.FileField(
        label=_("Certificate"), help_text=_("Budget certificate, guarantee or signed letter.")
    )


class TrustForm(SeenForm):
    """The contract of the trust."""

    contract_number = TextField(label=_("Contract number"), max_length=40)
    constituted_on = DayField(is_past=True, label=_("Constituted on"))
    contract = forms.FileField(label=_("Contract"), required=False)

    @property
    def terms(self) -> dict[str, Any]:
        """What the contract says and the key of the act, once the form is valid."""
        names = ("contract_number", "constituted_on")
        return {name: self.cleaned_data[name] for name in names} | once(self)


class ReceiptForm(KeyedForm):
    """What arrived of a promise."""

    amount_cop = PesosField(label=_("Amount received (COP)"))
    received_on = DayField(is_past=True, label=_("Received on"))
    reference = TextField(label=_("Bank reference or delivery record"), max_length=80)
    despite = DespiteField()
