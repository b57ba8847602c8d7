"""What the tabs of money and fund hold of an alliance, gathered at start-up."""

from django.db.models import Exists, OuterRef, Q

from alliances.lifecycle.table import BY_VERB
from alliances.lifecycle.tabs import Tab, offer_tab
from alliances.people.models import Membership
from fiduciary.disbursements.models import BudgetLine
from fiduciary.disbursements.table import ADD_BUDGET_LINE
from fiduciary.fund.models import Commitment, FundRules
from fiduciary.fund.table import APPROVE_FUND_RULES
from fiduciary.trust.models import Contribution, Trust
from fiduciary.trust.table import COMMIT_CONTRIBUTION

_OF_IT = OuterRef("pk")


def _money(_membership: Membership) -> Q:
    return (
        Q(Exists(Contribution.objects.filter(alliance=_OF_IT)))
        | Q(Exists(Trust.objects.filter(alliance=_OF_IT)))
        | Q(Exists(BudgetLine.objects.filter(alliance=_OF_IT)))
    )


def _fund(_membership: Membership) -> Q:
    return Q(Exists(FundRules.objects.filter(alliance=_OF_IT))) | Q(
        Exists(Commitment.objects.filter(producer__alliance=_OF_IT))
    )


offer_tab(Tab("money", _money, (COMMIT_CONTRIBUTION, ADD_BUDGET_LINE, BY_VERB["constitute_trust"])))
offer_tab(Tab("fund", _fund, (APPROVE_FUND_RULES, BY_VERB["open_fund"])))
