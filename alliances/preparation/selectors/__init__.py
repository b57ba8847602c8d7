"""Reads about profiles, producers, studies, imports and consultants, and who may do them."""

from alliances.preparation.selectors.access import (
    can_import,
    can_present,
    can_register_credential,
    can_see_documents,
    can_see_producers,
    can_verify_credential,
)
from alliances.preparation.selectors.consultants import (
    consultant_rows,
    consultants_for,
    consultants_visible_to,
)
from alliances.preparation.selectors.imports import (
    closed_by_import,
    imports_visible_to,
    template_for,
)
from alliances.preparation.selectors.profiles import (
    desk_rows,
    managers_of,
    open_calls,
    producer_figures,
    producers_of,
    profile_gaps,
    profiles_on_desk,
    same_name_elsewhere,
    same_person_elsewhere,
    study_gaps,
)

__all__ = [
    "can_import",
    "can_present",
    "can_register_credential",
    "can_see_documents",
    "can_see_producers",
    "can_verify_credential",
    "closed_by_import",
    "consultant_rows",
    "consultants_for",
    "consultants_visible_to",
    "desk_rows",
    "imports_visible_to",
    "managers_of",
    "open_calls",
    "producer_figures",
    "producers_of",
    "profile_gaps",
    "profiles_on_desk",
    "same_name_elsewhere",
    "same_person_elsewhere",
    "study_gaps",
    "template_for",
]
