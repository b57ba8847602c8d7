"""The acts that lists of this app offer on many rows, gathered at start-up."""

from fiduciary.disbursements import bulk as _disbursements  # noqa: F401
