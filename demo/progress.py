"""How far the seeding is: a bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm


class Progress:
    """Counts steps by their usual share of the time."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._bar: Any = None
        self._is_quiet = is_quiet
        self._done = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show the bar while the work lasts."""
        if not self._is_quiet and sys.stderr.isatty():
            self._bar = tqdm(total=100, file=sys.stderr, bar_format="{l_bar}{bar}| {elapsed}")
        try:
            yield
        finally:
            if self._bar is not None:
                self._bar.close()

    @contextmanager
    def step(self, name: str, share: int) -> Iterator[None]:
        """One step: its name while it lasts, its share (per cent) when it is done."""
        began = time.monotonic()
        if self._bar is not None:
            self._bar.set_description(name)
        yield
        self._done += share
        if self._bar is not None:
            self._bar.update(share)
        elif not self._is_quiet:
            seconds = time.monotonic() - began
            sys.stderr.write(f"{self._done:3d} %  {name}  {seconds:.1f} s\n")
