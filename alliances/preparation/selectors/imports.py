"""Files of profiles: the template of a call and what was already brought in."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliances.calls.models import Call, EligibilityRule
from alliances.lifecycle.duties import Duty, Regime
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import holds_role
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.preparation.models import ProfileImport
from alliances.preparation.workbook.template import template
from alliances.territory.selectors import crops_for_profiles
from kit.numbers import grouped


def imports_visible_to(membership: Membership) -> QuerySet[ProfileImport]:
    """Imports by this organisation, latest first; the EIP sees everybody's."""
    imports = ProfileImport.objects.select_related(
        "call", "imported_by__user", "imported_by__organisation"
    ).order_by("-imported_at", "-pk")
    if membership.role == Role.EIP:
        return imports
    return imports.filter(imported_by__organisation=membership.organisation_id)


def profiles_imported(done: ProfileImport) -> QuerySet[Alliance]:
    """The profiles that an import made, in the order of its file."""
    return done.alliances.order_by("pk")


def closed_by_import(call: Call, membership: Membership) -> list[Duty]:
    """What whoever imports into this call may no longer do to those alliances.

    To import a profile is to promote it; of the duties kept apart from that, those of the role.
    Nothing for an OGR, whose work is to promote.
    """
    if membership.role == Role.OGR:
        return []
    regime = Regime.from_data(call.regime_rules)
    return [
        duty for duty in regime.against(Duty.PROMOTE) if holds_role(regime, duty, membership.role)
    ]


def template_for(call: Call | None, on: date) -> bytes:
    """The workbook to fill in, with the products of a day and, when there is a call, its limits."""
    crops = list(crops_for_profiles(on).values_list("name_es", flat=True))
    return template(crops=crops, limits=_limits(call) if call else ())


def _limits(call: Call) -> list[str]:
    title = _("Limits of «%(call)s»:") % {"call": call}
    return [title, *(_limit(rule) for rule in call.eligibility.order_by("pk"))]


def _limit(rule: EligibilityRule) -> str:
    ends = [
        words % {"value": grouped(end), "unit": rule.get_unit_display()}
        for words, end in (
            (_("at least %(value)s %(unit)s"), rule.minimum),
            (_("at most %(value)s %(unit)s"), rule.maximum),
        )
        if end is not None
    ]
    return f"{rule.get_code_display()}: {', '.join(ends)}" if ends else str(rule.get_code_display())
