"""What the audit compares of this room: frozen studies give their hash again."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles
from alliances.lifecycle.models import Event
from evaluation.studies.models import Study
from evaluation.studies.services import hash_of_study
from evaluation.studies.table import FREEZE_STUDY


@reconciles
def studies(chain: int | None) -> Iterator[Difference]:
    """The hash of every frozen study, recomputed, and what its event told."""
    if chain:
        return
    events = Event.objects.filter(verb=FREEZE_STUDY.verb)
    in_events = dict(events.values_list("data__study", "data__spec_hash"))
    frozen = (
        Study.objects.filter(frozen_at__isnull=False)
        .select_related("wave", "amends")
        .order_by("pk")
    )
    for study in frozen:
        if hash_of_study(study) != study.spec_hash:
            yield Difference(f"study {study.slug}", "it is not what was frozen")
        elif in_events.get(study.pk) != study.spec_hash:
            yield Difference(f"study {study.slug}", "its hash is not that of an event")
