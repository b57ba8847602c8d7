"""What a follow-up study asks, in words."""

from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.models import Study
from evaluation.studies.reading.words import Pair, one_after_another, percent

GROUPS: dict[str, Promise] = {
    "route": gettext_lazy("Service route"),
    "chaining": gettext_lazy("Level of chaining"),
}


def follow_up_pairs(study: Study) -> list[Pair]:
    """Every choice of the study."""
    spec = FollowUpSpec.from_data(study.specification)
    chaining = [(_("Study of chaining"), spec.chaining_study)] if spec.chaining_study else []
    practice = [(_("Question about practices"), spec.practice)] if spec.practice else []
    return [
        (_("Reference day"), date_format(spec.reference_on, "DATE_FORMAT")),
        (_("Months after closing"), ", ".join(map(str, spec.months))),
        (_("Told apart by"), one_after_another(spec.groups, GROUPS)),
        *chaining,
        *practice,
        (_("Days that a sale counts for"), localize(spec.selling_days)),
        (_("Days that a repayment counts for"), localize(spec.fund_days)),
        (_("Days that a word on practices counts for"), localize(spec.practice_days)),
        (_("Pesos of December of"), str(spec.pesos_of)),
        (_("Fewer than these are hidden"), localize(spec.threshold)),
        (_("Fewest alliances for an interval over producers"), localize(spec.minimum_clusters)),
        (_("Interval level"), percent(spec.level)),
    ]
