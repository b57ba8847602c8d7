"""The lifecycle, the duties and the acts as Markdown, written from the tables themselves."""

from django.utils.translation import override

from alliances.lifecycle.duties import REGIMES, UNPAIRED, Duty, Regime, Scope
from alliances.lifecycle.registry import registered
from alliances.lifecycle.table import PROCESS, STAGES, TRANSITIONS, Act, Transition

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
        free = [f"- **{duty}**: {reason}." for duty, reason in UNPAIRED.items()]
        head = ["# Duties", "", _NOTICE, "", _WRITING]
        return "\n".join([*head, *blocks, _FREE, "", *free, ""])


_FREE = "## Duties that the recommended regime keeps apart from none, and why"


def acts_page() -> str:
    """Every act of every room: under which duties, in which statuses, and what it needs."""
    with override("en"):
        head = [
            "# Acts",
            "",
            _NOTICE,
            "",
            _HOW,
            "",
            "| act | who | when | needs |",
            "|---|---|---|---|",
        ]
        return "\n".join([*head, *(_act(act) for act in registered()), ""])


_HOW = (
    "Each is done through one unit (`alliances.lifecycle.acting.act_on`): it locks the alliance, "
    "knows a repeated key, refuses what changed since it was read, asks once for duty, status and "
    "reason, and writes one event. A room may ask for more of the thing acted on; that is said "
    "when it is done."
)


_WRITING = (
    "Writing a profile or importing it is *promote*, whoever does it: under `recommended`, an EIP "
    "that imports profiles does not supervise those alliances. An organisation promotes its "
    "own; what a party does under any duty bars as *represent* does."
)


def _act(act: Act) -> str:
    wanted = {
        "reason": act.needs_reason,
        "document": act.needs_evidence,
        "not the ally": act.is_owners,
        "moves the alliance": isinstance(act, Transition),
        "freezes": act.freezes,
    }
    cells = (
        f"`{act.verb}` {act.label}",
        " or ".join(act.duties) or act.right,
        ", ".join(act.sources or ()) or ("no alliance" if act.is_apart else "any status"),
        ", ".join(name for name, holds in wanted.items() if holds) or "–",
    )
    return "| " + " | ".join(cells) + " |"


def _diagram() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2"]
    for stage, (main, ends) in STAGES.items():
        lines.append(f"    state {stage}_stage {{")
        lines += [f"        {status}" for status in (*main, *ends)]
        lines.append("    }")
    return [*lines, *PROCESS.diagram(), "```"]


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
            f"`{row.verb}`",
            ", ".join(row.sources),
            row.target,
            row.duty,
            ", ".join(row.requirements) or "–",
            str(row.target_days or "–"),
            ", ".join(needs) or "–",
        )
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
