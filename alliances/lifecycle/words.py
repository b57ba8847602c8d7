"""Names of what is sent with an act, for a refusal that says which of it differs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Each name that a person knows, and the names of what services call so.
_NAMED: dict[Promise, str] = {
    _("amount"): "amount_cop committed_cop planned_cop monthly_fee_cop price_cop value_cop "
    "total_value_cop incentive_cop price_floor_cop price_ceiling_cop net_present_value_cop "
    "yearly_income_per_producer_cop monthly_income_cop assets_cop",
    _("kilos"): "promised_kg delivered_kg quantity_kg_per_month",
    _("quantity"): "quantity unit",
    _("date"): "paid_on received_on due_on signed_on constituted_on session_on visited_on since "
    "valid_from valid_until "
    "promised_on delivered_on planned_on starts_on ends_on approved_on until days opens_on "
    "closes_on born_on consented_on",
    _("organisation"): "organisation nit legal_representative ally payee_name payee_document",
    _("person"): "person to email producer user attended adopted given_names surnames sex phone "
    "literate special_group is_member member_since had_earlier_support wrong right first second",
    _("document number"): "document_kind document_number",
    _("document"): "document documents photos file table",
    _("duty"): "duty",
    _("role"): "role",
    _("membership"): "membership memberships invitation",
    _("departments served"): "departments",
    _("kind"): "kind",
    _("code"): "code slug",
    _("what the token may do"): "token scope had_factor",
    _("household and farm"): "household_key farm_name tenure farm_area_ha project_area_ha "
    "experience_years agricultural_income_share",
    _("study"): "technical market social environmental organisational internal_rate_percent",
    _("terms of the agreement"): "product quality delivery_place price_rule price_reference "
    "payment_days payment_means",
    _("terms of the fund"): "grace_months monthly_interest_pct recovery_target_pct "
    "repayment_share_pct",
    _("days to deliver"): "contracting_lead_days delivery_lead_days",
    _("rules of the call"): "criteria limits regions regime rubric_source source wage_year",
    _("votes"): "votes_for votes_against",
    _("reason"): "reason note detail departure despite evidence",
    _("reference"): "reference bank_reference contract_number",
    _("description"): "description concept topic item title name notes conditions",
    _("instalments"): "schedule",
    _("place"): "municipality",
    _("crop"): "crop operation",
    _("service route"): "route",
    _("practices"): "practice_taught practice_checked",
    _("what the study asks"): "specification",
    _("the exercise and who took part"): "exercise held_on women men held_by body alliance",
    _("consent, and whether it may be quoted"): "has_consent is_quotable",
    _("the excerpt and its codes"): "excerpt text theme actor",
    _("rows of the file"): "rows",
    _("programme, and what is needed of it"): "referral programme need",
    _("what the programme answered"): "answer answered_on",
}
_NAMES = {name: label for label, names in _NAMED.items() for name in names.split()}


def name_of(name: str) -> str:
    """The name in the person's language; what has none is «another field»."""
    return str(_NAMES.get(name, _("another field")))
