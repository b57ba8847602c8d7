"""The acts of this room, and the themes and actors that excerpts are coded by."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

RECORD_EXERCISE = apart("record_exercise", _("Record a qualitative exercise"), "evaluators")
ADD_EXCERPT = apart("add_excerpt", _("Code an excerpt"), "evaluators")
WITHDRAW_EXCERPT = apart("withdraw_excerpt", _("Withdraw an excerpt"), "evaluators")
LINK_EXCERPT = apart("link_excerpt", _("Put an excerpt beside a study"), "evaluators")
ACTS = (RECORD_EXERCISE, ADD_EXCERPT, WITHDRAW_EXCERPT, LINK_EXCERPT)

#: The terms of reference name eight kinds without a public list of them: these are our reading.
EXERCISES: dict[str, Promise] = {
    "semi_structured_interview": _("Semi-structured interview"),
    "in_depth_interview": _("In-depth interview"),
    "group_interview": _("Group interview"),
    "focus_group": _("Focus group"),
    "workshop": _("Workshop"),
    "case_study": _("Case study"),
    "observation": _("Observation in the field"),
    "life_story": _("Life story"),
}
THEMES: dict[str, Promise] = {
    "selection": _("Selection and scores"),
    "timing": _("Timing and crop windows"),
    "money": _("Disbursements and trust"),
    "support": _("Support received"),
    "market": _("Link with the ally and the market"),
    "organisation": _("The organisation"),
    "fund": _("Rotating fund"),
    "wellbeing": _("Well-being and income"),
    "politics": _("Political pressure and counterparts"),
    "sustainability": _("What lasts after closing"),
}
ACTORS: dict[str, Promise] = {
    "producer": _("Producers"),
    "organisation": _("Organisations"),
    "ally": _("Commercial allies"),
    "oga": _("Accompanying organisations (OGA)"),
    "ogr": _("Regional managers (OGR)"),
    "government": _("Departments and municipalities"),
    "trustee": _("Trustees"),
    "programme": _("The programme (EIP and MADR)"),
}
