"""What each column that leaves with the rows of a run means. Pure.

The bridge's own columns are described here, those of the survey by the wave's dictionary. A
column that neither describes does not leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.estimators.chaining.spec import BEHAVIOUR
from evaluation.studies.covariates import IMPACT_COVARIATES

#: When a column was settled: before the committee decided, after, or by its decision.
BEFORE, AFTER, DECISION = "before", "after", "decision"
YES_NO: Mapping[str, str | Promise] = {"0": _("No"), "1": _("Yes")}


@dataclass(frozen=True)
class DataColumn:
    """``name`` as it leaves. ``values`` maps codes, as text, to what they mean."""

    name: str
    label: str | Promise
    kind: str
    unit: str | Promise = ""
    measured: str = ""
    source: str | Promise = ""
    values: Mapping[str, str | Promise] = field(default_factory=dict)


_PROFILE = _("Profile of the producer, as registered")
_SNAPSHOT = _("Snapshot frozen by the committee's decision")
_SALES = _("Agreements and sales stored until the study's day")
_PRODUCER = DataColumn(
    "producer",
    _("Producer: a number within this file"),
    "integer",
    source=_("Given when the file is made; it leads to nobody"),
)
_ALLIANCE = DataColumn(
    "alliance",
    _("Alliance: a number within this file"),
    "integer",
    source=_PRODUCER.source,
)
_DEPARTMENT = DataColumn(
    "department", _("Department"), "text", _("DIVIPOLA code"), BEFORE, _("Profile of the alliance")
)
_BEHAVIOUR: dict[str, Promise] = {
    "deliveries_honoured": _("Share of the promised deliveries that were made"),
    "price_in_range": _("Share of sales at a price within the agreement"),
    "paid_on_time": _("Share of payments made in time"),
    "agreement_in_force": _("Whether an agreement was in force"),
}

#: By the name that a frame of the bridge gives it.
BRIDGE: dict[str, DataColumn] = {
    "producer": _PRODUCER,
    "@alliance": _ALLIANCE,
    "alliance": _ALLIANCE,
    "@department": _DEPARTMENT,
    "department": _DEPARTMENT,
    "@crop": DataColumn(
        "crop", _("Main crop"), "text", _("code"), BEFORE, _("Profile of the alliance")
    ),
    "@score": DataColumn(
        "score",
        _("Score less cut-off"),
        "number",
        _("points"),
        DECISION,
        _("Snapshot frozen by the committee's decision, or the answer that the study names"),
    ),
    "@cutoff": DataColumn(
        "cutoff",
        _("Cut-off used"),
        "number",
        _("points"),
        DECISION,
        _("Snapshot frozen by the committee's decision, or the study"),
    ),
    "@call_region": DataColumn(
        "call_region",
        _("Call and region whose cut-off it is"),
        "text",
        "",
        BEFORE,
        _("Snapshot frozen by the committee's decision; empty where the score is an answer"),
    ),
    "@offered": DataColumn(
        "offered",
        _("The committee selected the alliance"),
        "yes_no",
        "",
        DECISION,
        _SNAPSHOT,
        YES_NO,
    ),
    "@treated": DataColumn(
        "treated",
        _("Took part, as the study defines it"),
        "yes_no",
        "",
        AFTER,
        _("What the alliance had reached, its selection, or an answer: the study says which"),
        YES_NO,
    ),
    "@weight": DataColumn(
        "weight",
        _("How many producers the answer stands for"),
        "number",
        "",
        AFTER,
        _("The weight that the study names; 1 where it names none"),
    ),
    "is_woman": DataColumn("is_woman", _("Woman"), "yes_no", "", BEFORE, _PROFILE, YES_NO),
    "experience_years": DataColumn(
        "experience_years",
        IMPACT_COVARIATES["experience_years"],
        "integer",
        _("years"),
        BEFORE,
        _PROFILE,
    ),
    "organisation_age_years": DataColumn(
        "organisation_age_years",
        IMPACT_COVARIATES["organisation_age_years"],
        "number",
        _("years"),
        BEFORE,
        _("Day of foundation of the organisation"),
    ),
    "age_years": DataColumn(
        "age_years",
        IMPACT_COVARIATES["age_years"],
        "integer",
        _("whole years at the decision"),
        BEFORE,
        _PROFILE,
    ),
    "farm_area_ha": DataColumn(
        "farm_area_ha", _("Farm area"), "number", _("hectares"), BEFORE, _PROFILE
    ),
    "monthly_income_cop": DataColumn(
        "monthly_income_cop", _("Household income"), "number", _("COP a month"), BEFORE, _PROFILE
    ),
    **{
        name: DataColumn(name, _BEHAVIOUR[name], "number", _("share from 0 to 1"), AFTER, _SALES)
        for name in BEHAVIOUR
    },
}
