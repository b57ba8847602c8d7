"""No wait without an end, against the real web: locked rows, a frozen Redis, PostgreSQL away."""

import json
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import psutil
import psycopg
import pytest
import requests

from alliances.lifecycle.table import GIVEN_UP
from paap.cache import PAUSE_SECONDS
from paap.processes import command_of
from tests.evaluation.runs.installation import Installation, installed
from tests.paap.machine import assert_within, free_port, health, processes_of, wait_until
from tests.paap.scene import PASSWORD

pytestmark = pytest.mark.drill
CLICKS = 50
REASON = "Los socios decidieron «esperar» <otra> convocatoria"


class Site:
    """The web of an installation, somebody who may sign in, and two alliances of theirs."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.username, self.code, self.other = installation.python("-m", "tests.paap.scene").split()
        state = json.loads((installation.home / "run/servers.json").read_text())
        self.owner_url = state["owner_database_url"]  # who may lock a whole table
        self.port = free_port()
        installation.group.environment |= {
            "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{self.port}",
            "LOG_LEVEL": "ERROR",
        }
        installation.group.start("web")
        wait_until(lambda: health(self.port).get("database") == "ok", seconds=60)
        self.session = self.sign_in()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> requests.Response:
        cookies = self.session.cookies.get_dict()
        return requests.get(self.address(path), cookies=cookies, timeout=60)

    def withdraw(self) -> requests.Response:
        """One click on the locked alliance."""
        address = self.address(f"/alianzas/{self.code}/actos/withdraw/")
        cookies = self.session.cookies.get_dict()
        data = {
            "key": str(uuid4()),
            "reason_code": GIVEN_UP[0].value,
            "reason": REASON,
            "csrfmiddlewaretoken": cookies["csrftoken"],
        }
        return requests.post(address, data, cookies=cookies, allow_redirects=False, timeout=60)

    def sign_in(self, *, follow: bool = True) -> requests.Session:
        session, answer = self.send_password(follow=follow)
        arrived = answer.url if follow else self.address(answer.headers.get("Location", ""))
        assert arrived == self.address("/"), (answer.status_code, answer.text[-2000:])
        return session

    def send_password(self, *, follow: bool = False) -> tuple[requests.Session, requests.Response]:
        session = requests.Session()
        address = self.address("/cuenta/login/")
        session.get(address, timeout=60).raise_for_status()
        sent = {
            "login": self.username,
            "password": PASSWORD,
            "csrfmiddlewaretoken": session.cookies["csrftoken"],
        }
        return session, session.post(address, sent, allow_redirects=follow, timeout=60)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody holds the alliance and does not let go."""
        with psycopg.connect(self.owner_url) as connection:
            query = "SELECT 1 FROM alliances_alliance WHERE code = %s FOR UPDATE"
            connection.execute(query, [self.code])
            yield
            connection.rollback()

    def server(self, program: str) -> psutil.Process:
        """The embedded server's main process."""
        found = [one for one in processes_of(self.installation.home) if one.name() == program]
        pids = {one.pid for one in found}
        (main,) = (one for one in found if one.ppid() not in pids)
        return main


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with installed() as installation:
        yield Site(installation)


