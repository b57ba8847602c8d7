"""Every address × every role × own and foreign ids, GET and POST: what is answered and to whom.

``addresses.txt`` has a row for each address of the resolver: its name, which thing its ids name,
and a letter for each role under each way of asking. An address without a row fails the suite.
Whoever adds an address or changes a right writes the table anew with ``WRITE=1`` and reads what
changed in it, as one reads a permission. What must never happen is asked apart from the table: an
error of ours, a word of people to who sees none, a word of the other alliance to who works in this.
"""

import os
import re
from collections.abc import Iterable, Iterator
from copy import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from alliances.documents.services import ORIGINAL_READERS
from alliances.preparation.selectors.access import SEES_PRODUCERS
from fiduciary.disbursements.selectors import PAYEE_READERS
from tests.samples import part_of
from tests.world import PLACE, ROLES, World

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("addresses.txt")
LETTERS = {200: "2", 201: "2", 302: "3", 400: "b", 403: "f", 404: "4", 405: "m", 409: "c", 415: "t"}
LETTERS |= {422: "u", 503: "s"}
WAYS = ("get", "get foreign", "post", "post rubbish", "post foreign")
#: Roles that see both alliances, as they see all.
NATIONAL = ("eip", "evaluator")
#: Roles that read nothing of any alliance: policy reads aggregates alone.
BLIND = ("policy", "admin", "coordinator", "stranger", "unattached", "nobody")
#: Values of parameters that name no thing.
FIXED = {
    "verb": "suspend",
    "token": "nothing",
    "uidb36": "1",
    "key": "nothing",
    "word": "salarios",
    "duty": "score",
    "kind": "chaining",
    "name": "items",
    "file": "datos.csv",
    "language": "es",
    "theme": "light",
}
#: The kind of file where it is no table.
FORMATS = {"evaluation:run-report": "md", "evaluation:run-drawing": "svg"}
#: Things of one alliance: to policy their addresses refuse, or know no such method.
OF_ONE_ALLIANCE = frozenset(
    re.findall(
        r"\w+",
        """alliance draft producer draft_producer appointment agreement sale commitment contribution
        receipt referral request score criterion photo photo_document identity upload consultant
        credential
        """,
    )
)
FORM = "application/x-www-form-urlencoded"
RUBBISH = "'\"; -- <b>\u202e٣" + "9" * 40


