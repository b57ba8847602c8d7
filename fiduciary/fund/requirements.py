"""What the transition table asks of the rotating fund before it opens and before graduation."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from fiduciary.fund.models import Commitment, FundRules
from fiduciary.fund.rules import Debt, portfolio_of
from kit.access import ALLOWED, Verdict, refused
from kit.figures import percentage


@requirement("fund_rules_approved")
def fund_rules_approved(alliance: Alliance) -> Verdict:
    """The assembly approved the regulation of the fund."""
    if FundRules.objects.filter(alliance=alliance).exists():
        return ALLOWED
    return refused(_("The assembly has not approved the rules of the fund yet."))


@requirement("fund_repaid")
def fund_repaid(alliance: Alliance) -> Verdict:
    """Producers gave back the share that the fund's own rules ask for."""
    rules = FundRules.objects.filter(alliance=alliance).first()
    totals = Commitment.objects.filter(producer__alliance=alliance).aggregate(
        amount=Sum("amount_cop"), balance=Sum("account__balance_cop")
    )
    repaid = -(totals["balance"] or Decimal(0))
    debt = Debt(totals["amount"] or Decimal(0), repaid, Decimal(0), 0)
    recovered = portfolio_of([debt]).recovery_pct
    if rules is None or recovered is None:
        return refused(_("No producer has signed a commitment to the fund."))
    if recovered < rules.recovery_target_pct:
        return refused(
            _("The fund recovered %(recovered)s and its rules ask for %(target)s.")
            % {
                "recovered": percentage(recovered),
                "target": percentage(rules.recovery_target_pct),
            }
        )
    return ALLOWED
