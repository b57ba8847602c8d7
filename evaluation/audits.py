"""What the rooms of this app give the audit to compare, gathered at start-up."""

from evaluation.runs import audit as _runs  # noqa: F401
from evaluation.runs.rows import audit as _rows  # noqa: F401
from evaluation.studies import audit as _studies  # noqa: F401
from evaluation.surveys import audit as _surveys  # noqa: F401
