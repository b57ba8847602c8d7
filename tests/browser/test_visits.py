"""A visit logged on a telephone in a real browser: with signal, without, and with a bad one."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils.timezone import localdate, now
from PIL import Image
from playwright.sync_api import Page, Route, expect

from alliances.field.models import PlannedVisit, Visit
from alliances.people.models import Membership, Producer
from tests.alliances.field.conftest import log
from tests.browser.conftest import SIZES, Visitor, _session_cookie
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_appointment,
    make_cast,
    make_membership,
    make_producer,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]
NETWORK_NOISE = "ERR_INTERNET_DISCONNECTED", "ERR_FAILED"


@pytest.fixture
def cast() -> Cast:
    return make_cast("executing")


@pytest.fixture
def producers(cast: Cast) -> list[Producer]:
    names = [("Ana Lucía", "Tulcán"), ("Segundo", "Chapal"), ("Rosa", "Nastacuas")]
    return [
        make_producer(cast.alliance, given_names=given, surnames=surnames)
        for given, surnames in names
    ]


@pytest.fixture
def phone(visitor: Open, cast: Cast, producers: list[Producer]) -> Visitor:
    """The field team's telephone, on the form of a visit after an earlier one."""
    log(
        cast,
        visited_on=date(2026, 3, 5),
        practice_taught="Compost con pulpa",
        attended=[producers[0].pk],
    )
    someone = visitor(cast["oga"], "phone")
    someone.go(form_url(cast))
    return someone


def form_url(cast: Cast) -> str:
    return f"/alianzas/{cast.alliance.code}/visitas/nueva/"


def picture() -> dict[str, Any]:
    content = BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(content, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def answer(page: Page, producers: list[Producer], topic: str = "Aporque y riego") -> None:
    """Answer every question, tapping as a thumb would."""
    page.set_input_files("[name=photos]", picture())
    page.locator("label", has=page.locator("[name=kind][value=social]")).click()
    page.fill("[name=topic]", topic)
    page.fill("[name=practice_taught]", "Curvas a nivel")
    page.locator("label", has=page.locator("[name=practice_checked]")).last.click()
    for producer in producers[:2]:
        page.locator(f"[name=attended][value='{producer.pk}']").check()
    page.locator(f"[name=adopted][value='{producers[1].pk}']").check()
    page.fill("[name=notes]", "Granizó el lunes")
    expect(page.locator("#visit-photos li")).to_have_count(1)


def send(page: Page) -> None:
    page.locator("#visit-form .visit-foot button").click()


def logged() -> list[Visit]:
    return list(Visit.objects.exclude(visited_on=date(2026, 3, 5)).order_by("pk"))


def until_logged(page: Page, count: int = 1) -> list[Visit]:
    """Wait for the telephone to have sent so many visits."""
    for _ in range(100):
        if len(logged()) >= count:
            break
        page.wait_for_timeout(100)
    assert len(logged()) == count
    return logged()


def queue(page: Page) -> Any:
    return page.locator("#sync [data-list-of-visits] li")


def check(visit: Visit, producers: list[Producer]) -> None:
    """Everything that was answered reached the server."""
    assert (visit.kind, visit.topic, visit.notes) == (
        "social",
        "Aporque y riego",
        "Granizó el lunes",
    )
    assert (visit.practice_taught, visit.practice_checked) == (
        "Curvas a nivel",
        "Compost con pulpa",
    )
    told = dict(visit.attendance.values_list("producer", "has_adopted"))
    assert told == {producers[0].pk: False, producers[1].pk: True}
    photograph = visit.photos.get()
    with Image.open(photograph.file) as kept:
        assert max(kept.size) == 1600


# -- With signal ----------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_visit_from_the_list_to_the_server(
    size: str, scheme: str, visitor: Open, cast: Cast, producers: list[Producer]
) -> None:
    log(cast, visited_on=date(2026, 3, 5), practice_taught="Compost con pulpa")
    someone = visitor(cast["oga"], size, scheme)
    someone.go("/campo/")
    someone.look("field-visits")
    someone.page.locator(".list-begin .btn").click()
    someone.settle()
    answer(someone.page, producers)
    someone.look("field-form")
    send(someone.page)
    someone.page.wait_for_url(f"**/{cast.alliance.code}/visitas/")
    someone.settle()
    someone.look("field-alliance")
    [visit] = logged()
    check(visit, producers)
    assert queue(someone.page).count() == 0


