"""The whole application on one machine for somebody who wants to see it: ``make demo``."""

import fcntl
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from alliances.models import Alliance
from paap import embedded
from paap.digest import write_notices
from paap.navigation import DEMO_LOGINS
from paap.processes import SERVICES, ProcessGroup

READY_SECONDS = 240  # beside the tests, on two processors
LOOK_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Prepare the data, start web, worker and beat, and stop them all on Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the web listens")
        parser.add_argument("--scale", default="1", help="size of the portfolio to seed")

    def handle(self, *args: Any, port: int, scale: str, **options: Any) -> None:
        # All end the way Ctrl-C does, also where a background shell had Ctrl-C ignored.
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.default_int_handler)
        settings.SITE_URL = f"http://127.0.0.1:{port}"
        group = ProcessGroup(
            environment={
                "DEMO": "1",
                "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
                "SITE_URL": settings.SITE_URL,
            },
            logs=embedded.RUN,
        )
        try:
            self._refuse_second_demo()
            _refuse_taken_port(port)
            self._prepare(scale)
            for service in SERVICES:
                group.start(service)
            self._wait_until_ready(group, port)
            write_notices(at=now())  # the mail of the day, whatever the hour
            self._welcome(port)
            self._watch(group)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping…")
        finally:
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(ending, signal.SIG_IGN)  # a second Ctrl-C must not leave a half
            group.stop()
            embedded.leave()
        self.stdout.write("Stopped.")

    def _refuse_second_demo(self) -> None:
        self.lock = os.open(embedded.home() / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("The demo already runs on these data. Stop it first.") from None

    def _prepare(self, scale: str) -> None:
        call_command("compilemessages", stdout=self.stdout)
        self.stdout.write("Preparing the database…")
        call_command("setup", verbosity=0, without_administrator=True, stdout=StringIO())
        if not Alliance.objects.exists():
            self.stdout.write("Seeding a portfolio, once; about half a minute…")
            call_command("seed_demo", "--scale", scale, "--seed", "42", stdout=self.stdout)

    def _wait_until_ready(self, group: ProcessGroup, port: int) -> None:
        self.stdout.write("Starting web, worker and beat…")
        deadline = time.monotonic() + READY_SECONDS
        while (state := _health(port)) != "":
            self._start_what_ended(group)
            if time.monotonic() > deadline:
                raise CommandError(f"Not ready after {READY_SECONDS} s: {state}")
            time.sleep(LOOK_EVERY_SECONDS)

    def _welcome(self, port: int) -> None:
        """Say where to go and who to be there."""
        self.stdout.write(
            f"\n  Alianzas is ready:  {self.style.SUCCESS(f'http://127.0.0.1:{port}/')}\n"
        )
        self.stdout.write(f"  Password of everybody:  {settings.DEMO_PASSWORD}\n\n")
        for login in DEMO_LOGINS:
            self.stdout.write(f"    {login.username:<14}{login.role}: {login.purpose}")
        self.stdout.write(f"\n  Logs are in {embedded.RUN}. Ctrl-C stops everything.\n")

    def _watch(self, group: ProcessGroup) -> None:
        """Start again what ends, the servers too, as a production supervisor would."""
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            try:
                embedded.stand_by()
            except RuntimeError as problem:  # killed while it started: the next look starts it
                self.stderr.write(str(problem))
            self._start_what_ended(group)

    def _start_what_ended(self, group: ProcessGroup) -> None:
        """Raises CommandError for what cannot live."""
        for name in group.ended():
            service = group.running[name]
            how = f"{name} ended (exit code {service.process.returncode})"
            if group.cannot_live(name):
                raise CommandError(f"{how} again and again:\n{service.last_lines()}")
            self.stderr.write(f"{how}; starting it again.\n{service.last_lines()}")
            group.start(name)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            other = f"make demo PORT={port + 1}"
            raise CommandError(f"Port {port} is taken. Choose another one: {other}") from None


def _health(port: int) -> str:
    """What the web application says is not ready yet, empty when all is."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).close()
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")
    except OSError as error:
        return str(error)
    return ""
