"""Writes about runs: asked for and cancelled by people, claimed and worked by workers."""

from evaluation.runs.services.claiming import Claim, ClaimLost, RunCancelled, claim_run
from evaluation.runs.services.drawings import drawings_of
from evaluation.runs.services.execution import execute_run
from evaluation.runs.services.reading import note_reading
from evaluation.runs.services.requests import cancel_run, request_run

__all__ = [
    "Claim",
    "ClaimLost",
    "RunCancelled",
    "cancel_run",
    "claim_run",
    "drawings_of",
    "execute_run",
    "note_reading",
    "request_run",
]
