"""The lifecycle and the duty matrix as Markdown, written from the tables themselves."""

from django.utils.translation import override

from alliances.lifecycle.duties import REGIMES, Duty, Regime, Scope
from alliances.lifecycle.table import STAGES, TRANSITIONS

_MARKS = {Scope.ALLIANCE: "✕", Scope.REQUEST: "○"}
_NOTICE = "Written by `manage.py write_process_docs` from the tables in code; a test compares them."


def lifecycle_page() -> str:
    """The state diagram and the table of transitions."""
    with override("en"):
        return "\n".join(["# Lifecycle of an alliance", "", _NOTICE, "", *_diagram(), "", *_rows()])


def duties_page() -> str:
    """For each regime: who holds each duty, and which two duties stay apart, with the reason."""
    with override("en"):
        blocks = [line for regime in REGIMES.values() for line in _regime(regime)]
        return "\n".join(["# Duties", "", _NOTICE, *blocks])


def _diagram() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for stage, (main, ends) in STAGES.items():
        lines.append(f"    state {stage}_stage {{")
        lines += [f"        {status}" for status in (*main, *ends)]
        lines.append("    }")
    lines += [
        f"    {source} --> {row.target}: {row.verb}"
        for row in TRANSITIONS
        for source in row.sources
    ]
    return [*lines, "```"]


def _rows() -> list[str]:
    head = [
        "| verb | from | to | duty | requirements | target (working days) | needs |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = []
    for row in TRANSITIONS:
        needs = [
            name
            for name, wanted in (("reason", row.needs_reason), ("document", row.needs_evidence))
            if wanted
        ]
        cells = (
            f"`{row.verb}`", ", ".join(row.sources), row.target, row.duty,
            ", ".join(row.requirements) or "–", str(row.target_days or "–"),
            ", ".join(needs) or "–",
        )  # fmt: skip
        rows.append("| " + " | ".join(cells) + " |")
    return [*head, *rows, ""]


def _regime(regime: Regime) -> list[str]:
    lines = ["", f"## Regime `{regime.code}`", "", "| duty | held by | reach |", "|---|---|---|"]
    for duty in Duty:
        holders = regime.holders[duty]
        roles = ", ".join(holder.role for holder in holders)
        reach = ", ".join(dict.fromkeys(str(holder.within.label) for holder in holders))
        lines.append(f"| {duty} | {roles} | {reach} |")
    lines += [
        "",
        *(f"{mark}: not {scope.label}." for scope, mark in _MARKS.items()),
        "",
        "| | " + " | ".join(Duty) + " |",
        "|---" * (len(Duty) + 1) + "|",
    ]
    for one in Duty:
        against = regime.against(one)
        marks = [_MARKS[against[other].scope] if other in against else "" for other in Duty]
        lines.append(f"| **{one}** | " + " | ".join(marks) + " |")
    lines += ["", "| pair | because |", "|---|---|"]
    lines += [f"| {pair.one} / {pair.other} | {pair.reason} |" for pair in regime.pairs]
    return [*lines, ""]
