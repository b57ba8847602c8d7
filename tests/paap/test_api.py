"""The API against rubbish: every operation of its own schema, as anybody, with anything at all.

Whatever is answered is what the schema promises. ``make fuzz`` asks 10,000 times and more.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import given, settings
from hypothesis import strategies as st

from alliances.lifecycle.models import Event
from fiduciary.models import ReturnReason
from tests.contract import OPERATIONS, SCHEMA, broken
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import (
    make_impact_study,
    make_run,
    make_study,
    make_surveyed,
    make_wave,
)
from tests.factories.fiduciary import make_funded_cast, make_request
from tests.factories.selection import make_score
from tests.samples import samples

pytestmark = pytest.mark.django_db
ROLES = ("nobody", "outsider", "eip", "oga", "trustee", "evaluator")
READS = [(method, path) for method, path in OPERATIONS if method == "get"]
APPS = ("alliances", "fiduciary", "evaluation")
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE)", re.IGNORECASE)
HUGE = 10**30


class Stage:
    """A portfolio with one of each thing, somebody in each role, and what is written to it."""

    def __init__(self) -> None:
        cast = make_funded_cast()
        producer = make_producer(cast.alliance)
        request = make_request(cast)
        evaluator = cast["evaluator"]
        wave = make_wave(evaluator)
        make_surveyed(wave, evaluator)
        run = make_run(evaluator, study := make_study(evaluator, wave))
        score = make_score(cast.alliance, 80, scorer=cast["scorer"])
        bare = make_alliance(ally=None)  # whatever may be empty is
        #: What really exists, by its place in the API, or by the name that a query or a body gives.
        self.known: dict[str, list[Any]] = {
            "alliances": [cast.alliance.code, bare.code],
            "calls": [cast.alliance.call.code],
            "disbursements": [request.pk],
            "runs": [run.pk],
            "studies": [make_impact_study(evaluator, wave).pk],
            "scores": [score.pk],
            "alliance": [cast.alliance.code],
            "alliance__code": [cast.alliance.code],
            "duty": ["score", "pay"],
            "study": [study.pk],
            "attended": [[producer.pk], [producer.pk, HUGE]],
            "adopted": [[producer.pk]],
            "reason": [ReturnReason.objects.order_by("pk")[0].code],
            "verb": ["suspend", "close"],
        }
        self.clients = {role: Client() for role in ROLES}
        for role in ROLES[1:]:
            person = cast.outsider if role == "outsider" else cast[role]
            self.clients[role].force_login(person.user)
        self.was = self.fingerprint()

    def fingerprint(self) -> str:
        """A digest of every row of the three apps."""
        digest = hashlib.sha256()
        with connection.cursor() as cursor:
            for app in APPS:
                for model in apps.get_app_config(app).get_models(include_auto_created=True):
                    # A refused attempt leaves its trace; nothing else does.
                    kept = "WHERE verb <> 'refuse_attempt'" if model is Event else ""
                    table = model._meta.db_table
                    cursor.execute(f"SELECT md5(t::text) FROM {table} t {kept} ORDER BY 1")
                    digest.update(repr(cursor.fetchall()).encode())
        return digest.hexdigest()

    def ask(self, role: str, send: Callable[[Client], HttpResponse]) -> HttpResponse:
        """The answer, once it is sure that a refusal changed nothing."""
        wrote = []

        def watch(execute: Any, sql: Any, *rest: Any) -> Any:
            wrote.append(WRITES.match(str(sql)) is not None)
            return execute(sql, *rest)

        with connection.execute_wrapper(watch):
            answer = send(self.clients[role])
        if any(wrote):
            now = self.fingerprint()
            assert now == self.was or answer.status_code < 300, "a refusal changed rows"
            self.was = now
        return answer


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """One for all, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Stage()
        transaction.set_rollback(True)