def test_a_mistake_is_told_and_nothing_typed_is_lost(
    phone: Visitor, producers: list[Producer]
) -> None:
    answer(phone.page, producers)
    phone.page.fill("[name=visited_on]", "2026-02-20")
    send(phone.page)
    expect(phone.page.locator("#visit-problem")).to_be_visible()
    phone.faults[:] = [fault for fault in phone.faults if "400" not in fault]
    phone.page.fill("[name=visited_on]", "2026-03-09")
    send(phone.page)
    phone.page.wait_for_url("**/visitas/")
    check(logged()[0], producers)


def test_a_visit_half_typed_is_there_when_the_page_is_opened_again(
    phone: Visitor, producers: list[Producer], cast: Cast
) -> None:
    answer(phone.page, producers)
    key = phone.page.input_value("[name=key]")
    phone.page.wait_for_timeout(300)
    phone.go("/campo/")
    assert queue(phone.page).count() == 1
    phone.go(form_url(cast))
    assert phone.page.input_value("[name=key]") == key
    expect(phone.page.locator("#visit-photos li")).to_have_count(1)
    send(phone.page)
    phone.page.wait_for_url("**/visitas/")
    check(logged()[0], producers)


# -- Without signal -------------------------------------------------------------------------------
def test_a_visit_without_signal_is_sent_when_it_comes_back(
    phone: Visitor, producers: list[Producer]
) -> None:
    phone.page.context.set_offline(True)
    answer(phone.page, producers)
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    expect(queue(phone.page)).to_have_count(1)
    assert logged() == []
    phone.look("field-kept")
    phone.page.context.set_offline(False)
    check(until_logged(phone.page)[0], producers)
    expect(queue(phone.page)).to_have_count(0)


def test_several_visits_wait_and_none_is_lost_when_the_page_is_closed(
    phone: Visitor, producers: list[Producer]
) -> None:
    context = phone.page.context
    context.set_offline(True)
    for number in range(1, 4):
        answer(phone.page, producers, topic=f"Visita {number}")
        send(phone.page)
        expect(queue(phone.page)).to_have_count(number)
        phone.page.locator("[data-another]").click()
    phone.page.close()
    context.set_offline(False)
    assert logged() == []
    page = context.new_page()
    page.goto(f"{phone.server}/campo/")
    visits = until_logged(page, 3)
    assert [visit.topic for visit in visits] == ["Visita 1", "Visita 2", "Visita 3"]
    assert len({visit.key for visit in visits}) == 3


def test_a_visit_to_mend_waits_for_its_author(phone: Visitor, producers: list[Producer]) -> None:
    """Typed without signal with a name that is not of the alliance any more: told, kept, mended."""
    phone.page.context.set_offline(True)
    answer(phone.page, producers)
    phone.page.evaluate(
        "id => { document.querySelector('[name=attended]:checked').value = id }", "999999999"
    )
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    phone.page.context.set_offline(False)
    expect(phone.page.locator("#sync [data-list-of-visits] p")).not_to_be_empty()
    phone.faults.clear()
    assert logged() == []
    queue(phone.page).locator("a").click()
    phone.settle()
    phone.page.reload()
    expect(phone.page.locator("#visit-problem")).to_be_visible()
    send(phone.page)
    phone.page.wait_for_url("**/visitas/")
    assert logged()[0].attendance.count() == 1


# -- With a bad one -------------------------------------------------------------------------------
def test_an_answer_lost_on_the_way_makes_no_second_visit(
    phone: Visitor, producers: list[Producer]
) -> None:
    """The server logs the visit, the telephone never hears it, and sends it again."""

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.page.route("**/api/v1/visits/", lose_the_answer)
    answer(phone.page, producers)
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    assert len(logged()) == 1
    phone.page.unroute("**/api/v1/visits/")
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(queue(phone.page)).to_have_count(0)
    [visit] = logged()
    check(visit, producers)
    phone.faults[:] = [f for f in phone.faults if not any(noise in f for noise in NETWORK_NOISE)]


