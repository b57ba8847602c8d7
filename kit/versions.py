"""One spelling of equal values, and a version that tells whether what was read still stands."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from django.db.models import Model

#: The version of what is not written yet: who writes it first is not overwritten by the second.
NOTHING = "-"


def canonical(value: object) -> str:
    """One spelling of equal values: rows by their key, amounts without trailing zeros."""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return repr(sorted((str(name), canonical(held)) for name, held in value.items()))
    if isinstance(value, (list, tuple, set, frozenset)):
        spelled = [canonical(held) for held in value]
        return repr(sorted(spelled) if isinstance(value, (set, frozenset)) else spelled)
    return "" if value is None else str(value)


def version_of(*values: object) -> str:
    """What changes whenever one of these does: 16 hexadecimal digits."""
    return sha256(canonical(values).encode()).hexdigest()[:16]


def version_of_row(row: Model) -> str:
    """What changes whenever any column of the row does."""
    return version_of(*(getattr(row, field.attname) for field in row._meta.concrete_fields))
