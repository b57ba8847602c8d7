"""The embedded PostgreSQL and Redis: real servers from two wheels, with their data in ``.local/``.

Context: demo and tests must run on the engines of production with nothing to install, and many
processes (web, worker, beat, pytest-xdist, a shell) come and go at once.
Decision: every process that asks for a server holds a shared lock, the *lease*, for as long as it
lives. The first one starts a keeper (``paap.keeper``): it starts both servers, starts them again
if they die, and stops them as soon as the kernel says that nobody holds the lease.
Consequence: no process owns the servers, none can stop them under another one, and no death of
any kind, SIGKILL included, leaves them behind. Nothing from Django is imported here.
"""

import atexit
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("ALIANZAS_HOME") or CHECKOUT / ".local").absolute()
RUN = HOME / "run"
STATE_FILE = RUN / "servers.json"  # addresses; locked by the keeper that wrote them
LEASE_FILE = RUN / "lease.lock"  # shared: "I use the servers"; exclusive: "they are stopping"
KEEPER_LOCK_FILE = RUN / "keeper.lock"  # exclusive for the life of the keeper
KEEPER_LOG = RUN / "keeper.log"
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 30

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
    """The address of the embedded PostgreSQL database for the application, started or joined."""
    return str(_join()["database_url"])


def owner_database_url() -> str:
    """The same for the role that owns its tables."""
    return str(_join()["owner_database_url"])


def redis_url() -> str:
    """The address of the embedded Redis, started or joined."""
    return str(_join()["redis_url"])


def secret_key() -> str:
    """The secret of this installation: made once, readable by its owner only."""
    path = home() / "secret_key"
    if not path.exists():
        draft = path.with_name(f"secret_key.{os.getpid()}")
        write_private(draft, secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # refused if another process was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def stand_by() -> None:
    """Start another keeper if somebody killed the one that there was. Cheap when it lives.

    Raises RuntimeError when the new one ended before its servers answered.
    """
    global _keeper
    if not _keeper_runs():
        if _keeper is not None:
            _keeper.wait()
            _keeper = None  # it did start once: its end is no failed start
        _join()


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


def forget() -> None:
    """Delete everything this installation keeps. Raises RuntimeError while somebody uses it."""
    if _locked(LEASE_FILE, fcntl.LOCK_EX):
        raise RuntimeError(f"The servers of {HOME} are in use. Stop what uses them first.")
    shutil.rmtree(HOME, ignore_errors=True)


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
    """The state that a living keeper wrote, if both servers answer; otherwise None."""
    if not _locked(STATE_FILE, fcntl.LOCK_SH):
        return None
    state = read_state()
    ready = _postgres_listens(state) and ask_redis(state, "PING") == "PONG"
    return state if ready else None


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
            [sys.executable, "-m", "paap.keeper"],
            cwd=CHECKOUT,
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
    if not state:
        return False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"{state['socket_dir']}/.s.PGSQL.5432")
        except OSError:
            return False
    return True


def ask_redis(state: dict[str, Any], command: str) -> str:
    """Redis's answer to one command without arguments, or "" if it gives none."""
    try:
        with socket.create_connection(("127.0.0.1", state["redis_port"]), timeout=2) as connection:
            connection.sendall(f"AUTH {state['redis_password']}\r\n{command}\r\n".encode())
            with connection.makefile("r") as answers:
                return answers.readline() and answers.readline().strip().lstrip("+")
    except OSError:
        return ""


# -- Files --------------------------------------------------------------------------------------
def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)


def read_state() -> dict[str, Any]:
    """What the last keeper wrote; nothing if it withdrew it."""
    try:
        state: dict[str, Any] = json.loads(STATE_FILE.read_text())
    except FileNotFoundError:
        return {}
    return state


def _log_tail() -> str:
    """The last lines of each log, for the message of a failed start."""
    logs = [KEEPER_LOG, RUN / "postgres.log", RUN / "redis.log"]
    tails = [path.read_text(errors="replace").splitlines()[-8:] for path in logs if path.exists()]
    return "\n".join(line for tail in tails for line in tail)
