"""The processes of the application, run beside each other as docker compose would run them.

``docker-compose.yml`` is the one place that says how web, worker and beat are started.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parent.parent
SERVICES = ("web", "worker", "beat")
STOP_SECONDS = 10
#: A service that had to be started so often within so many seconds cannot live.
TOO_OFTEN, WITHIN_SECONDS = 6, 60


def command_of(service: str) -> list[str]:
    """The command line of a service in ``docker-compose.yml``."""
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    command: list[str] = compose["services"][service]["command"]
    return command


@dataclass
class Running:
    """One started service."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def last_lines(self, count: int = 8) -> str:
        """The end of what it logged."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class ProcessGroup:
    """Services that start and stop together, each with a log file of its own."""

    def __init__(self, *, environment: dict[str, str], logs: Path) -> None:
        programs = Path(sys.executable).parent
        self.environment = {
            **os.environ,
            **environment,
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        self.logs = logs
        self.running: dict[str, Running] = {}
        self.starts: dict[str, list[float]] = {}

    def start(self, service: str) -> None:
        """Start a service, in a session of its own: Ctrl-C must reach it through us alone.

        Started again, it finds no child of its last life, and the log of its end is kept.
        """
        path = self.logs / f"{service}.log"
        if last := self.running.get(service):
            _kill_session(last.process)
        self.starts.setdefault(service, []).append(time.monotonic())
        with open(path, "ab" if last else "wb") as log:
            process = subprocess.Popen(
                command_of(service),
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[service] = Running(process, path)

    def ended(self) -> list[str]:
        """The services that are not running any more."""
        return [
            name for name, service in self.running.items() if service.process.poll() is not None
        ]

    def cannot_live(self, service: str) -> bool:
        """Whether it was started so often lately that starting it again is in vain."""
        lately = time.monotonic() - WITHIN_SECONDS
        return len([start for start in self.starts[service] if start > lately]) >= TOO_OFTEN

    def kill(self, service: str) -> None:
        """End a service at once with all its children, as a lost machine would."""
        _kill_session(self.running.pop(service).process)

    def stop(self) -> None:
        """Ask every service to end, then end what is left, their own children included."""
        for service in self.running.values():
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for service in self.running.values():
            try:
                service.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                _kill_session(service.process)
        self.running.clear()


def _kill_session(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
