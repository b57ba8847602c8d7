"""What was known when a study was frozen, and what it amends: in words, and for programs."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from evaluation.studies.models import Study
from evaluation.studies.reading.words import Pair
from evaluation.studies.specs import differences
from kit.figures import date_time


def stamp_pairs(study: Study) -> list[Pair]:
    """Who had read results when the study was frozen, what came after selection, what it amends."""
    if not study.is_frozen:
        return _amends(study)
    return [
        (_("Who had read results of the same data when it was frozen"), _readers(study)),
        (_("Its variables measured after selection"), _late(study)),
        *_amends(study),
    ]


def stamps_of(study: Study) -> dict[str, Any]:
    """The same as data, for the exports."""
    amends = study.amends
    return {
        "frozen_at": study.frozen_at and study.frozen_at.isoformat(),
        "spec_hash": study.spec_hash,
        "finished_before": study.finished_before,
        "read_before": study.read_before,
        "measured_after": study.measured_after,
        "amends": amends and {"slug": amends.slug, "spec_hash": amends.spec_hash},
        "differences": [
            {"what": name, "before": before, "now": now} for name, before, now in differences(study)
        ],
    }


def amended(study: Study) -> str:
    """One sentence for an amendment, whether results were known; empty for any other study."""
    if study.amends is None:
        return ""
    named = {"title": study.amends.title}
    if study.is_frozen and not study.finished_before:
        return _("Amends «%(title)s», before results of the same data were there.") % named
    if study.is_frozen:
        return _("Amends «%(title)s», after results of the same data were there.") % named
    return _("Amends «%(title)s».") % named


def _readers(study: Study) -> str:
    if study.read_before is None:
        return _("not recorded then")
    return "; ".join(
        _("%(person)s (run %(run)s, %(when)s)")
        % {
            "person": row["name"],
            "run": row["run"],
            "when": date_time(datetime.fromisoformat(row["at"])),
        }
        for row in study.read_before
    ) or _("nobody")


def _late(study: Study) -> str:
    if study.measured_after is None:
        return _("not recorded then")
    rows = study.wave.variables.all() if study.wave and study.measured_after else ()
    questions = {row.name: row.question for row in rows}
    return ", ".join(questions.get(name, name) for name in study.measured_after) or _("none")


def _amends(study: Study) -> list[Pair]:
    if study.amends is None:
        return []
    changed = [
        (
            _("Otherwise than there: %(what)s") % {"what": name},
            _("%(before)s → %(now)s") % {"before": before, "now": now},
        )
        for name, before, now in differences(study)
    ]
    return [
        (_("Amends"), f"{study.amends} · {study.amends.spec_hash[:12]}"),
        *(changed or [(_("Otherwise than there"), _("nothing"))]),
    ]
