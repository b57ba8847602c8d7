"""What a study may ask for. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Facts of the profile, older than selection, that may adjust a comparison.
PROFILE_COVARIATES: dict[str, Promise] = {
    "is_woman": _("Woman"),
    "experience_years": _("Years of experience"),
    "organisation_age_years": _("Age of the organisation"),
}
#: The same for an estimate of impact, as they stood when the snapshot was frozen.
IMPACT_COVARIATES: dict[str, Promise] = PROFILE_COVARIATES | {
    "age_years": _("Age"),
    "farm_area_ha": _("Farm area (ha)"),
    "monthly_income_cop": _("Household income per month (COP)"),
}
