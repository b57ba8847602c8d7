"""The entrance, every role's home and the page of an alliance, in a real browser."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.factories.alliances import Cast, make_cast, make_producer

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]
WINDOWS = [("phone", "dark"), ("desktop", "light")]


@pytest.fixture
def cast() -> Cast:
    cast = make_cast("executing")
    make_producer(cast.alliance)
    return cast


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_every_role_is_at_home(cast: Cast, visitor: Open, size: str, scheme: str) -> None:
    for role, membership in cast.people.items():
        someone = visitor(membership, size, scheme)
        someone.go("/")
        expect(someone.page.locator("h1")).to_have_text(membership.user.display_name)
        someone.look(f"home-{role}")


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_an_alliance_says_what_it_is_and_what_to_do(
    cast: Cast, visitor: Open, size: str, scheme: str
) -> None:
    someone = visitor(cast["eip"], size, scheme)
    for tail, name in (
        ("", "alliance"),
        ("historia/", "alliance-history"),
        ("actos/suspend/", "alliance-act"),
        ("designar/", "alliance-appoint"),
        ("intereses/", "alliance-interest"),
        ("quien-puede/accompany/", "alliance-who-may"),
        ("documentos/", "alliance-documents"),
    ):
        someone.go(f"/alianzas/{cast.alliance.code}/{tail}")
        someone.look(name)
    someone.go("/alianzas/?q=papa")
    someone.look("alliances")


#: The width of a sheet of A4 between its margins, in pixels of CSS.
SHEET = {"width": 672, "height": 1000}
#: What is folded and is printed: filters are not.
FOLDED = """() => [...document.querySelectorAll("main details:not(.menu) > :not(summary)")]
    .filter(each => !each.closest(".filters"))
    .filter(each => !each.checkVisibility({contentVisibilityAuto: true})).length"""
CUT_OFF = """() => [...document.querySelectorAll("main table")]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1
        || [...each.querySelectorAll("thead th")].some(th => !th.checkVisibility())).length"""


def test_a_printed_page_keeps_every_column_and_opens_what_is_folded(
    cast: Cast, visitor: Open
) -> None:
    someone = visitor(cast["eip"])
    page = someone.page
    page.emulate_media(media="print")
    page.set_viewport_size(SHEET)  # type: ignore[arg-type]
    code, call = cast.alliance.code, cast.alliance.call.code
    for path in (f"/convocatorias/{call}/", f"/alianzas/{code}/", "/alianzas/", "/desembolsos/"):
        someone.go(path)
        assert page.locator("main").count() == 1
        assert page.evaluate(FOLDED) == 0, path
        assert page.evaluate(CUT_OFF) == 0, path


def test_signing_in_signing_out_and_changing_language(cast: Cast, visitor: Open) -> None:
    user = cast["ogr"].user
    user.password = make_password("una-clave-larga")
    user.save()
    someone = visitor(cast["ogr"])
    page = someone.page
    page.context.clear_cookies()
    someone.go("/")
    someone.look("entrance")
    page.locator("#id_login").fill(user.username)
    page.locator("#id_password").fill("una-clave-larga")
    page.locator("#id_password").press("Enter")
    someone.settle()
    expect(page.locator("h1")).to_have_text(user.display_name)
    assert page.locator("html").get_attribute("lang") == "es-co"
    page.locator("form[action='/idioma/'] button").first.click()
    someone.settle()
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_text("Waiting for me")).to_be_visible()


def test_keys_find_and_explain(cast: Cast, visitor: Open) -> None:
    someone = visitor(cast["eip"])
    someone.go("/alianzas/")
    someone.page.keyboard.press("/")
    expect(someone.page.locator("input[name=q]").first).to_be_focused()
    someone.page.keyboard.type("nada de esto existe")
    someone.page.keyboard.press("Enter")
    someone.page.wait_for_url("**q=nada*")
    someone.settle()
    someone.look("alliances-none")
    someone.page.locator("main").click()
    someone.page.keyboard.press("?")
    expect(someone.page.locator("dialog[open]")).to_be_visible()