# -- Rubbish --------------------------------------------------------------------------------------
WORDS = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "a\0b",
        "-1",
        "0",
        "1e400",
        "NaN",
        "٣",
        str(HUGE),
        "null",
        "'; --",
        "%00",
        "ñ/é",
        "../x",
        "{}",
        "2026-02-30",
        "9999-12-31",
        "x" * 300,
        "\ud83d",
        "😀",
        "true",
        str(UUID(int=7)),
    ]
)
VALUES = st.one_of(
    WORDS,
    st.sampled_from([None, True, -1, 0, 1, 2**31, 2**63, -(2**63) - 1, HUGE, 1.5, float("inf")]),
    st.lists(st.one_of(WORDS, st.sampled_from([None, 1, HUGE, [], {}])), max_size=3),
    st.dictionaries(WORDS, WORDS, max_size=2),
)


def sensible(name: str, schema: dict[str, Any], stage: Stage) -> st.SearchStrategy[Any]:
    """Values of the right kind, so that rubbish beside them is looked at too."""
    if "$ref" in schema or "allOf" in schema:
        ref = schema.get("$ref") or schema["allOf"][0]["$ref"]
        schema = SCHEMA["components"]["schemas"][ref.rpartition("/")[2]]
    by_format = {"uuid": [str(UUID(int=9))], "date": ["2026-03-02"], "decimal": ["1", "9" * 40]}
    kinds = schema.get("type", "")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    by_type = {"integer": [1, 5], "boolean": [True], "array": [[]]}
    found = (
        schema.get("enum")
        or stage.known.get(name)
        or by_format.get(schema.get("format", ""))
        or by_type.get(kind)
        or ["palabra"]
    )
    return st.sampled_from(found)


def known_as(name: str, path: str) -> str:
    """An id in a path is known by the room it belongs to: ``/api/v1/runs/{id}/``."""
    return path.split("/")[3] if name in ("code", "id") else name


def bodies(operation: dict[str, Any], stage: Stage) -> st.SearchStrategy[Any]:
    """Objects with the names of the schema, each right, wrong or missing; or anything else."""
    content = operation.get("requestBody", {}).get("content", {})
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    fields = SCHEMA["components"]["schemas"].get(ref.rpartition("/")[2], {}).get("properties", {})
    named = st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(sensible(name, schema, stage), VALUES)
            for name, schema in fields.items()
        },
    )
    whole = st.fixed_dictionaries(
        {name: sensible(name, schema, stage) for name, schema in fields.items()}
    )
    wrong = st.tuples(whole, named).map(lambda two: two[0] | two[1])
    return st.one_of(wrong, wrong, named, VALUES)


FORM, FILES = "application/x-www-form-urlencoded", MULTIPART_CONTENT
TYPES = ["application/json"] * 4 + [FORM, FILES, "text/plain", "nonsense"]
#: Bodies that are not even JSON, or not of this encoding.
RAW = st.sampled_from([b"", b"{", b"\xff\xfe", b"[" * 50_000, b"\0", b"key=%00&verb=%00", b"NaN"])


def encoded(body: Any, kind: str) -> bytes:
    """The body in that encoding, with half characters escaped as a hostile client would."""
    if kind in (FORM, FILES) and isinstance(body, dict):
        texts = {ascii(name)[1:-1]: json.dumps(value).strip('"') for name, value in body.items()}
        return urlencode(texts).encode() if kind == FORM else encode_multipart(BOUNDARY, texts)
    return body if isinstance(body, bytes) else json.dumps(body).encode()


# -- An address that does not exist ----------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/alliances/X/who-may-act/dance/"])
def test_unknown_address_is_told_to_machines_as_they_read(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, list(answer.json())) == (404, ["type", "title", "status", "detail"])
    assert Client().get("/nada/").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("address", ["/alianzas/%00/", "/alianzas/?q=%00"])
