"""What tests that start real processes share."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")


def processes_of(home: Path) -> list[psutil.Process]:
    """Every live process that was started with this folder as its ``ALIANZAS_HOME``."""
    return [process for process in psutil.process_iter() if _lives_in(home, process)]


def _lives_in(home: Path, process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and (
            process.environ().get("ALIANZAS_HOME") == str(home)
            or Path(process.cwd()).is_relative_to(home)  # Redis wipes its environment
        )
    except psutil.Error:
        return False


def wait_until(condition: Callable[[], Found | None], *, seconds: float) -> Found:
    """Wait for what a condition finds; a test that waits longer than this has failed."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


def assert_within(seconds: float, waits: Callable[[], dict[str, float]], rounds: int = 3) -> None:
    """Hold that nothing in a round waits longer, in seconds.

    The best of some rounds counts: what else this machine does is not the site's fault.
    """
    tried: list[dict[str, float]] = []
    while not any(max(waited.values()) < seconds for waited in tried):
        assert len(tried) < rounds, tried
        tried.append(waits())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def health(port: int) -> dict[str, str]:
    """What ``/healthz`` answers; nothing while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except OSError:
        return {}


ALL_WELL = {"database": "ok", "broker": "ok", "worker": "ok"}
