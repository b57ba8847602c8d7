"""What a perception study asks, in words."""

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.studies.models import Study
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.words import Pair, one_a_line, one_after_another, percent

GROUPS: dict[str, Promise] = {
    "selected": gettext_lazy("Selected or not"),
    "sex": gettext_lazy("Sex"),
    "chaining": gettext_lazy("Level of chaining"),
    "crop": gettext_lazy("Crop"),
    "department": gettext_lazy("Department"),
}


def selected_words() -> dict[str, str]:
    """Both sides of the committee's decision."""
    return {"1": _("Selected"), "0": _("Not selected")}


def perception_pairs(study: Study) -> list[Pair]:
    """Every choice of the study."""
    spec = PerceptionSpec.from_data(study.specification)
    named = study.required_wave.variables.filter(name__in=[*spec.questions, spec.weight])
    labels = {row.name: row.question for row in named}
    chaining = [(_("Study of chaining"), spec.chaining_study)] if spec.chaining_study else []
    return [
        (_("Questions"), one_a_line(spec.questions, labels)),
        (_("Told apart by"), one_after_another(spec.groups, GROUPS)),
        *chaining,
        (_("Weight"), labels.get(spec.weight, spec.weight) or _("none: everybody counts alike")),
        (_("Fewer people than these are hidden"), localize(spec.threshold)),
        (_("Fewest alliances for an interval"), localize(spec.minimum_clusters)),
        (_("Interval level"), percent(spec.level)),
    ]