def test_an_address_that_no_database_can_look_for_is_refused(address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code == 400
    assert "<h1>" in answer.content.decode()


# -- Every operation ------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value))
def test_rubbish_is_refused_in_words(stage: Stage, method: str, path: str) -> None:
    operation = SCHEMA["paths"][path][method]
    parameters = operation.get("parameters", [])
    stage.was = stage.fingerprint()  # what the test before did is rolled back by now

    @settings(max_examples=samples(450, usual=20), derandomize=True, database=None)
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        values = {
            entry["name"]: data.draw(
                st.one_of(
                    [sensible(known_as(entry["name"], path), entry["schema"], stage)] * 3 + [WORDS]
                ),
                label=entry["name"],
            )
            for entry in parameters
            if entry["in"] == "path" or data.draw(st.booleans())
        }
        places = {entry["name"]: entry["in"] for entry in parameters}
        url = path
        query = []
        for name, value in values.items():
            quoted = quote(str(value).encode("utf-8", "surrogatepass"), safe="")
            if places[name] == "path":
                url = url.replace(f"{{{name}}}", quoted)
            else:
                query.append(f"{name}={quoted}")
        body = data.draw(st.one_of(bodies(operation, stage), RAW), label="body")
        kind = data.draw(st.sampled_from(TYPES), label="content type")
        role = data.draw(st.sampled_from(ROLES), label="role")

        def send(client: Client) -> HttpResponse:
            return client.generic(
                method.upper(),
                url,
                b"" if method == "get" else encoded(body, kind),
                content_type=kind,
                QUERY_STRING="&".join(query),
            )

        answer = stage.ask(role, send)
        event = (role, method, url, query, answer.status_code, answer.content[:300])
        assert answer.status_code < 500, event
        assert not broken(method, path, answer), (broken(method, path, answer), event)
        if role == "nobody":
            assert answer.status_code >= 400, event

    attack()


# -- What is promised and kept --------------------------------------------------------------------
@pytest.mark.parametrize("role", ROLES[2:])
@pytest.mark.parametrize(("method", "path"), READS, ids=lambda value: str(value))
def test_what_is_read_is_what_the_schema_says(
    stage: Stage, method: str, path: str, role: str
) -> None:
    """Each thing that exists, also where its ally, crop or reason is empty."""
    name = re.search("{(id|code)}", path)
    for known in stage.known[path.split("/")[3]] if name else [""]:
        address = path.replace(name[0], str(known)) if name else path

        answer = stage.clients[role].get(address.replace("{duty}", "score"))

        assert not broken(method, path, answer), (broken(method, path, answer), answer.content)


@pytest.mark.parametrize(("method", "path"), READS, ids=lambda value: str(value))
def test_an_unknown_parameter_is_refused_by_name(stage: Stage, method: str, path: str) -> None:
    """At every address that is read, with those that are known."""
    parameters = SCHEMA["paths"][path][method].get("parameters", [])
    known = [entry["name"] for entry in parameters if entry["in"] == "query"]
    address = re.sub(
        "{(id|code)}", lambda _id: str(stage.known[path.split("/")[3]][0]), path
    ).replace("{duty}", "score")

    answer = stage.clients["eip"].get(address, {"statu": "executing"})

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "statu"
    assert all(name in error["detail"] for name in ["statu", *known])


def test_a_refusal_is_a_problem_in_words(stage: Stage) -> None:
    answer = stage.clients["oga"].post("/api/v1/visits/", {"kind": "x"}, "application/json")

    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert {error["field"] for error in problem["errors"]} >= {"key", "kind", "topic"}
    assert problem["detail"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(stage: Stage) -> None:
    body = b'{"topic": "' + b"x" * (2 * 1024 * 1024) + b'"}'

    answer = stage.clients["oga"].post("/api/v1/visits/", body, "application/json")

    assert answer.status_code == 413
    assert not broken("post", "/api/v1/visits/", answer)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value))
def test_every_refusal_that_can_happen_is_in_the_schema(method: str, path: str) -> None:
    responses = SCHEMA["paths"][path][method]["responses"]

    expected = {"400", "403", "404", "503", "default"}
    assert set(responses) > (expected if method == "get" else expected | {"409", "413", "415"})


def test_the_guard_sees_an_answer_that_breaks_the_schema() -> None:
    path = "/api/v1/disbursements/reasons/"
    good = JsonResponse([{"code": "a", "name": "A"}], safe=False)
    good.json = lambda: json.loads(good.content)  # type: ignore[attr-defined]
    bad = JsonResponse([{"code": "a", "name": None, "more": 1}], safe=False)
    bad.json = lambda: json.loads(bad.content)  # type: ignore[attr-defined]

    assert not broken("get", path, good)
    assert "more" in broken("get", path, bad)
    assert "None is not of type" in broken("get", path, bad)
    assert "not promised" in broken("get", path, HttpResponse(status=204))