def seconds(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def assert_later(answer: requests.Response) -> None:
    assert answer.status_code == 503, answer.text[-2000:]
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


def test_fifty_clicks_on_a_locked_alliance_hold_nobody_else_up(site: Site) -> None:
    def waits() -> dict[str, float]:
        with site.locked(), ThreadPoolExecutor(CLICKS) as crowd:
            clicks = [crowd.submit(site.withdraw) for _click in range(CLICKS)]
            time.sleep(0.7)
            waited = waits_of_others(site)
            for click in clicks:
                assert_later(click.result())
        return waited

    assert_within(1, waits)


def waits_of_others(site: Site) -> dict[str, float]:
    """How long everything takes that asks nothing of the locked row, in seconds."""
    return {
        "health": seconds(lambda: site.get("/healthz")),
        "static": seconds(lambda: site.get("/static/js/alianzas.js").raise_for_status()),
        "sign-in": seconds(lambda: site.sign_in(follow=False)),
        "page": seconds(lambda: site.get(f"/alianzas/{site.other}/").raise_for_status()),
        "its own page": seconds(lambda: site.get(f"/alianzas/{site.code}/").raise_for_status()),
    }


def test_who_is_told_to_wait_keeps_what_was_typed_and_it_counts_once(site: Site) -> None:
    with site.locked():
        told = site.withdraw()

    assert_later(told)
    assert "Alguien está trabajando en esta alianza" in told.text
    assert "Los socios decidieron «esperar» &lt;otra&gt; convocatoria" in told.text
    assert PASSWORD not in told.text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', told.text))
    assert set(form) == {"csrfmiddlewaretoken", "key", "reason_code", "reason"}


def test_a_table_locked_whole_leaves_health_and_static_files_alone(site: Site) -> None:
    def waits() -> dict[str, float]:
        with (
            psycopg.connect(site.owner_url) as connection,
            ThreadPoolExecutor(CLICKS) as crowd,
        ):
            connection.execute("LOCK TABLE alliances_alliance IN ACCESS EXCLUSIVE MODE")
            pages = [crowd.submit(site.get, "/alianzas/") for _click in range(CLICKS)]
            time.sleep(0.7)
            waited = {
                "health": seconds(lambda: site.get("/healthz")),
                "static": seconds(lambda: site.get("/static/js/alianzas.js").raise_for_status()),
            }
            for page in pages:
                assert_later(page.result())
        return waited

    assert_within(1, waits)


def test_the_api_says_it_as_a_problem(site: Site) -> None:
    with psycopg.connect(site.owner_url) as connection:
        connection.execute("LOCK TABLE alliances_alliance IN ACCESS EXCLUSIVE MODE")
        answer = site.get("/api/v1/alliances/")

    assert_later(answer)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503


def test_fifty_people_sign_in_at_once_behind_one_address(site: Site) -> None:
    """As in a training room. A slow machine may say when to try again; that is all it says."""

    def take_a_chair(_number: int) -> int:
        while (answer := site.send_password()[1]).status_code == 503:
            time.sleep(int(answer.headers["Retry-After"]))
        return answer.status_code

    with ThreadPoolExecutor(CLICKS) as crowd:
        assert Counter(crowd.map(take_a_chair, range(CLICKS))) == {302: CLICKS}


def test_a_frozen_redis_costs_a_second_and_no_answer(site: Site) -> None:
    redis_server = site.server("redis-server")
    ways = {"sign-in": site.sign_in, "page": lambda: site.get("/").raise_for_status()}

    def waits() -> dict[str, float]:
        """Beyond what each way takes on this machine anyway."""
        time.sleep(PAUSE_SECONDS)  # until no process still leaves Redis alone
        usual = {name: seconds(way) for name, way in ways.items()}
        redis_server.suspend()
        try:
            frozen = {name: seconds(way) for name, way in ways.items()}
            state = health(site.port)
        finally:
            redis_server.resume()
        assert state["database"] == "ok"
        assert state["broker"] == "missing"
        site.sign_in()  # what Redis heard while it was frozen stands in nobody's way
        return {name: frozen[name] - usual[name] for name in ways}

    assert_within(1.5, waits)


def test_while_postgres_is_away_every_answer_says_when_to_try_again(site: Site) -> None:
    keeper = next(
        one for one in processes_of(site.installation.home) if "paap.keeper" in one.cmdline()
    )
    keeper.suspend()  # so that nobody starts it again meanwhile
    try:
        site.server("postgres").send_signal(signal.SIGQUIT)
        page, api = site.get("/alianzas/"), site.get("/api/v1/alliances/")
        state = health(site.port)
        act = site.withdraw()
    finally:
        keeper.resume()

    for answer in (page, api, act):
        assert_later(answer)
    assert "Reintentar" in page.text
    assert REASON.split("<")[0] in act.text
    assert api.headers["Content-Type"] == "application/problem+json"
    assert state["database"] == "missing"
    wait_until(lambda: all(site.get("/alianzas/").ok for _process in range(6)), seconds=30)
    assert site.withdraw().status_code == 302


def test_a_restart_that_breaks_every_idle_connection_is_over_at_once(site: Site) -> None:
    with ThreadPoolExecutor(CLICKS) as crowd:  # so that each pool is full
        list(crowd.map(site.get, ["/alianzas/"] * CLICKS))
    server = site.server("postgres")
    server.send_signal(signal.SIGQUIT)
    server.wait(10)
    wait_until(lambda: is_up(site.installation.database_url), seconds=20)

    wait_until(lambda: all(site.get("/alianzas/").ok for _process in range(6)), seconds=20)


def is_up(database_url: str) -> bool:
    try:
        psycopg.connect(database_url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize(
    ("length", "status"),
    [("Content-Length: 200000000", 413), ("Transfer-Encoding: chunked", 411)],
)
def test_a_large_body_is_refused_before_any_of_it_is_sent(
    site: Site, length: str, status: int
) -> None:
    """The answer comes while the server has seen no byte of it, signed in or not."""
    sent = (
        f"POST /cuenta/login/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\n{length}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(sent.encode())
        answer = connection.recv(65536).decode()

    assert answer.startswith(f"HTTP/1.1 {status} "), answer


def test_the_web_is_run_with_more_threads_than_may_wait_for_a_connection() -> None:
    from django.conf import settings

    threads = int(next(word for word in command_of("web") if "--threads=" in word).split("=")[1])
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]

    assert pool["max_size"] + pool["max_waiting"] < threads
    assert pool["max_size"] > 2 * settings.MOST_IN_LINE
