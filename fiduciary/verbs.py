"""The acts of this app, in words."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.verbs import name_verbs

name_verbs(
    {
        # trust
        "commit_contribution": _("Commit contribution"),
        "certify_contribution": _("Certify contribution"),
        "receive_contribution": _("Receive contribution"),
        # timing
        "override_window": _("Change a crop window"),
        # disbursements
        "add_budget_line": _("Add line to the plan"),
        "request_disbursement": _("Request disbursement"),
        "resubmit_disbursement": _("Send disbursement again"),
        "review_disbursement": _("Review disbursement"),
        "approve_disbursement": _("Approve disbursement"),
        "return_disbursement": _("Return disbursement"),
        "pay_disbursement": _("Pay disbursement"),
        "cancel_disbursement": _("Cancel disbursement"),
        # deliveries
        "deliver_inputs": _("Deliver inputs"),
        # fund
        "approve_fund_rules": _("Approve the fund's rules"),
        "sign_commitment": _("Sign repayment commitment"),
        "record_repayment": _("Record repayment"),
    }
)
