"""OGR staff score a profile, the committee decides, everybody reads: in a real browser."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from alliances.calls.services import load_example_calls
from alliances.models import Score
from tests.alliances.documents.samples import PDF
from tests.browser.conftest import _session_cookie
from tests.factories.alliances import AT, Cast, make_cast, make_membership, make_producer
from tests.factories.selection import make_ranked, make_score

pytestmark = pytest.mark.django_db(transaction=True)
WINDOWS = [("phone", "light"), ("desktop", "light"), ("desktop", "dark")]


@pytest.fixture
def cast() -> Cast:
    """An eligible profile of a call run as in phase 3, where the score of the OGR binds."""
    cast = make_cast("eligible", regime="phase_3")
    for number in range(30):
        make_producer(
            cast.alliance, sex="fm"[number % 2], household_key="" if number == 3 else f"H{number}"
        )
    return cast


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_ogr_staff_score_a_profile_by_tapping(cast, visitor, size, scheme):
    someone = visitor(cast["ogr"], size, scheme)
    page = someone.page
    someone.go(f"/alianzas/{cast.alliance.code}/puntaje/")
    someone.look("score-start")
    page.locator("form[action$='comenzar/'] button").click()

    for number in range(3):
        criterion = page.locator("details.criterion").nth(number)
        if not criterion.evaluate("it => it.open"):
            criterion.locator("summary").click()
        criterion.locator(".score-options label").nth(2).click()
        criterion.locator("textarea").fill("Visto en campo, con soportes")
        expect(criterion.locator(".tone-good")).to_be_visible()  # saved as it was given
    expect(page.locator("#sheet-bar")).to_have_attribute("value", "3")
    someone.look("score-sheet")
    assert Score.objects.get().lines.count() == 3

    page.locator("button[name=seal]").click()
    someone.settle()
    someone.look("score-seal")
    assert "100,00" not in page.content()  # the total stays hidden until the seal
    page.locator("form[action$='sellar/'] button").click()
    someone.settle()
    someone.look("score-summary")

    expect(page.locator(".figure-value").first).to_have_text("100,00")
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "scored"


def test_the_keyboard_alone_fills_the_sheet(cast, visitor):
    someone = visitor(cast["ogr"])
    page = someone.page
    someone.go(f"/alianzas/{cast.alliance.code}/puntaje/")
    page.locator("form[action$='comenzar/'] button").click()
    someone.settle()

    for digit in "232":
        page.keyboard.press(digit)
        page.keyboard.press("Tab")
        page.keyboard.type("Leído en campo 1 2 3")  # digits in a reason are only digits
        expect(page.locator("details.criterion[open] .tone-good")).to_be_visible()
        page.keyboard.press("Control+Enter")

    expect(page.locator("button[name=seal]")).to_be_focused()
    points = [line.option.points for line in Score.objects.get().lines.order_by("pk")]
    assert points == [50, 100, 50]


def test_the_sheet_works_without_javascript(cast, chromium, live_server):
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([_session_cookie(cast["ogr"], live_server.url)])
    page = context.new_page()
    page.goto(f"{live_server.url}/alianzas/{cast.alliance.code}/puntaje/")
    page.locator("form[action$='comenzar/'] button").click()
    for number in range(3):
        criterion = page.locator("details.criterion").nth(number)
        if criterion.get_attribute("open") is None:
            criterion.locator("summary").click()
        criterion.locator("input[type=radio]").nth(1).check()
    page.locator("button[name=seal]").click()
    page.locator("form[action$='sellar/'] button").click()
    context.close()

    assert Score.objects.get().total == Decimal("52.50")


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_the_committee_decides_and_the_ranking_is_read(visitor, size, scheme):
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    make_ranked(91, "selected", call=cast.alliance.call)
    make_ranked(
        75, call=cast.alliance.call, incentive_cop=9_900_000_000, total_value_cop=30_000_000_000
    )
    make_ranked(40, call=cast.alliance.call)
    someone = visitor(cast["cir"], size, scheme)
    page = someone.page

    someone.go(f"/convocatorias/{cast.alliance.call.code}/clasificacion/")
    assert page.locator(".ranking-line").count() == 2
    someone.look("ranking")
    someone.go(f"/alianzas/{cast.alliance.code}/decision/")
    someone.look("decide")
    page.locator("input[value=declined]").check()
    page.locator("#id_votes_for").fill("5")
    page.locator("#id_votes_against").fill("0")
    page.locator("#decision button.btn-primary").click()
    someone.settle()
    someone.look("decide-reason")
    assert "422" in someone.faults.pop()  # a form that comes back is a 422, which browsers note
    page.locator("#id_reason_code").select_option("organisation")
    page.locator("#id_reason").fill("La asociación se disolvió en la asamblea de febrero")
    minutes = {"name": "acta.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.locator("#id_minutes").set_input_files(minutes)
    page.locator("#decision button.btn-primary").click()
    someone.settle()

    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "not_selected"
    someone.go(f"/alianzas/{cast.alliance.code}/puntajes/")
    someone.look("score-decided")


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_anybody_reads_the_calls(visitor, size, scheme):
    load_example_calls(at=AT)
    someone = visitor(make_membership("organisation"), size, scheme)

    someone.go("/convocatorias/")
    someone.look("calls")
    someone.go("/convocatorias/2023-1/")
    someone.look("call")
