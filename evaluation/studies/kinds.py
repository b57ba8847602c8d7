"""The kinds of study as pages offer them, a row each; what a kind asks is in ``specs``."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.studies.forms.base import StudyForm
from evaluation.studies.forms.chaining import ChainingForm
from evaluation.studies.forms.follow_up import FollowUpForm
from evaluation.studies.forms.impact import ImpactForm
from evaluation.studies.forms.operations import OperationsForm
from evaluation.studies.forms.perception import PerceptionForm
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.reading.words import Pair
from evaluation.studies.specs import SPECS
from kit.figures import count


@dataclass(frozen=True)
class Kind:
    """One row. summary: for whoever chooses. lead: what whoever writes it must know."""

    code: StudyKind
    summary: Promise
    lead: Promise
    form: type[StudyForm]


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            code=StudyKind.IMPACT,
            summary=_("Impact: what taking part changed, around the cut-off of the score"),
            lead=_(
                "Everything here is fixed before outcomes are read. It compares producers just "
                "above and just below the cut-off."
            ),
            form=ImpactForm,
        ),
        Kind(
            code=StudyKind.CHAINING,
            summary=_("Chaining: how producers, organisation and ally hold together"),
            lead=_(
                "Everything here is fixed before outcomes are read. The index is our own: its cut "
                "points are yours to choose and to justify."
            ),
            form=ChainingForm,
        ),
        Kind(
            code=StudyKind.OPERATIONS,
            summary=_("Operations: how long each step takes, who holds it and what it costs"),
            lead=_(
                "It counts what is stored: stages, requests, visits, contributions. It explains "
                "nothing by itself, and small cells are not told."
            ),
            form=OperationsForm,
        ),
        Kind(
            code=StudyKind.PERCEPTION,
            summary=_("Perception: how producers fare, what drew them, how they rate the support"),
            lead=_(
                "Everything here is fixed before answers are read. It describes what producers "
                "say; nothing in it is an effect."
            ),
            form=PerceptionForm,
        ),
        Kind(
            code=StudyKind.FOLLOW_UP,
            summary=_("Follow-up: what stands of an alliance months after it closed"),
            lead=_(
                "It counts what is stored, and what a follow-up wave says of practices if there "
                "is one. Who has not been closed for long enough is counted, never dropped."
            ),
            form=FollowUpForm,
        ),
    )
}


def frozen_by_freezing(study: Study, points: list[Pair], finished: list[int]) -> list[Pair]:
    """What nobody changes any more once the study is frozen, and what its stamp will say."""
    number = {"number": count(len(points))}
    return [
        (gettext("Title"), study.title),
        (gettext("What it reads"), study.source),
        (gettext("What it asks"), gettext("%(number)s points, as they stand above") % number),
        (gettext("Runs of the same data known by then"), count(len(finished))),
    ]


def specification_rows(study: Study) -> list[Pair]:
    """What the study asks, as pairs to read."""
    read = gettext("Survey wave") if study.wave else gettext("What it reads")
    named = [(read, study.source), (gettext("Short name"), study.slug)]
    return [*named, *SPECS[study.kind].pairs(study)]
