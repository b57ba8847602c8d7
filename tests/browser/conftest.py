"""A real Chromium on a live server: signing in as a role, and what every page must satisfy."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page, Playwright, expect

from alliances.people.models import Membership
from tests.samples import part_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Without these Chromium looks for hosts that a closed network refuses.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Parameters of a test that say how its pages look.
LOOK = ("size", "scheme", "language", "locale")
SIZES = {"phone": {"width": 360, "height": 780}, "desktop": {"width": 1280, "height": 860}}
expect.set_options(timeout=20_000)  # milliseconds: a busy machine is slow without being wrong
#: Where screenshots go when somebody asks for them (SCREENSHOTS=folder); nowhere otherwise.
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and skip it visibly where there is no browser.

    Of a test that is the same in several looks one is asked, unless all are (``tests.samples``).
    """
    looks: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="Debian's Chromium is not installed"))
            looks[_name_without_look(item)].append(item)
    asked = {item for name, alike in looks.items() for item in part_of(alike, name, len(alike))}
    left_out = [item for alike in looks.values() for item in alike if item not in asked]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _name_without_look(item: pytest.Item) -> str:
    """The test and what it is asked about, whatever the screen and the colours."""
    case = getattr(item, "callspec", None)
    others = {k: v for k, v in case.params.items() if k not in LOOK} if case else {}
    return f"{item.path.name} {getattr(item, 'originalname', item.name)} {others}"


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the session."""
    # Playwright keeps an event loop in this thread; the ORM is used from it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Visitor:
    """Somebody at a browser, and everything their pages did wrong."""

    page: Page
    server: str
    name: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site and wait until it is quiet."""
        self.page.goto(self.server + path)
        self.settle()

    def settle(self) -> None:
        """Wait for what was asked for: a page, or a fragment of a page long since loaded.

        Not for half a second without a request, as "networkidle" does: what a page asks for by
        itself it asks for before it has loaded, and marks until it is there.
        """
        self.page.wait_for_load_state()
        expect(self.page.locator(".htmx-request")).to_have_count(0, timeout=30_000)

    def press(self, name: str) -> None:
        """Press the button or link with this name and wait for what it brings."""
        self.page.get_by_role("button", name=name).or_(
            self.page.get_by_role("link", name=name)
        ).first.click()
        self.settle()

    def look(self, title: str) -> None:
        """Axe finds nothing serious, nothing overflows, and the picture is kept if asked for."""
        found = Axe().run(self.page).response["violations"]
        serious = [
            f"{rule['id']}: {rule['nodes'][0]['html'][:200]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{title}: {serious}"
        wider = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{title} is {wider} px wider than the screen"
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SCREENSHOTS}/{title}-{self.name}.png", full_page=True)


@pytest.fixture
def visitor(
    chromium: Browser, live_server: Any, spanish: None
) -> Iterator[Callable[[Membership | None, str, str, str], Visitor]]:
    """Open a browser window for a membership: ``visitor(membership, "phone", "dark", "es-CO")``.

    For None it is of somebody who has not signed in.

    At the end no page may have written to the console, failed, or asked another host.
    """
    opened: list[Visitor] = []

    def open_window(
        membership: Membership | None,
        size: str = "desktop",
        scheme: str = "light",
        locale: str = "es-CO",
    ) -> Visitor:
        context = chromium.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            timezone_id="America/Bogota",
            has_touch=size == "phone",
        )
        if membership:
            context.add_cookies([_session_cookie(membership, live_server.url)])
        page = context.new_page()
        someone = Visitor(page, live_server.url, f"{size}-{scheme}")
        page.on("console", lambda said: _note(someone, said.type, said.text))
        page.on("pageerror", lambda error: someone.faults.append(f"script: {error}"))
        page.on("request", lambda asked: _same_host(someone, asked.url))
        page.on(
            "response",
            lambda answer: (
                someone.faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 500
                else None
            ),
        )
        opened.append(someone)
        return someone

    yield open_window
    for someone in opened:
        someone.page.context.close()
    assert [fault for someone in opened for fault in someone.faults] == []


def _note(someone: Visitor, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        someone.faults.append(f"console {kind}: {text}")


def _same_host(someone: Visitor, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws") and parts.netloc != urlsplit(someone.server).netloc:
        someone.faults.append(f"asked another host: {url}")


def _session_cookie(membership: Membership, server: str) -> dict[str, Any]:
    """A signed-in session: typing the password is tested once, at the entrance."""
    session = SessionStore()
    session[SESSION_KEY] = str(membership.user.pk)
    (session[BACKEND_SESSION_KEY],) = settings.AUTHENTICATION_BACKENDS
    session[HASH_SESSION_KEY] = membership.user.get_session_auth_hash()
    session.save()
    return {"name": "sessionid", "value": session.session_key, "url": server}
