"""Pure statistics: a data frame and a frozen specification in, a frozen result out. No Django.

One thread of linear algebra per process: sums then come out the same on any number of cores, and
workers beside each other do not fight for them. It must be said before numpy is first imported.

Every public name of the discontinuity's rooms is one of this package too. They load when one is
first asked for: a page that only needs the specification of a study does without pandas.
"""

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOMS = ("rd", "checks", "multiplicity")


def __getattr__(name: str) -> Any:
    for room in ROOMS if not name.startswith("_") and name not in ROOMS else ():
        module = import_module(f"{__name__}.{room}")
        if name in module.__all__:
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
