"""What the page of one run shows, put together from the row. Nothing here decides or writes."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from evaluation.qualitative.selectors import quotations_of
from evaluation.runs.giving.document import reused_pairs
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from evaluation.runs.selectors import elapsed_seconds, is_waiting_for_worker
from evaluation.studies.shocks import overlaps, shock_pairs
from evaluation.studies.stamps import amended, stamp_pairs
from kit.access import Verdict
from kit.figures import short_language


def run_page(run: Run, *, at: datetime, may_evaluate: Verdict) -> dict[str, Any]:
    """The context of the page: how far the run is, and what it has found so far."""
    kind, result = kind_of(run), result_of(run, whole=bool(may_evaluate))
    findings = {} if result is None else kind.page.findings(run, result)
    return {
        "run": run,
        "phase": kind.phase_words(run.phase),
        "stamps": stamp_pairs(run.study),
        "reused": list(reused_pairs(run)),
        "amended": amended(run.study),
        "shocks": [] if run.is_active else list(shock_pairs(overlaps(run.study))),
        "elapsed": elapsed_seconds(run, at),
        "no_worker": is_waiting_for_worker(run, at),
        "may_evaluate": may_evaluate,
        "chart_language": short_language(),
        "part_count": run.parts.count() if run.is_active else 0,
        "findings_template": kind.template,
        "has_findings": bool(findings),
        "found": findings,
        "quotations": quotations_of(run.study),
        "menu": _menu(run),
    }


def _menu(run: Run) -> list[dict[str, str]]:
    """What else a finished run is given away as, and where it stands beside another."""
    report, numbers = "evaluation:run-report", "evaluation:run-result"
    downloads = (
        (report, "docx", _("Report to write on (Word)")),
        (report, "md", _("Report as plain text (Markdown)")),
        (report, "xlsx", _("Tables and all numbers (Excel)")),
        (numbers, "csv", _("Numbers (CSV)")),
        (numbers, "json", _("Everything, for programs (JSON)")),
    )
    compare = reverse("evaluation:run-compare", args=[run.pk])
    return [
        *(
            {"url": reverse(page, args=[run.pk, format]), "label": label, "icon": "download"}
            for page, format, label in downloads
        ),
        {"url": compare, "label": _("Compare with another run")},
    ]
