"""Why data identify no discontinuity estimate, as the packages raise it to each other."""

from evaluation.estimators.results import NotEstimable, ReasonCode


class EstimationError(Exception):
    """Raised within the package where the data identify no estimate.

    Public functions catch it and return ``not_estimable``; it never reaches their callers.
    """

    def __init__(self, reason: ReasonCode, detail: str, count: int = 0) -> None:
        super().__init__(detail)
        self.not_estimable = NotEstimable(reason, count, detail)


OUT_OF_RANGE = "The numbers are too large or too small to work with."
#: The sides of the cut-off, as details of reasons name them.
SIDES = ("below the cut-off", "at or above it")
