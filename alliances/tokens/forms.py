"""The form that makes an access token."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from alliances.people.models import Membership
from alliances.tokens.models import AccessToken
from alliances.tokens.services import can_write_with
from alliances.tokens.table import LIFETIMES, TokenScope
from kit.forms import KeyedForm, TextField


class TokenForm(KeyedForm):
    """Its name, what it may do and for how long."""

    name = TextField(
        label=_("Name"),
        max_length=AccessToken._meta.get_field("name").max_length,
        help_text=_("Which program uses it, and where."),
    )
    scope = forms.ChoiceField(label=_("What it may do"), choices=TokenScope.choices)
    days = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(n, ngettext_lazy("%(n)s day", "%(n)s days", n) % {"n": n}) for n in LIFETIMES],
    )

    def __init__(self, *args: Any, acting: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        may_write = can_write_with(acting)
        if not may_write:
            scope = self.fields["scope"]
            scope.choices = [(TokenScope.READ.value, TokenScope.READ.label)]  # type: ignore[attr-defined]
            scope.help_text = may_write.reason
