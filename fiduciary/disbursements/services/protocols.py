"""Loading protocols and reasons from the files beside this room, as often as one likes.

A protocol version that requests already follow is not rewritten: a change is a new version.
Durations are our planning values (no published ones were found); observed ones replace them.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from fiduciary.disbursements.models import Protocol, ProtocolStep, ReturnReason
from fiduciary.disbursements.protocol import faults
from kit.errors import DomainError

DATA = Path(__file__).resolve().parent.parent / "data"


class UnusableProtocol(DomainError):
    """A protocol whose steps could not carry a request from asking to paying."""


@transaction.atomic
def load_protocols(*, data: Path = DATA) -> int:
    """Create what is missing and bring names up to date; gives the number of protocols.

    Raises UnusableProtocol when the steps of one make no sense.
    """
    for row in _rows(data / "return_reasons.csv"):
        ReturnReason.objects.update_or_create(code=row.pop("code"), defaults=row)
    for row in _rows(data / "protocols.csv"):
        Protocol.objects.update_or_create(
            code=row.pop("code"), version=int(row.pop("version")), defaults=row
        )
    protocols = {(str(p.code), str(p.version)): p for p in Protocol.objects.all()}
    for row in _rows(data / "steps.csv"):
        _load_step(protocols[row.pop("protocol"), row.pop("version")], row)
    for protocol in protocols.values():
        _check(protocol)
    return len(protocols)


def _load_step(protocol: Protocol, row: dict[str, str]) -> None:
    ProtocolStep.objects.get_or_create(
        protocol=protocol,
        order=int(row["order"]),
        defaults={
            "verb": row["verb"],
            "duty": row["duty"],
            "target_days": int(row["target_days"]),
            "default_p50_days": int(row["p50_days"]),
            "default_p90_days": int(row["p90_days"]),
            "min_amount_cop": row["min_amount_cop"] or None,
            "max_amount_cop": row["max_amount_cop"] or None,
            "if_off_plan": row["if_off_plan"] == "yes",
            "drawn_pct": row["drawn_pct"] or None,
            "name_es": row["name_es"],
            "name_en": row["name_en"],
        },
    )


def _check(protocol: Protocol) -> None:
    problems = faults(list(protocol.steps.all()))
    if problems:
        raise UnusableProtocol(
            _("The protocol %(protocol)s cannot be used: %(faults)s.")
            % {"protocol": f"{protocol.code} {protocol.version}", "faults": "; ".join(problems)}
        )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
