"""What the home page says to who reads the programme in aggregates: where money comes too late."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.desk import LIMIT, Desk
from alliances.lifecycle.home import HomeItem
from alliances.lifecycle.selectors import can_read_rows
from fiduciary.programme.selectors import can_read_programme, programme_at
from fiduciary.programme.table import LATE
from fiduciary.timing.clock import SlackState
from kit.figures import cop, number
from kit.small_cells import ALL


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Departments with requests that are late for their season, most of them first."""
    if can_read_rows(desk.membership) or not can_read_programme(desk.membership):
        return []
    programme = programme_at(desk.at)
    counts, amounts = programme.money[LATE.name]
    late = [(int(counts[ALL, code] or 0), code) for code in programme.departments]
    return [
        HomeItem(
            title=ngettext(
                "%(count)s request late for its season",
                "%(count)s requests late for their season",
                count,
            )
            % {"count": number(count)},
            alliance=programme.departments[code],
            why=cop(amounts[ALL, code]),
            tone=SlackState.LATE.tone,
            url=f"{reverse('fiduciary:programme')}?{urlencode({'department': code})}",
            action=_("See the figures"),
            since=desk.at,
            alliance_id=0,
        )
        for count, code in sorted(late, key=lambda row: (-row[0], row[1]))[:LIMIT]
        if count
    ]
