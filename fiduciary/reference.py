"""The tables of reference rows of this app, gathered at start-up."""

from alliances.reference.registry import TABLES
from fiduciary.disbursements.reference import PROTOCOL_STEPS, PROTOCOLS, RETURN_REASONS

TABLES |= {
    "devoluciones": RETURN_REASONS,
    "protocolos": PROTOCOLS,
    "pasos": PROTOCOL_STEPS,
}
