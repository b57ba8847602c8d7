"""Writing profiles, producers, studies, imports, managers and consultants' credentials."""

from alliances.preparation.services.consultants import (
    appoint_consultant,
    register_credential,
    verify_credential,
)
from alliances.preparation.services.corrections import (
    apply_corrections,
    mistakes_of,
    plan_of_upload,
    stage_corrections,
)
from alliances.preparation.services.imports import (
    import_profiles,
    keep_refused,
    stage_profiles,
)
from alliances.preparation.services.managers import end_manager, register_manager
from alliances.preparation.services.producers import (
    add_producer,
    remove_producer,
    reveal_document,
    update_producer,
)
from alliances.preparation.services.profiles import (
    ProfileFields,
    check_profile,
    create_profile,
    present_profile,
    revise_profile,
    update_profile,
    verify_profile,
)
from alliances.preparation.services.study import StudyData, present_study, write_study

__all__ = [
    "ProfileFields",
    "StudyData",
    "add_producer",
    "apply_corrections",
    "appoint_consultant",
    "check_profile",
    "create_profile",
    "end_manager",
    "import_profiles",
    "keep_refused",
    "mistakes_of",
    "plan_of_upload",
    "present_profile",
    "present_study",
    "register_credential",
    "register_manager",
    "remove_producer",
    "reveal_document",
    "revise_profile",
    "stage_corrections",
    "stage_profiles",
    "update_producer",
    "update_profile",
    "verify_credential",
    "verify_profile",
    "write_study",
]
