"""A day over the lists in a real browser: a hundred profiles presented, given out and verified."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from alliances.calls.models import Call, EligibilityRule
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.services import advance
from alliances.lists import services, tasks
from alliances.lists.models import BulkAct
from alliances.people.models import Membership
from alliances.territory.services import load_reference
from tests.alliances.preparation.workbooks import Book, national_workbook
from tests.browser.conftest import Visitor
from tests.factories.alliances import (
    Cast,
    make_alliance,
    make_call,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
    seal_call,
)
from tests.factories.fiduciary import MILLION, make_funded_cast, make_request

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Visitor]
PROFILES, POOR = 104, 4
#: Of the issue, the import of the workbook and its mending included.
MOST_CLICKS = 40


@pytest.fixture
def cast() -> Cast:
    """A morning with 104 complete profiles; four of them do not meet the limits of their call."""
    made = make_cast("executing")
    call = make_call(sealed=False)
    EligibilityRule.objects.create(call=call, code="experience", unit="years", minimum=3)
    seal_call(call)
    for number in range(PROFILES):
        profile = make_alliance(call=call, name=f"Café de altura de la vereda {number + 1}")
        make_producer(profile, experience_years=1 if number < POOR else 9)
    return made


@pytest.fixture
def bodies(cast: Cast) -> list[Membership]:
    """Two independent bodies; the second helped ten of the profiles."""
    other = make_membership("scorer", make_organisation("scorer", name="Evaluar del Sur SAS"))
    drafts = Alliance.objects.filter(status="draft", name__startswith="Café")
    helped_by(other, drafts.order_by("pk")[:10])
    return [cast["scorer"], other]


def helped_by(body: Membership, alliances: Iterable[Alliance]) -> list[Alliance]:
    """Profiles that this body helped, so that it may not judge them."""
    helped = list(alliances)
    for alliance in helped:
        Event.objects.create(
            alliance=alliance,
            verb="edit",
            duty="promote",
            organisation=body.organisation,
            at=now(),
        )
    return helped


class Counted:
    """A visitor whose clicks and keys are counted."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.count = visitor, visitor.page, 0

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()
        self.visitor.settle()

    def key(self, key: str, *, leads_on: bool = True) -> None:
        self.count += 1
        press(self.visitor, key, leads_on=leads_on)


def press(someone: Visitor, key: str, *, leads_on: bool = True) -> None:
    """Press a key; one that leads on opens another page."""
    if leads_on:
        with someone.page.expect_navigation():
            someone.page.keyboard.press(key)
    else:
        someone.page.keyboard.press(key)
    someone.settle()


def of_profiles(**narrowed: Any) -> int:
    return Alliance.objects.filter(name__startswith="Café", **narrowed).count()


def all_at_once(someone: Counted, task: str, verb: str) -> None:
    """From home: the kind of task, all of them, the act, yes."""
    someone.click(f".home-kinds a[href*='task={task}']")
    someone.click("[name=everything]")
    someone.click(f"button[name=verb][value={verb}]")
    someone.click(".form-foot .btn-primary")
    expect(someone.page.locator(".page-acts .btn-primary")).to_be_visible()


def a_call_of_today() -> Call:
    """Open to profiles, with one limit that four of them will not meet."""
    call = Call.objects.create(
        code="2026",
        name="Convocatoria nacional 2026",
        opens_on=localdate() - timedelta(days=20),
        closes_on=localdate() + timedelta(days=40),
        wage_year=2026,
    )
    EligibilityRule.objects.create(call=call, code="experience", unit="years", minimum=3)
    return seal_call(call)


def books() -> tuple[Book, Book]:
    """110 profiles of 40 producers with twelve slips in them, and the same put right.

    Six have no ally, and cannot be presented; in four somebody has too little experience.
    """
    right = national_workbook(110, 40)
    for number, row in enumerate(right.profiles):
        row |= {"municipality_code": "52001", "department": "Nariño", "municipality": "Pasto"}
        if number >= PROFILES:
            row |= {"ally": None, "ally_nit": None}
    for number in range(POOR):
        right.producers[40 * number]["experience_years"] = 1
    broken = deepcopy(right)
    for row in broken.producers[:4000:334]:
        row["document_number"] = "no sabe"
    return broken, right