def test_a_portal_that_answers_for_the_server_deletes_nothing(
    phone: Visitor, producers: list[Producer]
) -> None:
    """The public network of a village answers 200 with its own page, or with anything."""
    answers = iter(["<h1>Bienvenido</h1>", "{}", '{"key": "otra"}'])
    phone.page.route(
        "**/api/v1/visits/", lambda route: route.fulfill(status=200, body=next(answers, "{}"))
    )
    answer(phone.page, producers)
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    for _again in range(2):
        phone.page.evaluate("window.dispatchEvent(new Event('online'))")
        phone.page.wait_for_timeout(300)
    expect(queue(phone.page)).to_have_count(1)
    assert logged() == []
    phone.page.unroute("**/api/v1/visits/")
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    check(until_logged(phone.page)[0], producers)
    expect(queue(phone.page)).to_have_count(0)


@pytest.mark.parametrize("way_on", ["[data-anew]", "[data-forget]"])
def test_what_was_corrected_after_a_lost_answer_is_not_called_sent(
    way_on: str, phone: Visitor, producers: list[Producer]
) -> None:
    """The person decides: it goes as another visit, or the one that the server has stays."""

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.page.route("**/api/v1/visits/", lose_the_answer)
    answer(phone.page, producers)
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    queue(phone.page).locator("a").click()
    expect(phone.page.locator("#visit-form")).to_be_visible()
    expect(phone.page.locator("[name=topic]")).to_have_value("Aporque y riego")
    phone.page.fill("[name=topic]", "Aporque y abono")
    phone.page.unroute("**/api/v1/visits/")
    send(phone.page)
    expect(phone.page.locator("#visit-problem")).to_be_visible()
    phone.faults.clear()
    expect(queue(phone.page)).to_have_count(1)
    assert [visit.topic for visit in logged()] == ["Aporque y riego"]
    phone.page.on("dialog", lambda dialog: dialog.accept())
    queue(phone.page).locator(way_on).click()
    expect(queue(phone.page)).to_have_count(0)
    topics = ["Aporque y riego", *(["Aporque y abono"] if way_on == "[data-anew]" else [])]
    assert [visit.topic for visit in until_logged(phone.page, len(topics))] == topics


# -- Days -----------------------------------------------------------------------------------------
def test_a_page_opened_two_days_ago_offers_today(phone: Visitor) -> None:
    day = phone.page.locator("[name=visited_on]")
    loaded = date.fromisoformat(day.input_value())
    assert day.get_attribute("max") is None
    phone.page.clock.set_fixed_time(f"{loaded + timedelta(days=2)}T15:00:00Z")
    phone.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(day).to_have_value((loaded + timedelta(days=2)).isoformat())
    day.fill((loaded - timedelta(days=1)).isoformat())
    phone.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(day).to_have_value((loaded - timedelta(days=1)).isoformat())


def test_a_session_that_ended_keeps_the_visit(
    phone: Visitor, producers: list[Producer], cast: Cast
) -> None:
    context = phone.page.context
    answer(phone.page, producers)
    cookies = context.cookies()
    context.clear_cookies(name="sessionid")
    send(phone.page)
    expect(phone.page.locator("#visit-kept")).to_be_visible()
    phone.faults.clear()
    assert logged() == []
    context.add_cookies([row for row in cookies if row["name"] == "sessionid"])  # type: ignore[misc]
    phone.go("/campo/")
    check(until_logged(phone.page)[0], producers)


def test_a_colleague_on_the_same_telephone_sends_nothing_of_mine(
    phone: Visitor, producers: list[Producer], cast: Cast
) -> None:
    context = phone.page.context
    context.set_offline(True)
    answer(phone.page, producers)
    send(phone.page)
    expect(queue(phone.page)).to_have_count(1)
    become(phone, make_membership("oga", organisation=cast["oga"].organisation))
    context.set_offline(False)
    phone.page.goto("about:blank")
    phone.go("/campo/")
    assert queue(phone.page).count() == 0
    phone.page.wait_for_timeout(500)
    assert logged() == []
    become(phone, cast["oga"])
    phone.go("/campo/")
    assert until_logged(phone.page)[0].visited_by == cast["oga"]
    phone.faults[:] = [fault for fault in phone.faults if "403" not in fault]


