"""Names of what is sent with an act, for a refusal that says which of it differs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Each name that a person knows, and the names of what services call so.
_NAMED: dict[Promise, str] = {
    _("amount"): "amount_cop committed_cop planned_cop monthly_fee_cop price_cop value_cop "
    "total_value_cop incentive_cop price_floor_cop price_ceiling_cop",
    _("kilos"): "promised_kg delivered_kg quantity_kg_per_month",
    _("date"): "paid_on received_on due_on signed_on constituted_on session_on visited_on since "
    "promised_on delivered_on planned_on starts_on ends_on approved_on days",
    _("organisation"): "organisation ally payee_name payee_document",
    _("person"): "person producer attended adopted",
    _("document"): "document documents",
    _("duty"): "duty",
    _("kind"): "kind",
    _("votes"): "votes_for votes_against",
    _("reason"): "reason note detail departure",
    _("reference"): "reference bank_reference contract_number",
    _("description"): "description concept topic item title name notes conditions",
    _("instalments"): "schedule",
    _("place"): "municipality",
    _("crop"): "crop operation",
    _("service route"): "route",
    _("practices"): "practice_taught practice_checked",
    _("what the study asks"): "specification",
}
_NAMES = {name: label for label, names in _NAMED.items() for name in names.split()}


def name_of(name: str) -> str:
    """The name in the person's language; what has none is «another field»."""
    return str(_NAMES.get(name, _("another field")))