def imported(ogr: Counted, path: Path, call: Call) -> None:
    """The workbook with its slips, then the same put right."""
    broken, right = books()
    ogr.visitor.go("/")
    ogr.click(".rail-link[href='/perfiles/']")
    ogr.click(".page-acts details.menu > summary")
    ogr.click(".menu-item[href='/perfiles/importar/']")
    for book in (broken, right):
        path.write_bytes(book.xlsx())
        ogr.count += 1
        ogr.page.locator("input[type=file]").set_input_files(path)
        ogr.click("main form .btn-primary")
        if book is broken:
            expect(ogr.page.locator("main")).to_contain_text("12")
            ogr.visitor.faults.clear()  # Chromium notes the 422 of a page that could not be taken
            assert not Alliance.objects.filter(call=call).exists()
    ogr.click("main form .btn-primary")
    assert Alliance.objects.filter(call=call).count() == 110


def test_the_coordinators_day_takes_few_clicks(visitor: Open, tmp_path: Path) -> None:
    load_reference()
    cast, call = make_cast("executing"), a_call_of_today()
    other = make_membership("scorer", make_organisation("scorer", name="Evaluar del Sur SAS"))
    bodies = [cast["scorer"], other]
    ogr = Counted(visitor(cast["ogr"]))
    imported(ogr, tmp_path / "perfiles.xlsx", call)
    of_call = Alliance.objects.filter(call=call)
    helped = helped_by(other, of_call.order_by("pk")[:10])

    ogr.click(".rail-link[href='/']")
    ogr.visitor.look("inicio-por-tareas")
    all_at_once(ogr, "submit", "submit")
    ogr.visitor.look("lote-presentado")
    assert of_call.filter(status="submitted").count() == PROFILES

    eip = Counted(visitor(cast["eip"], "desktop", "dark"))
    eip.visitor.go("/")
    all_at_once(eip, "appoint", "appoint_scorers")
    eip.visitor.look("lote-designado")
    held = Appointment.objects.filter(duty="score", alliance__in=of_call)
    loads = [held.filter(organisation=body.organisation).count() for body in bodies]
    assert sum(loads) == PROFILES
    assert abs(loads[0] - loads[1]) <= 1
    assert not held.filter(alliance__in=helped, organisation=other.organisation)

    clicks = ogr.count + eip.count
    for body in bodies:
        reader = Counted(visitor(body))
        reader.visitor.go("/")
        all_at_once(reader, "verify", "verify")
        clicks += reader.count
    reader.visitor.look("lote-verificado")
    assert of_call.filter(status="eligible").count() == PROFILES - POOR
    assert clicks == 25 < MOST_CLICKS


def test_the_same_day_by_keyboard_alone(
    visitor: Open, cast: Cast, bodies: list[Membership]
) -> None:
    """``e`` everything that is filtered, a letter for the act, ``a`` yes."""
    keys = 0
    for member, address, letter in (
        (cast["ogr"], "/perfiles/?task=submit", "p"),
        (cast["eip"], "/alianzas/?task=appoint", "d"),
        *((body, "/perfiles/?task=verify", "v") for body in bodies),
    ):
        someone = Counted(visitor(member))
        someone.visitor.go(address)
        someone.key("e", leads_on=False)
        for key in (letter, "a"):
            someone.key(key)
        expect(someone.page.locator("#done")).to_be_visible()
        someone.key("o")
        keys += someone.count
    assert of_profiles(status="eligible") == PROFILES - POOR
    assert keys == 16