def named(
    resolver: URLResolver | None = None, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Every address: its name with that of its app, and its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from named(entry, route, inner)
        elif isinstance(entry, URLPattern):
            is_api = route.startswith("api/v1/") and not space
            yield f"{'api:' if is_api else space}{entry.name}", route


ROUTES = dict(named())


# -- The table ------------------------------------------------------------------------------------
def read_table() -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """By address: the thing that each parameter names, and the letters of each way of asking."""
    rows: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, things, *letters = line.split()
            pairs = (pair.split("=") for pair in things.split(",") if pair != "-")
            rows[name] = (
                dict(pairs),
                dict(zip(WAYS, letters, strict=False)),
            )
    return rows


ROWS = read_table()


def write_row(name: str, seen: dict[str, str]) -> None:
    """Put what was seen into the table in place of what it says."""
    head = f"{name} "
    lines = [
        f"{head}{line.split()[1]} {' '.join(seen[way] for way in WAYS)}"
        if line.startswith(head)
        else line
        for line in TABLE.read_text(encoding="utf-8").splitlines()
    ]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_address_has_its_row() -> None:
    assert sorted(set(ROUTES) - set(ROWS)) == []
    assert sorted(set(ROWS) - set(ROUTES)) == []


# -- The walk -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One for all, taken back at the end."""
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        patch.setattr("django.conf.settings.MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        yield World()
        transaction.set_rollback(True)


def field_names(of: type[forms.BaseForm] = forms.BaseForm) -> set[str]:
    """The fields of every form of the application."""
    names = set(getattr(of, "base_fields", {}))
    return names.union(*(field_names(form) for form in of.__subclasses__()))


def address(name: str, things: dict[str, str], known: dict[str, Any]) -> str:
    """The address of these things; of one that is not known, that of none."""

    def value(parameter: str, kind: str) -> str:
        if parameter not in things:
            return FORMATS.get(name, "csv") if parameter == "format" else FIXED[parameter]
        if (thing := known.get(things[parameter])) is not None:
            return str(thing)
        none = "00000000-0000-0000-0000-000000000000"
        return none if kind == "uuid" else "999999"

    route = re.sub(r"[$^]|\\Z|\\(?=\.)", "", ROUTES[name])
    route = re.sub(r"\(\?P<(\w+)>(?:\([^)]*\)|[^()])*\)", lambda m: value(m[1], ""), route)
    return "/" + re.sub(r"<(\w+):(\w+)>", lambda m: value(m[2], m[1]), route)


def taken_back(client: Client, method: str, *args: Any, **options: Any) -> HttpResponse:
    """The answer, and nothing of what it did: not even that somebody signed out."""
    cache.clear()  # nobody here tries too often
    cookies = copy(client.cookies)
    with transaction.atomic():
        answer: HttpResponse = getattr(client, method)(*args, **options)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


@pytest.fixture(scope="module")
def rubbish() -> str:
    """Nonsense for every field of every form, as a browser sends a form without files."""
    fields = dict.fromkeys(field_names(), RUBBISH)
    return urlencode(fields | {"key": "6b1cbd2c-0000-4000-8000-0123456789ab"})


def answers(world: World, name: str, role: str, rubbish: str) -> Iterable[tuple[str, HttpResponse]]:
    """Each way of asking and what is answered; pages also as fragments, with a rubbish query.

    An empty form comes in parts, as one with files does; rubbish in one line, as others do.
    """
    client: Client = world.clients[role]
    things = ROWS[name][0]
    own = address(name, things, world.own.things)
    yield "get", (first := taken_back(client, "get", own))
    if first.status_code == 200:
        query = dict.fromkeys(("page", "q", "study", "status", "crop", "kind"), RUBBISH)
        yield "", taken_back(client, "get", own, query, headers={"hx-request": "true"})
    yield "post", (second := taken_back(client, "post", own))
    if second.status_code == 405:
        yield "post rubbish", second
    else:
        yield "post rubbish", taken_back(client, "post", own, rubbish, content_type=FORM)
    if not things:
        yield "get foreign", first
        yield "post foreign", second
        return
    foreign = address(name, things, world.foreign.things)
    yield "get foreign", taken_back(client, "get", foreign)
    yield "post foreign", taken_back(client, "post", foreign, rubbish, content_type=FORM)


@pytest.mark.parametrize("name", ROUTES)
def test_an_address_answers_as_the_table_says(world: World, name: str, rubbish: str) -> None:
    seen = dict.fromkeys(WAYS, "")
    asked = ROLES if os.environ.get("WRITE") else part_of(ROLES, name, parts=3)
    for role in asked:
        for way, answer in answers(world, name, role, rubbish):
            assert answer.status_code < 500 or name == "healthz", (role, way)
            assert not leaks(world, role, name, way, answer), (role, way)
            if way:
                seen[way] += LETTERS[answer.status_code]
    if os.environ.get("WRITE"):
        write_row(name, seen)
        return
    if OF_ONE_ALLIANCE.intersection(ROWS[name][0].values()):
        place = ROLES.index("policy")
        table = ROWS[name][1].values()
        assert {letters[place] for letters in table} <= {*"f4m"}, "policy reads a row"
    places = [ROLES.index(role) for role in asked]
    expected = {
        way: "".join(told[place] for place in places) for way, told in ROWS[name][1].items()
    }
    assert seen == expected, asked


def leaks(world: World, role: str, name: str, way: str, answer: HttpResponse) -> list[str]:
    """What the answer says and this role may not read."""
    text = answer.content.decode("utf-8", "replace")
    told = [
        f"{what} of the {side_name}"
        for side_name, side in (("own", world.own), ("foreign", world.foreign))
        for what, secret in side.secrets.items()
        if secret in text and not may_read(role, what, side_name, (name, way))
    ]
    if PLACE.encode() in answer.content and role not in ORIGINAL_READERS:
        told.append("where a picture was taken")
    return told


#: The one address that shows a whole document, when it is asked for by name.
REVEALS = ("alliances:producer-reveal", "post", "post rubbish")


def may_read(role: str, what: str, side: str, where: tuple[str, str]) -> bool:
    """Whether a word of a side may stand in an answer to this role."""
    if role in BLIND:
        return False
    if side == "foreign" and role not in NATIONAL:
        return False
    if what == "document":
        return where[0] == REVEALS[0] and where[1] in REVEALS and role in ("ogr", "oga")
    if what == "payee":
        return role in PAYEE_READERS
    if what == "alliance":
        return True
    return role in SEES_PRODUCERS


# -- The guard is tested by breaking it ------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "what", "side", "is_leak"),
    [
        ("evaluator", "person", "own", True),
        ("policy", "alliance", "own", True),
        ("eip", "person", "foreign", False),
        ("ogr", "alliance", "foreign", True),
        ("ally", "payee", "own", True),
        ("trustee", "payee", "own", False),
        ("oga", "document", "own", True),
        ("stranger", "alliance", "own", True),
    ],
)
def test_the_walk_sees_a_leak(world: World, role: str, what: str, side: str, is_leak: bool) -> None:
    answer = HttpResponse(f"… {getattr(world, side).secrets[what]} …")

    assert bool(leaks(world, role, "alliances:alliance-detail", "get", answer)) is is_leak
