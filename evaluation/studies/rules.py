"""What a study may ask for. Pure."""

#: Facts of the profile, older than selection, that may adjust a comparison.
PROFILE_COVARIATES = ("is_woman", "experience_years", "organisation_age_years")
