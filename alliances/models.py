"""Where Django looks for models: the rooms' own, and nothing else."""

from alliances.calls.models import (
    Call,
    CallRegion,
    Criterion,
    CriterionOption,
    EligibilityRule,
)
from alliances.documents.models import Document, DocumentVersion
from alliances.field.models import Attendance, PlannedVisit, Visit
from alliances.invitations.models import Invitation
from alliances.lifecycle.models import Alliance, Appointment, Event, Interest
from alliances.lists.models import BulkAct, BulkRow, SavedView
from alliances.mail.models import Notice
from alliances.people.models import (
    ApprenticeManager,
    Consultant,
    Credential,
    DifferentPeople,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Producer,
    User,
)
from alliances.people.roles import Role
from alliances.preparation.models import PreinvestmentStudy, ProfileImport, ProfileUpload
from alliances.referrals.models import Referral, ReferralAnswer
from alliances.selection.models import (
    CommitteeDecision,
    EvaluationSnapshot,
    Score,
    ScoreLine,
)
from alliances.territory.models import (
    Crop,
    CropWindow,
    Department,
    ExternalShock,
    MinimumWage,
    Municipality,
    Practice,
    PriceIndex,
    ShockKind,
    SisterProgramme,
)
from alliances.tokens.models import AccessToken
from alliances.trade.models import Agreement, ProduceSale
from alliances.uploads.models import TableUpload

__all__ = [
    "AccessToken",
    "Agreement",
    "Alliance",
    "Appointment",
    "ApprenticeManager",
    "Attendance",
    "BulkAct",
    "BulkRow",
    "Call",
    "CallRegion",
    "CommitteeDecision",
    "Consultant",
    "Credential",
    "Criterion",
    "CriterionOption",
    "Crop",
    "CropWindow",
    "Department",
    "DifferentPeople",
    "Document",
    "DocumentVersion",
    "EligibilityRule",
    "EvaluationSnapshot",
    "Event",
    "ExternalShock",
    "Interest",
    "Invitation",
    "Membership",
    "MinimumWage",
    "Municipality",
    "Notice",
    "Organisation",
    "OrganisationKind",
    "Person",
    "PlannedVisit",
    "Practice",
    "PreinvestmentStudy",
    "PriceIndex",
    "ProduceSale",
    "Producer",
    "ProfileImport",
    "ProfileUpload",
    "Referral",
    "ReferralAnswer",
    "Role",
    "SavedView",
    "Score",
    "ScoreLine",
    "ShockKind",
    "SisterProgramme",
    "TableUpload",
    "User",
    "Visit",
]
