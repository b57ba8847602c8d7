"""Reads about profiles, producers, studies, imports and consultants, and who may do them."""

from alliances.preparation.selectors.access import (
    can_correct_by_workbook,
    can_import,
    can_present,
    can_register_credential,
    can_see_documents,
    can_see_producers,
    can_verify_credential,
    own_organisation,
)
from alliances.preparation.selectors.consultants import (
    ConsultantRow,
    consultant_rows,
    consultants_for,
    consultants_visible_to,
)
from alliances.preparation.selectors.corrections import (
    correctable_profiles,
    exported,
    profile_cells,
)
from alliances.preparation.selectors.imports import (
    closed_by_import,
    imports_visible_to,
    profiles_imported,
    template_for,
)
from alliances.preparation.selectors.producers import (
    ListedProducer,
    producer_rows,
    producers_visible_to,
)
from alliances.preparation.selectors.profiles import (
    desk_rows,
    managers_of,
    open_calls,
    open_calls_for,
    presented_in,
    producer_figures,
    producers_of,
    profile_gaps,
    profiles_on_desk,
    same_name_elsewhere,
    same_person_elsewhere,
    study_gaps,
)

__all__ = [
    "ConsultantRow",
    "ListedProducer",
    "can_correct_by_workbook",
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
    "correctable_profiles",
    "desk_rows",
    "exported",
    "imports_visible_to",
    "managers_of",
    "open_calls",
    "open_calls_for",
    "own_organisation",
    "presented_in",
    "producer_figures",
    "producer_rows",
    "producers_of",
    "producers_visible_to",
    "profile_cells",
    "profile_gaps",
    "profiles_imported",
    "profiles_on_desk",
    "same_name_elsewhere",
    "same_person_elsewhere",
    "study_gaps",
    "template_for",
]
