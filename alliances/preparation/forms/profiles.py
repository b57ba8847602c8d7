"""Shapes of a profile: presented to a call, or corrected."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import Call
from alliances.lifecycle.models import Alliance, Route
from alliances.people.models import Organisation
from alliances.people.services import Party
from alliances.preparation.forms.fields import Grouped
from alliances.preparation.rules import OLDEST_GROUP, profile_problems
from alliances.preparation.services.profiles import WrittenProfile
from alliances.territory.models import Crop, Municipality
from alliances.territory.selectors import crops_for_profiles
from kit import identifiers
from kit.forms import (
    DayField,
    PesosField,
    ReadField,
    SeenForm,
    TextField,
    once,
    tell_problems,
)

_WHO_PRESENTS = ("organisation_name", "organisation_nit", "founded_on")


class ProfileForm(Grouped, SeenForm):
    """Who presents what, where, with which buyer and for how much.

    ``own``: the organisation that writes of itself; who presents it is then not asked.
    """

    parts = (
        (_("What is presented"), ("call", "name", "crop", "municipality", "route")),
        (_("Who presents it"), _WHO_PRESENTS),
        (_("Who buys"), ("ally_name", "ally_nit")),
        (_("For how much"), ("total_value_cop", "incentive_cop")),
    )

    name = TextField(label=_("Name of the alliance"), max_length=160)
    organisation_name = TextField(
        label=_("Producer organisation"),
        max_length=200,
        help_text=_("As registered, or the name of the group if it is not formal yet."),
    )
    organisation_nit = ReadField(
        parse=identifiers.nit,
        mode="text",
        label=_("NIT of the organisation"),
        max_length=20,
        required=False,
        help_text=_("With its check digit: 900123456-8. Empty for a group that is not formal yet."),
    )
    founded_on = DayField(label=_("Founded on"), required=False, earliest=OLDEST_GROUP)
    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.none()
    )
    crop = forms.ModelChoiceField(label=_("Product"), queryset=Crop.objects.none())
    ally_name = TextField(label=_("Commercial ally"), max_length=200, required=False)
    ally_nit = ReadField(
        parse=identifiers.nit,
        mode="text",
        label=_("NIT of the ally"),
        max_length=20,
        required=False,
    )
    route = forms.ChoiceField(label=_("Service route"), choices=Route.choices)
    total_value_cop = PesosField(label=_("Total value (COP)"))
    incentive_cop = PesosField(lowest="0", label=_("Modular incentive (COP)"))

    def __init__(
        self,
        *args: Any,
        places: QuerySet[Municipality],
        own: Organisation | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        for name in _WHO_PRESENTS if own else ():
            del self.fields[name]
        crop: Any = self.fields["crop"]
        crop.queryset = crops_for_profiles(localdate(), held=self.initial.get("crop"))
        municipality: Any = self.fields["municipality"]
        municipality.queryset = places
        municipality.label_from_instance = lambda place: f"{place.name} · {place.department.name}"

    def clean(self) -> dict[str, Any]:
        """A NIT needs the name it belongs to; figures and days must agree."""
        cleaned = super().clean() or {}
        if cleaned.get("ally_nit") and not cleaned.get("ally_name"):
            self.add_error("ally_name", _("There is a NIT without a name: write it."))
        if {"total_value_cop", "incentive_cop"} <= cleaned.keys():
            problems = profile_problems(
                total_value_cop=cleaned["total_value_cop"],
                incentive_cop=cleaned["incentive_cop"],
                founded_on=self.own.founded_on if self.own else cleaned.get("founded_on"),
                today=localdate(),
            )
            tell_problems(self, problems)
        return cleaned

    @property
    def profile(self) -> WrittenProfile:
        """What is written, once the form is valid."""
        sent = self.cleaned_data
        organisation = self.own or Party(
            sent["organisation_name"], sent["organisation_nit"] or "", sent["founded_on"]
        )
        ally = Party(sent["ally_name"], sent["ally_nit"] or "") if sent["ally_name"] else None
        same = ("name", "municipality", "crop", "route", "total_value_cop", "incentive_cop")
        values = {name: sent[name] for name in same}
        return WrittenProfile(organisation=organisation, ally=ally, **values)

    @property
    def revision(self) -> dict[str, Any]:
        """The arguments of the service that corrects one, once the form is valid."""
        return {"written": self.profile, **once(self)}

    @staticmethod
    def initial_of(alliance: Alliance) -> dict[str, Any]:
        """What the form shows of a profile already written."""
        ally = alliance.ally
        return {
            "seen": alliance.version,
            "name": alliance.name,
            "organisation_name": alliance.organisation.name,
            "organisation_nit": alliance.organisation.nit,
            "founded_on": alliance.organisation.founded_on,
            "municipality": alliance.municipality_id,
            "crop": alliance.crop_id,
            "ally_name": ally.name if ally else "",
            "ally_nit": ally.nit if ally else "",
            "route": alliance.route,
            "total_value_cop": alliance.total_value_cop,
            "incentive_cop": alliance.incentive_cop,
        }


class NewProfileForm(ProfileForm):
    """A profile with the call it is presented to."""

    seen = None  # type: ignore[assignment]  # nothing stands yet
    call = forms.ModelChoiceField(label=_("Call"), queryset=Call.objects.none())

    def __init__(self, *args: Any, calls: QuerySet[Call], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call: Any = self.fields["call"]
        call.queryset = calls
        call.initial = calls.first()

    @property
    def new_profile(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        sent = self.cleaned_data
        return {"written": self.profile, "call": sent["call"], "key": sent["key"]}
