"""What lists show of an alliance: each reads it from the alliance itself (``ListColumn.of``)."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.lists import ListColumn, Toned
from kit.names import by_name

CODE = ListColumn("code", _("Code"), lambda row: row.code, (F("code"),), is_key=True)
NAME = ListColumn(
    "name",
    _("Alliance"),
    lambda row: row.name,
    tuple(by_name("name")),
    under=lambda row: row.organisation.name,
    is_wide=True,
)
PLACE = ListColumn(
    "place",
    _("Place"),
    lambda row: str(row.municipality),
    tuple(by_name("municipality__department__name", "municipality__name")),
    under=lambda row: str(row.municipality.department),
)
STATUS = ListColumn(
    "status",
    _("Status"),
    lambda row: Toned(row.get_status_display(), row.status_tone),
    (F("status"),),
)
SINCE = ListColumn("since", _("Since"), lambda row: row.status_since, (F("status_since"),))
CROP = ListColumn("crop", _("Crop"), lambda row: str(row.crop), tuple(by_name("crop__name_es")))
NIT = ListColumn(
    "nit",
    _("NIT"),
    lambda row: row.organisation.nit,
    (F("organisation__nit"),),
    is_shown=False,
)
CALL = ListColumn("call", _("Call"), lambda row: row.call.code, (F("call__code"),), is_shown=False)
INCENTIVE = ListColumn(
    "incentive",
    _("Incentive"),
    lambda row: row.incentive_cop,
    (F("incentive_cop"),),
    is_money=True,
)
