"""The acts of this app's rooms, given to the audit chain when the program starts."""

from alliances.lifecycle.registry import register
from evaluation.qualitative import table as qualitative
from evaluation.runs import table as runs
from evaluation.studies import table as studies
from evaluation.surveys import table as surveys

for room in (surveys, studies, qualitative, runs):
    register(room.ACTS)
