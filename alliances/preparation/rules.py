"""What a profile and its producers must say to make sense, whoever writes it down. Pure.

Whether they are *eligible* is another question, which the call's rules answer.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.calls.rules import age_on
from alliances.people.identifiers import masked
from kit.figures import cop, percentage

#: An organisation does not enter a call twice with one product, by a form or by a file.
ALREADY_PRESENTED = gettext_lazy(
    "This organisation already presented profile %(code)s in this call."
)
#: What ended is kept by the profiles that have it, and brought by no other.
NOT_OFFERED = gettext_lazy("«%(crop)s» is not among the products that may be brought today.")
YOUNGEST, OLDEST = 14, 110
OLDEST_GROUP = date(1900, 1, 1)
#: The law on personal data (Ley 1581 of 2012): nobody signed a consent by it before.
FIRST_CONSENT = date(2012, 10, 17)
#: An internal rate above it means a positive net present value at any rate a plan is discounted by.
HIGHEST_DISCOUNT_PERCENT = Decimal(50)


@dataclass(frozen=True)
class ProducerData:
    """What is written down of one producer: the fields of ``Producer``, in its order.

    None is a question that nobody answered.
    """

    document_kind: str
    document_number: str
    given_names: str
    surnames: str
    sex: str
    born_on: date
    phone: str
    household_key: str
    farm_name: str
    tenure: str
    farm_area_ha: Decimal
    project_area_ha: Decimal
    experience_years: int
    monthly_income_cop: Decimal
    agricultural_income_share: Decimal
    assets_cop: Decimal
    literate: bool | None
    is_member: bool | None
    member_since: date | None
    had_earlier_support: bool | None
    special_group: str
    consented_on: date | None

    @property
    def identity(self) -> tuple[str, str]:
        """What tells one person from another."""
        return self.document_kind, self.document_number

    @property
    def masked_document(self) -> str:
        """The document with all but its last three digits hidden."""
        return masked(self.document_number)


def producer_problems(data: ProducerData, today: date) -> dict[str, str]:
    """Each field that contradicts another one or the calendar, with what to do about it."""
    problems = {}
    age = age_on(data.born_on, today)
    if not YOUNGEST <= age <= OLDEST:
        problems["born_on"] = _("The age would be %(age)d: check the year of birth.") % {"age": age}
    elif data.experience_years > age:
        problems["experience_years"] = _(
            "There are more years of experience than of age (%(age)d): check both."
        ) % {"age": age}
    if data.member_since and not data.is_member:
        problems["member_since"] = _("Only a member has been one since some day.")
    elif data.member_since and data.member_since > today:
        problems["member_since"] = _("%(day)s has not come yet: write since when.") % {
            "day": date_format(data.member_since, "SHORT_DATE_FORMAT")
        }
    elif data.member_since and data.member_since < data.born_on:
        problems["member_since"] = _("This is before the date of birth: check both.")
    if data.project_area_ha > data.farm_area_ha:
        problems["project_area_ha"] = _("The project area cannot exceed the farm area.")
    if data.consented_on and data.consented_on > today:
        problems["consented_on"] = _("%(day)s has not come yet: write when it was signed.") % {
            "day": date_format(data.consented_on, "SHORT_DATE_FORMAT")
        }
    elif data.consented_on and data.consented_on < FIRST_CONSENT:
        problems["consented_on"] = _(
            "%(day)s is before the law on personal data, of %(first)s: check the year."
        ) % {
            "day": date_format(data.consented_on, "SHORT_DATE_FORMAT"),
            "first": date_format(FIRST_CONSENT, "SHORT_DATE_FORMAT"),
        }
    return problems


def study_problems(
    *, net_present_value_cop: Decimal, internal_rate_percent: Decimal
) -> dict[str, str]:
    """Figures of a study that cannot both be right: value and rate of return tell one story."""
    figures = {
        "value": cop(net_present_value_cop),
        "rate": percentage(internal_rate_percent),
        "most": percentage(HIGHEST_DISCOUNT_PERCENT),
    }
    if net_present_value_cop > 0 >= internal_rate_percent:
        message = _(
            "With a net present value of %(value)s the rate of return is above zero, not %(rate)s: "
            "check both in the financial model."
        )
    elif net_present_value_cop < 0 and internal_rate_percent > HIGHEST_DISCOUNT_PERCENT:
        message = _(
            "With a net present value of %(value)s the rate of return is below the discount rate, "
            "which is not above %(most)s; it says %(rate)s: check both in the financial model."
        )
    else:
        return {}
    return {"internal_rate_percent": message % figures}


def profile_problems(
    *, total_value_cop: Decimal, incentive_cop: Decimal, founded_on: date | None, today: date
) -> dict[str, str]:
    """Each field of the profile that contradicts another one or the calendar."""
    problems = {}
    if total_value_cop <= 0:
        problems["total_value_cop"] = _("The total value must be more than zero.")
    elif incentive_cop > total_value_cop:
        problems["incentive_cop"] = _("The incentive cannot exceed the total value.")
    if founded_on and founded_on < OLDEST_GROUP:
        problems["founded_on"] = _("%(year)d is too early: check the year.") % {
            "year": founded_on.year
        }
    elif founded_on and founded_on > today:
        problems["founded_on"] = _("The organisation cannot be founded in the future.")
    return problems
