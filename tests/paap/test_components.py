"""The frame and the shared pieces: complete for assistive technology, inert for the CSP."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from paap import navigation
from paap.templatetags.alianzas import chip, slack_light

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"


@pytest.fixture(autouse=True)
def _spanish() -> Iterator[None]:
    with translation.override("es-co"):
        yield


def membership(pk: int, role: str, organisation: str) -> SimpleNamespace:
    return SimpleNamespace(
        pk=pk,
        role=role,
        organisation=SimpleNamespace(name=organisation),
        get_role_display=lambda: f"rol {role}",
    )


def request_as(role: str, path: str = "/", *others: str, **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    rows = [
        membership(pk, each, f"Organización {each}") for pk, each in enumerate([role, *others], 1)
    ]
    request.user = SimpleNamespace(  # type: ignore[assignment]
        is_authenticated=True, username=role, display_name="Ana Ruiz"
    )
    request.memberships, request.acting = rows, rows[0]  # type: ignore[attr-defined]
    return request


def anonymous(path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    return request


def component(name: str, request: HttpRequest | None = None, **values: Any) -> str:
    return render_to_string(f"components/{name}.html", values, request=request)


# -- The content security policy refuses what is inline -------------------------------------------
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on", re.I)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path: Path) -> None:
    assert not INLINE.search(path.read_text())


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_asks_another_host(path: Path) -> None:
    assert not re.search(r"(src|href|action)=[\"'](https?:)?//", path.read_text())


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_no_script_evaluates_text(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", path.read_text())


# -- The frame ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "hidden"),
    [("scorer", "fiduciary:request-list"), ("evaluator", "alliances:visit-list")],
)
def test_a_role_sees_only_the_places_it_uses(role: str, hidden: str) -> None:
    entry = next(entry for entry in navigation.NAV if entry.url_name == hidden)
    assert role not in entry.roles
    shown = navigation.Frame(request_as(role)).nav
    assert str(entry.label) not in [link.label for link in shown]


def test_every_role_has_a_home() -> None:
    roles = frozenset().union(*(entry.roles for entry in navigation.NAV))
    assert navigation.NAV[0].url_name == "home"
    assert navigation.NAV[0].roles == roles


def test_a_page_that_does_not_exist_yet_has_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = navigation.NavEntry(
        navigation.NAV[0].label, "nowhere:at-all", "home", frozenset({"eip"})
    )
    monkeypatch.setattr(navigation, "NAV", (navigation.NAV[0], missing))
    assert len(navigation.Frame(request_as("eip")).nav) == 1


@pytest.mark.parametrize(
    ("path", "active"),
    [
        ("/", ["/"]),
        ("/alianzas/", ["/alianzas/"]),
        ("/alianzas/A-1/visitas/", ["/alianzas/"]),
        ("/evaluacion/encuestas/", ["/evaluacion/corridas/"]),
        ("/alianza/", []),
    ],
)
def test_a_page_belongs_to_the_place_its_address_begins_with(
    monkeypatch: pytest.MonkeyPatch, path: str, active: list[str]
) -> None:
    urls = {"home": "/", "a": "/alianzas/", "e": "/evaluacion/corridas/"}
    monkeypatch.setattr(navigation, "_url", urls.get)
    eip = frozenset({"eip"})
    monkeypatch.setattr(
        navigation, "NAV", tuple(navigation.NavEntry(name, name, "home", eip) for name in urls)
    )
    nav = navigation.Frame(request_as("eip", path)).nav
    assert [link.url for link in nav if link.active] == active


def test_nobody_signed_in_sees_no_navigation_and_no_membership() -> None:
    frame = navigation.Frame(anonymous())
    assert (frame.nav, frame.memberships, frame.search_url) == ([], [], "")


def test_only_known_themes_reach_the_page() -> None:
    assert navigation.Frame(request_as("eip", theme="dark")).theme == "dark"
    assert navigation.Frame(request_as("eip", theme='"><script>')).theme == ""


def test_the_password_of_the_demonstration_stays_in_the_demonstration(settings: Any) -> None:
    settings.DEMO = False
    assert navigation.Frame(anonymous()).demo_password == ""
    settings.DEMO = True
    assert navigation.Frame(anonymous()).demo_password == settings.DEMO_PASSWORD


def home(request: HttpRequest, **values: Any) -> str:
    return render_to_string("home.html", {"user": request.user, **values}, request=request)


def test_the_frame_has_its_landmarks_once_and_in_spanish() -> None:
    html = home(request_as("eip"))
    assert '<html lang="es-co">' in html
    assert html.count("<main ") == html.count("<h1>") == 1
    assert html.index('href="#main"') < html.index("<header")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_one_organisation_needs_no_switch_and_two_have_one() -> None:
    assert 'name="membership"' not in home(request_as("oga"))
    html = home(request_as("oga", "/", "ogr"))
    assert "Organización ogr" in html
    assert html.count('name="membership" value="2"') == 2  # in the bar, and in the phone's menu
    assert html.count('method="post"') == html.count('name="csrfmiddlewaretoken"')


def test_the_theme_a_person_chose_is_painted_by_the_server() -> None:
    assert 'data-bs-theme="dark"' in home(request_as("eip", theme="dark"))


def test_the_strip_of_the_demonstration_shows_only_there(settings: Any) -> None:
    settings.DEMO = False
    assert "demo-strip" not in home(request_as("eip"))
    settings.DEMO = True
    assert "demo-strip" in home(request_as("eip"))


# -- Home -----------------------------------------------------------------------------------------
def test_home_says_what_to_do_when_nothing_waits() -> None:
    assert home(request_as("eip")).count('class="empty"') == 3


def test_a_row_of_home_has_what_where_why_and_one_button() -> None:
    item = SimpleNamespace(
        title="Aprobar",
        alliance="Papa <Nariño>",
        why="vence hoy",
        tone="late",
        url="/alianzas/1/",
        action="Ver",
        since=datetime(2026, 11, 1, tzinfo=UTC),
    )
    html = component("home_row", item=item, button=True)
    assert "Papa &lt;Nariño&gt;" in html
    assert html.count("<a ") == 1
    assert 'aria-label="Ver: Papa &lt;Nariño&gt;"' in html
    assert "tone-late" in html


# -- Entrance -------------------------------------------------------------------------------------
class LoginForm(forms.Form):
    login = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)


def login(settings: Any, *, demo: bool) -> str:
    settings.DEMO = demo
    request = anonymous("/cuenta/login/")
    return render_to_string("account/login.html", {"form": LoginForm()}, request=request)


def test_login_offers_fifteen_people_in_the_demonstration_only(settings: Any) -> None:
    html = login(settings, demo=True)
    for person in navigation.DEMO_LOGINS:
        assert f'name="login" value="{person.username}"' in html
    assert html.count(f'value="{settings.DEMO_PASSWORD}"') == len(navigation.DEMO_LOGINS) == 15
    assert settings.DEMO_PASSWORD not in login(settings, demo=False)


def test_a_stranger_chooses_the_language_before_signing_in(client: Client) -> None:
    answer = client.post("/idioma/", {"language": "en", "next": "/cuenta/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/cuenta/login/")
    assert '<html lang="en">' in client.get("/cuenta/login/").content.decode()


# -- Errors ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_a_page_for_failures_needs_no_variables(name: str) -> None:
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="/"' in html


def test_a_refusal_shows_its_reason_and_escapes_it() -> None:
    request = request_as("scorer")
    values = {"user": request.user, "reason": "Ana <b> asesoró este perfil"}
    assert "Ana &lt;b&gt; asesoró este perfil" in render_to_string("403.html", values, request)


# -- Forms ----------------------------------------------------------------------------------------
class SampleForm(forms.Form):
    name = forms.CharField(help_text="Como la conocen.")
    route = forms.ChoiceField(
        choices=[("a", "Básica"), ("b", "Intermedia")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField()
    note = forms.CharField(required=False)


def test_errors_and_help_are_tied_to_their_field() -> None:
    html = component("form", form=SampleForm({}))
    described = re.search(r'<input[^>]*name="name"[^>]*aria-describedby="([^"]+)"', html)
    assert described
    for target in described[1].split():
        assert f'id="{target}"' in html
    assert 'aria-invalid="true"' in html
    assert 'role="alert"' in html
    for name in ("name", "agreed"):
        assert f'href="#id_{name}"' in html


def test_every_label_points_at_its_widget() -> None:
    html = component("form", form=SampleForm())
    targets = re.findall(r'<label for="([^"]+)"', html)
    assert len(targets) == 5
    assert all(f'id="{target}"' in html for target in targets)
    assert "<legend>" in html


def test_a_valid_form_has_no_summary() -> None:
    assert component("error_summary", form=SampleForm()).strip() == ""


# -- Pieces ---------------------------------------------------------------------------------------
def test_a_chip_tells_its_status_by_word_colour_and_shape() -> None:
    html = chip("warning", "En riesgo")
    assert "tone-attention" in html
    assert "<svg" in html
    assert "En riesgo" in html


def test_actions_post_with_a_token_and_barred_ones_say_why() -> None:
    html = component(
        "action_list",
        request_as("eip"),
        allowed=[
            {"label": "Aprobar", "url": "/a/", "method": "post"},
            {"label": "Ver", "url": "/b/"},
        ],
        barred=[
            {"label": "Pagar", "reason": "Usted lo aprobó el 9 nov 2026.", "who": "Rodrigo Peña"}
        ],
    )
    assert 'action="/a/"' in html
    assert 'href="/b/"' in html
    assert re.search(r'name="csrfmiddlewaretoken" value="\w{32,}"', html)
    assert "Usted lo aprobó" in html
    assert "Rodrigo Peña" in html
    assert "/a/" not in html.split("<details")[1]


def test_the_money_bar_writes_every_figure_and_escapes_names() -> None:
    html = component(
        "money_bar",
        committed=Decimal(400),
        due=Decimal(300),
        received=Decimal(200),
        paid=Decimal(100),
        rows=[{"name": "<Gobernación>", "committed": 400, "due": 300, "received": 200}],
    )
    for share in ("25.00%", "50.00%", "75.00%"):
        assert share in html
    for amount in (400, 300, 200, 100):
        assert html.count(f"$\N{NO-BREAK SPACE}{amount}") >= 2  # read aloud and written
    assert "&lt;Gobernación&gt;" in html


@pytest.mark.parametrize("language", ["es-co", "en"])
def test_progress_asks_again_until_it_is_finished(language: str) -> None:
    with translation.override(language):
        running = component("progress", phase="Leyendo", percent=42, elapsed=65, url="/run/1/")
        finished = component("progress", phase="Listo", percent=100, url="/run/1/", finished=True)
    assert 'hx-get="/run/1/"' in running
    assert 'value="42"' in running
    assert "hx-get" not in finished


def test_pagination_keeps_the_filters_of_the_address() -> None:
    request = RequestFactory().get("/alianzas/?stage=closing&page=2")
    page = Paginator(range(60), 25).get_page(2)
    html = component("pagination", request, page=page)
    assert "stage=closing&amp;page=1" in html
    assert "stage=closing&amp;page=3" in html


def test_one_page_has_no_buttons() -> None:
    page = Paginator(range(3), 25).get_page(1)
    assert "<a " not in component("pagination", RequestFactory().get("/"), page=page)


def test_the_stage_track_names_the_present_step() -> None:
    steps = [
        {"label": "Borrador", "state": "done", "reached_on": date(2026, 1, 2)},
        {"label": "Presentado", "state": "now", "target_on": date(2026, 2, 2)},
        {"label": "Elegible", "state": "next"},
        {"label": "Graduada", "state": "off"},
    ]
    html = component("stage_track", stages=steps)
    assert html.count('aria-current="step"') == 1
    assert "2026-01-02" in html
    nested = component("stage_track", stages=[{"label": "Perfil", "state": "now", "steps": steps}])
    assert nested.count("step-") >= 4


def test_slack_without_data_is_grey_and_says_so() -> None:
    html = slack_light("none", None)
    assert "tone-none" in html
    assert "tone-good" not in html


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("alert", {"tone": "success", "text": "<b>"}),
        ("definitions", {"items": [("<b>", "<b>")]}),
        ("empty_state", {"title": "<b>", "next": "<b>"}),
        ("figure", {"label": "<b>", "value": "<b>", "note": "<b>"}),
        ("menu", {"items": [{"label": "<b>", "url": "/", "method": "post"}]}),
        ("table", {"caption": "<b>", "columns": [{"label": "<b>"}], "rows": [["<b>", "<b>"]]}),
        (
            "timeline",
            {
                "events": [
                    {"sentence": "<b>", "at": datetime(2026, 1, 1, tzinfo=UTC), "reason": "<b>"}
                ]
            },
        ),
    ],
)
def test_pieces_escape_what_people_wrote(name: str, values: dict[str, Any]) -> None:
    html = component(name, request_as("eip"), **values)
    assert "&lt;b&gt;" in html
    assert not re.search(r">\s*<b>\s*</?(b|p|li|td|dd)>", html)


def test_a_wide_table_can_be_scrolled_by_keyboard() -> None:
    html = component("table", caption="Estimaciones", columns=[{"label": "n"}], rows=[["1"]])
    assert 'role="region" aria-label="Estimaciones" tabindex="0"' in html
    assert '<th scope="row">1</th>' in html


def test_every_component_is_described_for_those_who_write_pages() -> None:
    described = (Path(settings.BASE_DIR) / "docs" / "components.md").read_text()
    inner = {"demo_logins", "field_notes", "stage_dates"}
    tags = {"dialog", "freezing", "panel", "table_plain", "table_scroll"}
    drawn = {"bars", "window_band"}
    for path in (TEMPLATES / "components").glob("*.html"):
        if path.stem not in inner | tags | drawn:
            assert f"| `{path.stem}` |" in described, path.stem
