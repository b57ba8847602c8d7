"""The list of alliances: what it shows of each, and how it is narrowed."""

from dataclasses import replace

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alliances.calls.filters import call_filter
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to, with_names
from alliances.lists.columns import CALL, CODE, CROP, INCENTIVE, NAME, NIT, PLACE, SINCE, STATUS
from alliances.lists.filters import AwaitedFilter, ChangedFilter, TaskFilter
from alliances.overview.filters import AllianceFilter
from alliances.people.models import Membership
from alliances.referrals.selectors import last_referral_in_words, with_last_referral
from kit.lists import ListColumn, ListShape, declare, model_version
from kit.names import by_name


class AllianceListFilter(TaskFilter, AwaitedFilter, ChangedFilter, AllianceFilter):
    """The same on the page, with the call, and with what concerns whoever asks."""

    call = call_filter()

    class Meta(AllianceFilter.Meta):
        pass


def source(membership: Membership) -> QuerySet[Alliance]:
    """What this member sees, with what a row shows."""
    return with_last_referral(with_names(alliances_visible_to(membership)))


def opens(alliance: Alliance) -> str:
    """The page of an alliance."""
    return reverse("alliances:alliance-detail", args=[alliance.code])


ALLIANCES = declare(
    ListShape(
        name="alliances",
        title=_("Alliances"),
        page="alliances:alliance-list",
        source=source,
        columns=(
            CODE,
            NAME,
            STATUS,
            SINCE,
            replace(CROP, is_shown=False),  # mostly the name begins with it
            PLACE,
            INCENTIVE,
            ListColumn(
                "value",
                _("Total value"),
                lambda row: row.total_value_cop,
                (F("total_value_cop"),),
                is_money=True,
                is_shown=False,
            ),
            ListColumn(
                "organisation",
                _("Organisation"),
                lambda row: row.organisation.name,
                tuple(by_name("organisation__name")),
                under=lambda row: row.organisation.nit,
                is_shown=False,
            ),
            ListColumn(
                "ally",
                _("Commercial ally"),
                lambda row: row.ally.name if row.ally else None,
                is_shown=False,
            ),
            NIT,
            CALL,
            ListColumn(
                "referred",
                _("Referred to"),
                last_referral_in_words,
                is_shown=False,
            ),
            ListColumn(
                "route", _("Service route"), lambda row: row.get_route_display(), is_shown=False
            ),
        ),
        filters=AllianceListFilter,
        order="-since",
        opens=opens,
        lookup="code",
        key=lambda row: row.code,
        pick=model_version,
    )
)