def become(someone: Visitor, membership: Membership) -> None:
    someone.page.context.clear_cookies(name="sessionid")
    someone.page.context.add_cookies([_session_cookie(membership, someone.server)])  # type: ignore[list-item]


def test_the_form_works_without_javascript(
    phone: Visitor, producers: list[Producer], cast: Cast
) -> None:
    browser = phone.page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False, viewport=SIZES["phone"])  # type: ignore[arg-type]
    context.add_cookies([_session_cookie(cast["oga"], phone.server)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(phone.server + form_url(cast))
    expect(page.locator("#sync")).to_be_hidden()
    page.locator("[name=kind][value=technical]").check()
    page.fill("[name=topic]", "Sin guion")
    page.locator(f"[name=attended][value='{producers[2].pk}']").check()
    send(page)
    page.wait_for_url("**/visitas/")
    [visit] = logged()
    assert list(visit.attendance.values_list("producer", flat=True)) == [producers[2].pk]
    context.close()


def test_the_list_tells_the_longest_wait_first(visitor: Open, cast: Cast) -> None:
    log(cast, visited_on=date.today() - timedelta(days=3), at=AT.replace(year=2100))  # noqa: DTZ011
    someone = visitor(cast["eip"], "desktop")
    someone.go("/campo/")
    expect(someone.page.locator("[data-row] .chip.tone-good")).to_have_count(1)
    assert someone.page.locator(".list-begin .btn").count() == 0


# -- Who goes -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_visits_of_many_are_assigned_by_keyboard_alone(
    size: str, scheme: str, visitor: Open, cast: Cast
) -> None:
    """All of the list, the act, yes: three keys; then one of them to somebody else."""
    body, known = cast["oga"].organisation, ("call", "organisation", "ally")
    team = [
        make_membership("oga", body, make_user(first_name=given, last_name="Chapal"))
        for given in ("Ana Lucía", "Segundo")
    ]
    for number in range(11):
        alliance = make_alliance(
            "executing",
            name=f"Café de altura de la vereda {number + 1}",
            **{name: getattr(cast.alliance, name) for name in known},
        )
        make_appointment(alliance, "accompany", body)
        if number < 3:
            own = Cast(alliance, {"oga": team[0]}, team[0], team[0])
            log(own, visited_on=localdate() - timedelta(days=40 * number + 3), at=now())
    someone = visitor(cast["oga"], size, scheme)
    page, keys = someone.page, someone.page.keyboard
    someone.go("/campo/")
    someone.look("campo-sin-asignar")
    keys.press("e")
    for key in ("v", "a"):
        if key == "a":
            expect(page.locator(".bulk-rows li")).to_have_count(12)
            someone.look("campo-lote")
        with page.expect_navigation():
            keys.press(key)
        someone.settle()
    expect(page.locator("#done")).to_be_visible()
    plans = PlannedVisit.objects.filter(closed_at__isnull=True)
    loads = Counter(plans.values_list("assigned_to", flat=True))
    assert sorted(loads.values()) == [4, 4, 4]
    assert loads[team[0].pk] == 4  # three that she keeps, and one
    with page.expect_navigation():
        keys.press("o")
    someone.settle()
    someone.look("campo-asignado")

    someone.go("/campo/?assigned=me")
    expect(page.locator("tbody [data-row]")).to_have_count(4)
    keys.press("j")
    with page.expect_navigation():
        keys.press("Enter")
    someone.settle()
    someone.look("campo-visitas")
    page.locator("select[name=to]").select_option(str(team[1].pk))
    page.locator("form[action*='/asignar/'] button").click()
    someone.settle()
    assert plans.filter(assigned_to=team[1]).count() == 5
    other = visitor(team[1], size, scheme)
    other.go("/")
    expect(other.page.locator(".home-kinds a[href*='task=visit']")).to_contain_text("5")
    other.look("campo-inicio")
