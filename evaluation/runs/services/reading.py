"""Who has read what a run found: studies of the same data are stamped with it."""

from datetime import datetime

from alliances.people.models import Membership
from evaluation.runs.models import Reading, Run


def note_reading(*, run: Run, acting: Membership, at: datetime) -> None:
    """Keep that this person has read the findings of this run, once."""
    if not Reading.objects.filter(run=run, reader=acting.user_id).exists():
        row = Reading(run=run, reader_id=acting.user_id, read_at=at)
        Reading.objects.bulk_create([row], ignore_conflicts=True)
