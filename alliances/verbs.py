"""The acts of this app that change no status, in words."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.verbs import name_verbs

name_verbs(
    {
        # calls
        "create_call": _("Create call"),
        "open_call": _("Open call and seal its rules"),
        # documents
        "upload_document": _("Upload document"),
        "read_document": _("Read a document with personal data"),
        # preparation
        "create_profile": _("Write profile"),
        "update_profile": _("Change profile"),
        "add_producer": _("Add producer"),
        "update_producer": _("Change a producer's data"),
        "remove_producer": _("Remove producer"),
        "reveal_document": _("See a full document number"),
        "register_manager": _("Register apprentice manager"),
        "register_credential": _("Register credential"),
        "verify_credential": _("Verify credential"),
        "write_study": _("Write study"),
        # selection
        "start_score": _("Begin scoring"),
        "seal_verification": _("Seal verification score"),
        # field
        "log_visit": _("Log visit"),
        # trade
        "replace_ally": _("Replace the commercial ally"),
        "write_agreement": _("Write agreement"),
        "sign_agreement": _("Sign agreement"),
        "end_agreement": _("End agreement"),
        "promise_sale": _("Promise a delivery to the ally"),
        "record_sale": _("Record delivery to the ally"),
        "confirm_delivery": _("Confirm delivery"),
        "confirm_payment": _("Confirm payment"),
    }
)