def test_long_work_says_how_far_it_is_and_goes_on_without_its_page(
    visitor: Open, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alliances.lists.views.nudge", lambda: None)
    someone = visitor(cast["ogr"], "phone", "dark")
    page = someone.page
    someone.go("/perfiles/?task=submit")
    press(someone, "e", leads_on=False)
    for key in ("p", "a"):
        press(someone, key)
    expect(page.locator("progress")).to_have_attribute("value", "0")
    someone.look("lote-en-espera")

    monkeypatch.setattr(services, "PORTION", 40)
    bulk = services.claim(at=now())
    assert bulk
    assert services.work(bulk=bulk, clock=now)  # a worker does a part of it, and is gone
    expect(page.locator("progress")).to_have_attribute("value", "38")
    BulkAct.objects.update(heartbeat_at=now() - services.STALE_AFTER * 2)
    tasks.work_bulk_acts()
    expect(page.locator("#done")).to_be_visible()  # the page noticed by itself
    assert of_profiles(status="submitted") == PROFILES


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_a_list_is_narrowed_sorted_chosen_and_walked(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    someone = visitor(cast["ogr"], size, scheme)
    page = someone.page
    someone.go("/perfiles/?lacks=nothing&q=ALTURA%20cafe")
    expect(page.locator("tbody tr")).to_have_count(50)
    someone.look("perfiles")
    if size == "desktop":
        rows = [row.bounding_box() for row in page.locator("tbody tr").all()[:25]]
        assert sum(row["height"] for row in rows if row) < 1400  # 3,400 px before
        page.locator(".list-scroll").evaluate("place => place.scrollTo(0, 900)")
        head, frame = page.locator("thead th").first, page.locator(".list-scroll")
        assert head.bounding_box()["y"] - frame.bounding_box()["y"] < 4  # the head stays

    page.locator("details.list-look > summary").click()
    page.locator(".list-look input[value=nit]").check()
    someone.look("perfiles-columnas")
    someone.press("Filtrar")
    assert "col=nit" in page.url

    page.locator("summary", has_text="Vistas").click()
    page.locator("#view-name").fill("Listos para presentar")
    someone.look("perfiles-vistas")
    someone.press("Guardar la vista")
    assert "lacks=nothing" in page.url

    page.locator("tbody [name=row]").nth(0).check()
    page.locator("tbody [name=row]").nth(2).check()
    someone.go("/perfiles/?lacks=nothing&page=2")
    expect(page.locator("[data-picks-elsewhere]")).to_contain_text("2")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("tbody :checked").count() == 1
    page.locator("button[value=submit]").click()
    someone.settle()
    expect(page.locator(".bulk-rows li")).to_have_count(3)
    someone.look("lote-por-confirmar")
    assert of_profiles(status="submitted") == 0

    someone.go("/perfiles/?lacks=nothing&sort=code")
    page.locator("tbody a[data-open]").nth(1).click()
    someone.settle()
    here = page.url
    someone.look("perfil-desde-la-lista")
    press(someone, "l")
    assert page.url != here
    press(someone, "h")
    assert page.url == here


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_a_list_comes_back_as_it_was_left(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    """Filters, page and row; the row has the focus, so that the keys go on from it."""
    someone = visitor(cast["ogr"], size, scheme)
    page = someone.page
    someone.go("/perfiles/?lacks=nothing&sort=code&page=2")
    row = page.locator("tbody tr").nth(40)
    name = row.locator("a[data-open]").inner_text()
    row.locator("a[data-open]").click()
    someone.settle()
    page.locator(".trail a").first.click()
    someone.settle()
    assert "lacks=nothing" in page.url
    assert "page=2" in page.url
    here = page.locator("tbody a[data-open]:focus")
    expect(here).to_have_text(name)
    expect(here).to_be_in_viewport()
    someone.look("perfiles-de-vuelta")
    page.keyboard.press("j")
    expect(page.locator("tbody tr").nth(41)).to_have_class("is-current")


def test_an_act_in_the_drawer_comes_back_to_the_list_as_it_was_left(visitor: Open) -> None:
    cast = make_funded_cast()
    for number in range(40):
        make_request(cast, at=now(), amount_cop=MILLION, description=f"Abono {number:02}")
    officer = visitor(cast["trustee"])
    page = officer.page
    officer.go("/desembolsos/?q=abono&sort=-what")
    rows = page.locator(".queue [data-row]")
    expect(rows.nth(30)).to_contain_text("Abono 09")
    rows.nth(30).locator("a[data-open]").click()
    officer.settle()
    page.keyboard.press("a")
    expect(page.locator("#messages")).to_contain_text("D-")
    assert "q=abono" in page.url
    assert "sort=-what" in page.url
    expect(rows).to_have_count(39)
    expect(rows.nth(30)).to_contain_text("Abono 08")
    expect(rows.nth(30)).to_be_in_viewport()
    expect(rows.nth(30).locator("a[data-open]")).to_be_focused()  # what took its place
    expect(page.locator("#messages")).to_be_in_viewport()
    officer.look("desembolsos-de-vuelta")


def test_other_lists_look_like_these(visitor: Open, cast: Cast) -> None:
    """Each list that stands on the kit, at both sizes and in both lights."""
    draft = Alliance.objects.filter(status="draft", name__startswith="Café").first()
    assert draft
    advance(alliance_id=draft.pk, verb="submit", acting=cast["ogr"], at=now(), key=uuid4())
    for size, scheme in (("phone", "dark"), ("desktop", "light")):
        for role, address, title in (
            ("eip", "/alianzas/", "alianzas"),
            ("eip", "/desembolsos/?all=1", "desembolsos"),
            ("eip", "/convocatorias/", "convocatorias"),
            ("eip", "/campo/", "campo"),
            ("evaluator", "/evaluacion/", "corridas"),
            ("evaluator", "/evaluacion/estudios/", "estudios"),
        ):
            someone = visitor(cast[role], size, scheme)
            someone.go(address)
            someone.look(f"lista-{title}")
