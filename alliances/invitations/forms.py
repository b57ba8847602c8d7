"""Shapes of an invitation, and of what somebody says of themself when they come in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.invitations.services import Offer
from alliances.people.models import Membership, Organisation
from alliances.people.roles import ROLES_OF, Role
from alliances.register.selectors import bodies_seen_by, can_give
from kit.forms import DayField, DespiteField, KeyedForm, PasswordField, TextField
from kit.names import by_name


class OfferForm(KeyedForm):
    """A role and its days; the rest says who is meant and for which body."""

    role = forms.ChoiceField(label=_("Role"))
    valid_from = DayField(
        label=_("From"), required=False, help_text=_("Empty: as soon as the person comes in.")
    )
    valid_until = DayField(
        label=_("Until"), required=False, help_text=_("The last day. Empty: without an end.")
    )
    despite = DespiteField()

    def arguments(self, **more: Any) -> dict[str, Any]:
        """Those of ``invite``, once the form is valid; ``more`` of the offer is not asked in it."""
        sent = self.cleaned_data | more
        about = {name: sent.pop(name) for name in ("despite", "key")}
        return {"offer": Offer(**sent), **about}


class InviteForm(OfferForm):
    """An e-mail that gets a link, for one body."""

    name = TextField(
        label=_("Name"),
        required=False,
        max_length=150,
        help_text=_("To know them by here. They write their own when they come in."),
    )
    email = forms.EmailField(label=_("E-mail"))
    field_order = ("name", "email", "role", "valid_from", "valid_until", "despite", "key")

    def __init__(self, *args: Any, body: Organisation, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles: Any = self.fields["role"]
        roles.choices = [
            (role.value, role.label) for role in ROLES_OF[body.kind] if can_give(acting, body, role)
        ]


class RoleForm(OfferForm):
    """Another role of a person who is registered."""

    organisation = forms.ModelChoiceField(label=_("Body"), queryset=Organisation.objects.none())
    field_order = ("organisation", "role", "valid_from", "valid_until", "despite", "key")

    def __init__(self, *args: Any, acting: Membership, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles: Any = self.fields["role"]
        given = Role if acting.role == Role.ADMIN else ROLES_OF[acting.organisation.kind]
        roles.choices = [(role.value, role.label) for role in given]
        bodies: Any = self.fields["organisation"]
        bodies.queryset = bodies_seen_by(acting, on).order_by(*by_name("name"), "pk")


class ArrivalForm(forms.Form):
    """Who comes in, and the password that only they know."""

    first_name = TextField(
        label=_("Given names"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "given-name"}),
    )
    last_name = TextField(
        label=_("Surnames"), max_length=150, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=150,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput({"autocomplete": "username"}),
    )
    password = PasswordField(
        label=_("Password"),
        help_text=_(
            "At least twelve characters; a sentence only you would say is easier to remember."
        ),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if email:  # whoever was invited by an e-mail comes in with that one
            del self.fields["email"]
