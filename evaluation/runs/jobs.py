"""What a worker does for a run, as every kind describes it: rows once, then jobs one by one.

Each job gives one part of the result, stored as soon as it is there; a run whose worker was killed
goes on at the first part that is missing. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The parts of a result by name, as JSON data.
Parts = Mapping[str, Any]
#: Hears the phase and how much of the job is done (0 to 1); may raise to stop the run.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Job:
    """One part of the result: its name, the phase it belongs to, how long it takes beside others.

    ``work`` answers JSON data, the same for the same rows and specification.
    """

    name: str
    phase: str
    work: Callable[[Progress], Any]
    weight: float = 1.0


def job(phase: str, find: Callable[[], object], weight: float = 1.0, *, name: str = "") -> Job:
    """One that tells no progress; its part is called like what finds it unless named."""
    return Job(name or find.__name__, phase, lambda _progress: find(), weight)


@dataclass(frozen=True)
class Prepared:
    """The rows of a run, read: what they are (``fingerprint``) and what is to be done with them.

    ``frames`` are kept with the run by name, as data frames or as files of an earlier run; the one
    named ``rows`` is given away. ``source`` tells what they were read from.
    """

    fingerprint: str
    jobs: tuple[Job, ...]
    frames: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
