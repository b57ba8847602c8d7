"""What the tabs of this app's rooms hold of an alliance, gathered at start-up."""

from django.db.models import Exists, OuterRef, Q

from alliances.documents.selectors import documents_visible_to
from alliances.documents.services import READ_ONLY_ROLES
from alliances.field.models import Visit
from alliances.field.table import LOG_VISIT
from alliances.lifecycle.table import BY_VERB
from alliances.lifecycle.tabs import Tab, offer_tab
from alliances.people.models import Membership
from alliances.preparation.models import PreinvestmentStudy
from alliances.preparation.table import WRITE_STUDY
from alliances.selection.models import CommitteeDecision
from alliances.selection.selectors import scores_visible_to
from alliances.selection.table import SEAL_VERIFICATION, START_SCORE
from alliances.trade.models import Agreement
from alliances.trade.table import WRITE_AGREEMENT

_OF_IT = OuterRef("pk")


def _scores(membership: Membership) -> Q:
    visible = scores_visible_to(membership).filter(alliance=_OF_IT)
    return Q(Exists(visible)) | Q(Exists(CommitteeDecision.objects.filter(alliance=_OF_IT)))


offer_tab(
    Tab(
        "score",
        _scores,
        (
            START_SCORE,
            SEAL_VERIFICATION,
            *(BY_VERB[verb] for verb in ("score", "select", "waitlist", "decline")),
        ),
    )
)
offer_tab(
    Tab(
        "study",
        lambda _: Q(Exists(PreinvestmentStudy.objects.filter(alliance=_OF_IT))),
        (WRITE_STUDY,),
    )
)
offer_tab(
    Tab(
        "agreement",
        lambda _: Q(Exists(Agreement.objects.filter(alliance=_OF_IT))),
        (WRITE_AGREEMENT,),
    )
)
offer_tab(Tab("field", lambda _: Q(Exists(Visit.objects.filter(alliance=_OF_IT))), (LOG_VISIT,)))
offer_tab(
    Tab(
        "documents",
        lambda member: Q(Exists(documents_visible_to(member).filter(alliance=_OF_IT))),
        may_bring=lambda member: member.role not in READ_ONLY_ROLES,
    )
)
