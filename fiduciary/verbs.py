"""The acts of this app that change no status of the alliance, in words."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.verbs import name_verbs

name_verbs(
    {
        # trust
        "commit_contribution": _("Commit contribution"),
        "certify_contribution": _("Certify contribution"),
        "receive_contribution": _("Receive contribution"),
        # timing
        "override_window": _("Correct a crop window"),
        # disbursements
        "add_budget_line": _("Add budget line"),
        "request_disbursement": _("Request disbursement"),
        "review_disbursement": _("Review disbursement request"),
        "clear_disbursement": _("Give no objection to a disbursement"),
        "approve_disbursement": _("Approve disbursement"),
        "return_disbursement": _("Return disbursement request"),
        "resubmit_disbursement": _("Send disbursement request again"),
        "pay_disbursement": _("Pay disbursement"),
        "cancel_disbursement": _("Cancel disbursement request"),
        # fund
        "approve_fund_rules": _("Approve rules of the rotating fund"),
        "sign_commitment": _("Sign commitment to the rotating fund"),
        "record_repayment": _("Record repayment to the rotating fund"),
        # deliveries
        "deliver_inputs": _("Deliver inputs"),
    }
)
