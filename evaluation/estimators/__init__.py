"""Pure statistics: a data frame and a frozen specification in, a frozen result out. No Django.

Linear algebra uses one thread per process, so that sums are the same on any number of cores and
workers do not compete for them. The setting must precede the first import of numpy.

The public names of the discontinuity packages are public here too, and load on first access: a page
that only needs the specification of a study does without pandas.
"""

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

PACKAGES = ("rd", "checks", "multiplicity")


def __getattr__(name: str) -> Any:
    for package in PACKAGES if not name.startswith("_") and name not in PACKAGES else ():
        module = import_module(f"{__name__}.{package}")
        if name in module.__all__:
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
