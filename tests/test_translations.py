"""Every word of the interface is in Spanish and in English, and neither leaks into the other."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import polib
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.db import models
from django.test import Client, override_settings
from django.urls import resolve
from django.utils import formats, translation

from alliances.field.services import log_visit
from alliances.lifecycle.duties import Duty
from alliances.models import Membership
from evaluation.runs.services import claim_run, execute_run
from fiduciary.disbursements.services.requests import approve_disbursement, return_disbursement
from fiduciary.models import ReturnReason
from tests.factories.alliances import (
    Cast,
    make_alliance,
    make_appointment,
    make_call,
    make_membership,
    make_producer,
)
from tests.factories.evaluation import make_run, make_study, make_surveyed, make_wave, sell, sign
from tests.factories.fiduciary import (
    MONDAY,
    make_commitment,
    make_contribution,
    make_evidence,
    make_funded_cast,
    make_line,
    make_request,
    make_rules,
    make_windows,
)
from tests.factories.selection import make_answered_sheet, make_decision, make_score
from tests.sources import PACKAGES, ROOT, trees

SOURCES = (*PACKAGES, "templates")
CATALOGUE = polib.pofile(str(ROOT / "locale/es/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%[sd]|#(?= )|</?\w+>")
SPANISH_LETTER = re.compile("[áéíóúñüÁÉÍÓÚÑÜ¿¡]")


def key_of(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


# -- The catalogue --------------------------------------------------------------------------------
def extracted(folder: Path) -> polib.POFile:
    """What makemessages finds in a copy of the sources, where nothing is translated yet."""
    for source in SOURCES:
        only_words = shutil.ignore_patterns("__pycache__", "*.csv", "*.json", "*.pyc")
        shutil.copytree(ROOT / source, folder / source, ignore=only_words)
    (folder / "locale").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"
    }
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "es", "--no-wrap"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return polib.pofile(str(folder / "locale/es/LC_MESSAGES/django.po"))


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext (xgettext) is not installed")
def test_every_word_of_the_sources_is_in_the_catalogue_and_no_other(tmp_path: Path) -> None:
    found = {key_of(entry): entry.occurrences for entry in extracted(tmp_path)}
    known = {key_of(entry) for entry in CATALOGUE if not entry.obsolete}
    assert len(found) > 1000  # the extraction itself worked
    assert {key: where for key, where in found.items() if key not in known} == {}
    assert known - found.keys() == set()


def test_no_translation_is_empty_or_doubtful() -> None:
    assert [entry.msgid for entry in CATALOGUE if not entry.translated()] == []
    assert [entry.msgid for entry in CATALOGUE if "fuzzy" in entry.flags] == []


def test_placeholders_and_markup_survive_translation() -> None:
    wrong = []
    for entry in CATALOGUE:
        pairs = [(entry.msgid, entry.msgstr)]
        if entry.msgid_plural:
            originals = (entry.msgid, entry.msgid_plural)
            pairs = list(zip(originals, entry.msgstr_plural.values(), strict=True))
        wrong += [
            (original, translated)
            for original, translated in pairs
            if sorted(PLACEHOLDER.findall(original)) != sorted(PLACEHOLDER.findall(translated))
        ]
    assert wrong == []


def test_sentences_end_alike_and_nobody_is_called_tu() -> None:
    """A lost full stop is a lost half sentence; the programme says *usted*."""
    familiar = re.compile(r"\b(tú|tus?|ti|contigo|puedes|debes|tienes|haz|vos)\b", re.I)
    for entry in CATALOGUE:
        translated = entry.msgstr or entry.msgstr_plural[0]
        assert entry.msgid.endswith((".", ":")) == translated.endswith((".", ":")), entry.msgid
        assert entry.msgid.endswith("?") == translated.endswith("?"), entry.msgid
        assert not familiar.search(translated), translated


# -- The sources ----------------------------------------------------------------------------------
#: Python that may hold Spanish text, and why.
SPANISH_IN_CODE = {
    "kit/files/parsers.py": "reads the Sí and No of the ministry's workbook",
    "alliances/preparation/workbook/columns.py": "headings and values of the ministry's workbook",
    "alliances/invitations/workbook.py": "headings of the workbook of people",
    "alliances/register/workbook.py": "headings of the workbook of bodies",
    "alliances/territory/models/places.py": "codes of the natural regions, shown by their labels",
    "evaluation/surveys/xlsform.py": "each language of a questionnaire names itself",
    "evaluation/runs/impact/phrases.py": "units as the dictionary of the survey names them",
}
SPANISH_IN_TEMPLATES = {"templates/components/frame/language.html": "each language names itself"}
MESSAGE_CALL = re.compile("_|n?p?gettext(_lazy|_noop)?")


def is_allowed(path: Path, allowed: dict[str, str]) -> bool:
    return str(path.relative_to(ROOT)).startswith(tuple(allowed))


def texts_of(tree: ast.Module) -> Iterator[ast.Constant]:
    """String literals that are neither docstrings nor message ids."""
    passed = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))
        if isinstance(node, ast.Call) and MESSAGE_CALL.fullmatch(getattr(node.func, "id", "")):
            passed |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
        ):
            yield node


def test_no_code_speaks_spanish_by_itself() -> None:
    found = [
        f"{path}:{text.lineno} {text.value[:60]}"
        for path, tree in trees()
        if not str(path).startswith(tuple(SPANISH_IN_CODE))
        for text in texts_of(tree)
        if re.search("[áéíóúñ]|¿.*[?]", str(text.value), re.I)
    ]
    assert found == []


def test_message_ids_are_english() -> None:
    names_itself = {"«%(value)s» is neither Sí nor No."}  # the words of the workbook
    spanish = [entry.msgid for entry in CATALOGUE if SPANISH_LETTER.search(entry.msgid)]
    assert set(spanish) == names_itself


#: Words and marks of templates that are the same in both languages; a file is called «reglas».
SAME_IN_BOTH = {
    "alianzas",
    "nit",
    "ha",
    "kg",
    "sha",
    "svg",
    "png",
    "enter",
    "esc",
    "smmlv",
    "cop",
    "tab",
    "ctrl",
    "reglas",
    "json",
}


def bare_words(source: str) -> set[str]:
    """Words of a template that go through no translation."""
    for gone in (
        r"\{%\s*comment.*?endcomment\s*%\}",
        r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}",
        r"\{#.*?#\}",
        r"\{%.*?%\}|\{\{.*?\}\}",
        r"<(script|style|code|svg)\b.*?</\1>",
    ):
        source = re.sub(gone, " ", source, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', source)
    shown = re.sub(r"&\w+;|<[^>]*>", " ", source, flags=re.DOTALL)
    words = re.findall(r"[^\W\d_]{2,}", " ".join([shown, *spoken]))
    return {word.lower() for word in words} - SAME_IN_BOTH


def test_every_word_of_a_template_is_translated() -> None:
    found = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = path.read_text()
        if is_allowed(path, SPANISH_IN_TEMPLATES):
            continue
        body = source if "{% extends" not in source else _blocks_that_show(source)
        if words := bare_words(body):
            found[str(path.relative_to(ROOT))] = words
    assert found == {}


def _blocks_that_show(source: str) -> str:
    """Without the blocks that only name a class of CSS."""
    return re.sub(r"\{% block page_class %\}.*?\{% endblock[^%]*%\}", " ", source)


def test_scripts_hold_no_words_of_their_own() -> None:
    """Scripts read their words from the page, where they are translated."""
    said = re.compile(
        r"(?:textContent|innerText|title|placeholder|confirm\(|alert\()[ =]*[\"'`](\w+)"
    )
    for path in sorted((ROOT / "static/js").glob("*.js")):
        assert said.findall(path.read_text()) == [], path.name


# -- The pages ------------------------------------------------------------------------------------
ENGLISH = re.compile(
    r"\b(the|of|and|with|from|your|this|that|are|has been|have|not|nobody|nothing|yet|when|who"
    r"|which|been|will|by|for|to|is|it|save|cancel|search|home|alliances?|calls?|requests?|scores?"
    r"|producers?|organisation|field|back|filter|status|stage|since|paid|signed|yes)\b",
    re.IGNORECASE,
)
SPANISH = re.compile(
    r"\b(el|la|los|las|del?|que|para|con|por|una?|su|se|en|al|y|está|guardar|cancelar|buscar|inicio"
    r"|alianzas?|convocatorias?|perfil|perfiles|puntaje|desembolsos?|solicitud|productor|productores"
    r"|organización|estado|etapa|desde|pagado|firmado|hasta|sí|vence)\b",
    re.IGNORECASE,
)
#: The programme's own name in the corner of every page.
PROPER_NAMES = re.compile(r"\bAlianzas\b|«Instrucciones»|\bLey 1581\b|\bSí nor\b")
SPOKEN = {"aria-label", "title", "alt", "placeholder"}
NOT_WORDS = {"data-endpoint", "data-done", "data-code", "data-title", "data-owner", "data-bs-theme"}


class Page(HTMLParser):
    """The words a person sees or hears on a page, and the links they may follow."""

    VOID = {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "wbr",
    }

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self._silent: list[bool] = []  # one per open element: is it code, or another language?
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang", "")
        foreign = "lang" in values and values["lang"] != self.language
        silent = tag in ("script", "style", "code", "kbd") or foreign or any(self._silent)
        if tag not in self.VOID:
            self._silent.append(silent)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if not silent:
            for name, value in values.items():
                if name in SPOKEN or (name.startswith("data-") and name not in NOT_WORDS):
                    self.words.append(value)
            if tag == "option" and values.get("label"):
                self.words.append(values["label"])

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag not in self.VOID:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(self._silent):
            self.words.append(" ".join(data.split()))


def stored_texts() -> list[str]:
    """Every text of more than one word that the database holds: data is not translated."""
    found: set[str] = set()

    def gather(value: object) -> None:
        if isinstance(value, str) and " " in value:
            found.add(" ".join(value.split()))
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                gather(inner)

    for model in apps.get_models():
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            and not field.choices
        ]
        for row in model._default_manager.values_list(*names) if names else ():
            for value in row:
                gather(value)
    return sorted(found, key=len, reverse=True)


#: When the pages are visited.
VISITED_AT = MONDAY + timedelta(days=24)


@pytest.fixture(scope="module")
def everybody(module_rows: None) -> list[Membership]:
    """Alliances in many states, with something in every room; everybody who may look at them."""
    with (
        override_settings(LOCALE_PATHS=[settings.BASE_DIR / "locale"]),
        translation.override(settings.LANGUAGE_CODE),
        time_machine.travel(VISITED_AT, tick=False),
    ):
        cast = make_funded_cast()
        _execute(cast)
        _prepare(cast)
        _evaluate(cast["evaluator"])
        others = [cast.payer, make_membership("consultant")]
    return [*cast.people.values(), *others]


@pytest.fixture
def portfolio(db: None, spanish: None, everybody: list[Membership]) -> Iterator[list[Membership]]:
    """The same for each language, on the day on which it was made."""
    with time_machine.travel(VISITED_AT, tick=False):
        yield everybody


def _execute(cast: Cast) -> None:
    """Money, fund, field and trade of an alliance in execution."""
    alliance = cast.alliance
    make_windows(alliance, ("03-01", "06-30"), ("08-01", "12-20"))
    producers = [make_producer(alliance) for _ in range(3)]
    make_contribution(alliance)
    lines = [make_line(alliance, concept=f"Semilla {number}") for number in range(3)]
    make_request(cast, line=lines[0])
    approve_disbursement(
        request_id=make_request(cast, line=lines[1]).pk, acting=cast["trustee"], at=MONDAY
    )
    return_disbursement(
        request_id=make_request(cast, line=lines[2]).pk,
        reason=ReturnReason.objects.get(code="quotes_missing"),
        note="Faltan dos",
        acting=cast["trustee"],
        at=MONDAY,
    )
    make_rules(cast)
    make_commitment(cast, producers[0])
    make_evidence(cast["oga"], alliance)
    log_visit(
        alliance_id=alliance.pk,
        acting=cast["oga"],
        at=MONDAY + timedelta(days=20),
        kind="technical",
        visited_on=MONDAY.date() + timedelta(days=8),
        topic="Siembra de papa",
        practice_taught="Compost",
        attended=[row.pk for row in producers[:2]],
        key=uuid4(),
    )
    agreement = sign(alliance, cast["organisation"], ends_on=MONDAY.date() + timedelta(days=300))
    sell(agreement, promised=100, delivered=80, price=1000, promised_on=MONDAY.date())


def _prepare(cast: Cast) -> None:
    """Profiles before and after their score and decision, and a call that is still a draft."""
    same = {
        "call": cast.alliance.call,
        "organisation": cast.alliance.organisation,
        "ally": cast.alliance.ally,
    }
    make_call(sealed=False)
    for status in ("draft", "submitted", "returned", "preparing", "viable", "approved", "closing"):
        make_producer(make_alliance(status, **same))
    waiting, scored, selected = (make_alliance(s, **same) for s in ("eligible", "scored", "scored"))
    for alliance in (waiting, scored, selected):
        make_appointment(alliance, Duty.SCORE, cast["scorer"].organisation)
        make_producer(alliance)
    make_answered_sheet(waiting, cast["scorer"])
    make_score(scored, 80, scorer=cast["scorer"])
    make_score(selected, 60, scorer=cast["scorer"])
    make_decision(selected, "declined", decided_by=cast["cir"])


def _evaluate(evaluator: Membership) -> None:
    """A finished run, one that waits, and a study that is still open."""
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=8, members=4)
    run = make_run(evaluator, make_study(evaluator, wave, bootstrap_replicates=5))
    claimed = claim_run(at=MONDAY)
    assert claimed
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: MONDAY)
    make_run(evaluator, make_study(evaluator, wave))
    make_study(evaluator, wave, frozen=False)


def visit_everything(people: list[Membership], language: str) -> dict[str, Page]:
    """Each home, and what links reach from it: up to four pages of each kind, each seen once."""
    seen: dict[str, Page] = {}
    kinds: Counter[str] = Counter()
    for person in people:
        client = Client(headers={"accept-language": language})
        client.force_login(person.user)
        to_see, tried = ["/"], {"/"}
        while to_see:
            path = to_see.pop()
            name = f"{path} ({person.role})" if path == "/" else path
            answer = client.get(path, follow=True)
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            assert answer.status_code in (200, 400, 403), (path, answer.status_code)
            page = seen[name] = Page(answer.content.decode())
            for link in page.links:
                target = urlsplit(urljoin(path, link))
                if target.netloc == "" and target.path not in tried | seen.keys():
                    tried.add(target.path)
                    kinds[kind := resolve(target.path).view_name] += 1
                    if kinds[kind] <= 4:
                        to_see.append(target.path)
    return seen


def leaks(pages: dict[str, Page], foreign: re.Pattern[str]) -> set[tuple[str, str]]:
    """(words, page) where a page speaks the other language, data excepted."""
    stored = re.compile("|".join(re.escape(text) for text in stored_texts()), re.IGNORECASE)
    first: dict[str, str] = {}  # much stands on every page: it is looked at once
    for name, page in pages.items():
        for words in page.words:
            first.setdefault(words, name)
    leaking = {}
    for words, name in first.items():
        own = PROPER_NAMES.sub(" ", stored.sub(" ", words))
        if foreign.search(own):
            leaking.setdefault(words[:120], name)
    return set(leaking.items())


def test_spanish_pages_hold_no_english(portfolio: list[Membership]) -> None:
    pages = visit_everything(portfolio, "es-CO")
    assert len(pages) > 60
    assert {page.language for page in pages.values() if page.language} == {"es-co"}
    assert leaks(pages, ENGLISH) == set()


def test_english_pages_hold_no_spanish(portfolio: list[Membership]) -> None:
    pages = visit_everything(portfolio, "en")
    assert len(pages) > 60
    assert {page.language for page in pages.values() if page.language} == {"en"}
    assert leaks(pages, SPANISH) == set()


@pytest.mark.django_db
@pytest.mark.usefixtures("spanish")
def test_words_of_the_libraries_come_in_spanish_too() -> None:
    empty = AuthenticationForm(data={})
    with translation.override("es-co"):
        assert "Este campo es" in empty.errors["username"][0]
    page = Client().get("/cuenta/login/").content.decode()
    assert "Contraseña" in page
    assert not ENGLISH.search(" ".join(Page(page).words))


def test_figures_and_dates_are_written_as_each_language_does() -> None:
    with translation.override("es-co"):
        assert formats.date_format(MONDAY) == "2 mar 2026"
        assert formats.number_format("7277324.5", 2, force_grouping=True) == "7.277.324,50"
    with translation.override("en"):
        assert formats.date_format(MONDAY) == "2 Mar 2026"
        assert formats.number_format("7277324.5", 2, force_grouping=True) == "7,277,324.50"
