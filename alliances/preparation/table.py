"""The acts of this room: profiles and their producers, the study, managers and consultants."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import EDITABLE, OPERATING, STUDY_OPEN, Act, Status, apart

_CLOSED_TO_CHANGES = _(
    "The profile is «%(status)s»: it changes only as a draft or when it is returned."
)
#: The manager is trained while the alliance closes, executes and runs its fund.
MANAGED = (Status.CLOSING, Status.TRUST_CONSTITUTED, *OPERATING)

CREATE_PROFILE = Act("create_profile", _("Write profile"), (Status.DRAFT,), (Duty.PROMOTE,))
UPDATE_PROFILE = Act(
    "update_profile", _("Change profile"), EDITABLE, (Duty.PROMOTE,), elsewhere=_CLOSED_TO_CHANGES
)
CHECK_PROFILE = Act(
    "check_profile",
    _("Check one's own profile"),
    (*EDITABLE, Status.SUBMITTED),
    (Duty.PROMOTE,),
    elsewhere=_("The profile is «%(status)s»: its own people have nothing to check any more."),
)
ADD_PRODUCER = Act(
    "add_producer", _("Add producer"), EDITABLE, (Duty.PROMOTE,), elsewhere=_CLOSED_TO_CHANGES
)
UPDATE_PRODUCER = Act(
    "update_producer",
    _("Change a producer's data"),
    EDITABLE,
    (Duty.PROMOTE,),
    elsewhere=_CLOSED_TO_CHANGES,
)
REMOVE_PRODUCER = Act(
    "remove_producer",
    _("Remove producer"),
    EDITABLE,
    (Duty.PROMOTE,),
    elsewhere=_CLOSED_TO_CHANGES,
)
REVEAL_DOCUMENT = Act(
    "reveal_document",
    _("See a full document number"),
    None,
    (),
    right="the OGR and the OGA that work with the alliance",
)
WRITE_STUDY = Act(
    "write_study",
    _("Write study"),
    STUDY_OPEN,
    (Duty.ADVISE,),
    elsewhere=_("The alliance is «%(status)s»: its study is not being written."),
)
REGISTER_MANAGER = Act(
    "register_manager",
    _("Register apprentice manager"),
    MANAGED,
    (Duty.ACCOMPANY,),
    elsewhere=_("The alliance is «%(status)s»: it has no apprentice manager."),
)
END_MANAGER = Act(
    "end_manager",
    _("End the apprentice manager's contract"),
    MANAGED,
    (Duty.ACCOMPANY,),
    reasons=(R.REPLACED, R.BREACH, R.ORGANISATION, R.OTHER),
    elsewhere=_("The alliance is «%(status)s»: it has no apprentice manager."),
)
REGISTER_CREDENTIAL = apart(
    "register_credential", _("Register credential"), "the consultant, the OGR and the EIP"
)
VERIFY_CREDENTIAL = apart(
    "verify_credential", _("Verify credential"), "the OGR and the EIP, never of themselves"
)
ACTS = (
    CREATE_PROFILE,
    UPDATE_PROFILE,
    CHECK_PROFILE,
    ADD_PRODUCER,
    UPDATE_PRODUCER,
    REMOVE_PRODUCER,
    REVEAL_DOCUMENT,
    WRITE_STUDY,
    REGISTER_MANAGER,
    END_MANAGER,
    REGISTER_CREDENTIAL,
    VERIFY_CREDENTIAL,
)
