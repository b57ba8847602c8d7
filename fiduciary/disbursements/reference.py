"""Protocols, their steps and reasons to return, as tables of reference rows.

A version of a protocol is a row and then its steps, all at once: nothing rewrites either, since
requests follow them. A reason ends by its date. What a step may be (its verb, the duty of each
verb, the order of hands) is a rule of ``protocol.faults``, bound to the code that works it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.db.models import Model
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import REGIMES
from alliances.territory.reference import Names, ReferenceTable
from fiduciary.disbursements.models import Protocol, ProtocolStep, ReturnReason
from fiduciary.disbursements.protocol import faults


def _names_of_protocols() -> Names:
    return {"regime": {regime: {"regime": regime} for regime in REGIMES}}


def _names_of_steps() -> Names:
    protocols = Protocol.objects.order_by("code", "version").values_list("code", "version", "pk")
    return {
        "protocol": {f"{code} {version}": {"protocol_id": pk} for code, version, pk in protocols}
    }


def _faults_of_steps(rows: Mapping[int, Model]) -> Iterator[tuple[int, str]]:
    """Steps of a version come all at once, and can carry a request from asking to paying."""
    versions: dict[int, dict[int, ProtocolStep]] = defaultdict(dict)
    for number, row in rows.items():
        assert isinstance(row, ProtocolStep)
        versions[row.protocol_id][number] = row
    stored = ProtocolStep.objects.filter(protocol__in=versions).values_list("protocol", flat=True)
    written = set(stored)
    for protocol, steps in versions.items():
        first = min(steps)
        if protocol in written:
            yield first, _("This version has its steps already: write another version.")
        elif problems := faults(list(steps.values())):
            yield (
                first,
                _("These steps cannot be followed: %(faults)s.") % {"faults": "; ".join(problems)},
            )


RETURN_REASONS = ReferenceTable(
    "return_reasons.csv",
    ReturnReason,
    ("code", "position", "name_es", "name_en", "source", "valid_from", "valid_until"),
    key=("code",),
)
PROTOCOLS = ReferenceTable(
    "protocols.csv",
    Protocol,
    ("code", "version", "regime", "name_es", "name_en", "source", "valid_from"),
    key=("code", "version"),
    fixed=("regime", "valid_from"),
    names=_names_of_protocols,
)
_STEP = (
    "protocol",
    "order",
    "verb",
    "duty",
    "target_days",
    "default_p50_days",
    "default_p90_days",
    "min_amount_cop",
    "max_amount_cop",
    "if_off_plan",
    "drawn_pct",
    "name_es",
    "name_en",
)
PROTOCOL_STEPS = ReferenceTable(
    "protocol_steps.csv",
    ProtocolStep,
    _STEP,
    key=("protocol_id", "order"),
    fixed=_STEP,
    faults=_faults_of_steps,
    names=_names_of_steps,
)
