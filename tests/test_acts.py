"""Every act of every room, from the tables: who may, in which status, and what sending twice does.

The expectations are worked out here from the tables; the answers come from the unit of work that
every service uses.
"""

import ast
import dataclasses
import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection

from alliances.lifecycle import registry
from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import REGIMES, Appointed, Dossier, Member
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.registry import act_named, acts_on_alliances, registered
from alliances.lifecycle.selectors import judge_act, possible_now
from alliances.lifecycle.table import Act, Status, Transition
from alliances.lifecycle.words import name_of
from alliances.people.roles import Role
from kit.access import ALLOWED
from kit.errors import Conflict, DomainError, NotAllowed
from tests.factories.alliances import AT, Cast, make_cast, make_membership
from tests.sources import ROOT, modules, tree_of, trees

ROOMS = ("alliances", "fiduciary", "evaluation")
BY_VERB = {act.verb: act for act in registered()}
#: Where an event is written by hand, and why.
WRITES_EVENTS = {
    "alliances/lifecycle/acting.py": "the unit of work itself",
    "alliances/preparation/services/imports.py": "a whole file of profiles in one statement",
}


@pytest.fixture
def requirements_hold():
    answers = dict.fromkeys(registry._answers, lambda alliance: ALLOWED)
    with patch.dict(registry._answers, answers):
        yield


# -- Act × status × role × regime ------------------------------------------------------------------
def somebody(role: str) -> tuple[Alliance, Dossier, Member]:
    """A member of that role, as near to an alliance as its role can be, who never acted here."""
    organisation, ally = 1, 2
    member = Member(
        person_id=7,
        person="Ana",
        organisation_id={"organisation": organisation, "manager": organisation, "ally": ally}.get(
            role, 9
        ),
        organisation="La suya",
        role=role,
        departments=frozenset({"52"}),
    )
    return Alliance(ally_id=ally), Dossier(REGIMES["recommended"], "52", frozenset({1, 2})), member


@pytest.mark.parametrize("regime", REGIMES.values(), ids=lambda regime: regime.code)
@pytest.mark.parametrize("act", registered(), ids=lambda act: act.verb)
def test_every_act_in_every_status_by_every_role(act: Act, regime) -> None:
    walked = 0
    for role in Role.values:
        alliance, dossier, member = somebody(role)
        holders = [h for duty in act.duties for h in regime.holders[duty] if h.role == role]
        dossier = Dossier(
            regime,
            dossier.department,
            dossier.parties,
            appointed=tuple(
                Appointed(h.via, member.organisation_id, "La suya", date(2026, 1, 1))
                for h in holders
                if h.via
            ),
        )
        barred = (act.is_owners and role == "ally") or (act.is_no_partys and role == "organisation")
        expected = (not act.duties or bool(holders)) and not barred
        for status in Status.values:
            alliance.status = status
            judged = judge_act(alliance, act, dossier, member)

            assert bool(judged.verdict) == expected, (role, judged.verdict.reason)
            assert judged.verdict or judged.verdict.reason
            if judged.verdict and act.duties:
                assert judged.duty in act.duties
            in_time = possible_now(alliance, act)
            assert bool(in_time) == (act.sources is None or status in act.sources)
            assert in_time or str(Status(status).label) in in_time.reason
            walked += 1
    assert walked == len(Role) * len(Status)


def test_whoever_may_do_an_act_is_named_by_its_duties_or_in_words() -> None:
    for act in registered():
        assert act.duties or act.right, act.verb
        assert not (act.is_apart and (act.duties or act.sources)), act.verb


# -- One order of questions, for every act ---------------------------------------------------------
def cast_for(act: Act) -> tuple[Cast, str]:
    """An alliance where the act is possible and the role that may do it."""
    status = act.sources[0] if act.sources else "executing"
    cast = make_cast(status)
    if not act.duties:
        return cast, "eip"
    held = [holder.role for holder in REGIMES["recommended"].holders[act.duties[0]]]
    return cast, next(role for role in held if role in cast.people)


class Paper:
    """Stands for an uploaded document: all that an act keeps of it."""

    pk, sha256 = 7, "f" * 64


def do(cast: Cast, act: Act, role: str, **more: object) -> Event | None:
    """The act without any work of its room; answers the earlier event, if there is one."""
    where = None if act.is_apart else cast.alliance.pk
    given = {
        "acting": cast[role],
        "at": AT,
        "reason": "Lo pidió la asamblea",
        "reason_code": act.reasons[0] if act.reasons else "",
        "documents": [Paper()],
        "content": {"amount_cop": 5},
    }
    with act_on(where, act, **(given | more)) as doing:
        return doing.earlier


@pytest.mark.django_db
@pytest.mark.usefixtures("requirements_hold")
@pytest.mark.parametrize("verb", BY_VERB)
def test_every_act_asks_the_same_questions_in_the_same_order(verb: str) -> None:
    act, key = act_named(verb), uuid4()
    cast, role = cast_for(act)
    standing = None if act.is_apart else cast.alliance.version

    with pytest.raises(Conflict):
        do(cast, act, role, seen="something older")
    if act.needs_reason:
        with pytest.raises(DomainError):
            do(cast, act, role, reason=" ")
    if act.reasons:
        for reason, code in (("La asamblea lo pidió", "nonsense"), (".", act.reasons[0])):
            with pytest.raises(DomainError):
                do(cast, act, role, reason=reason, reason_code=code)
    if act.needs_evidence:
        with pytest.raises(DomainError):
            do(cast, act, role, documents=[])
    late = make_membership(
        role, organisation=cast[role].organisation, valid_until=AT.date() - timedelta(days=1)
    )
    with pytest.raises(NotAllowed):
        do(cast, act, role, acting=late)
    assert not Event.objects.filter(verb=verb, actor__isnull=False).exists()

    assert do(cast, act, role, key=key, seen=standing) is None
    written = Event.objects.get(key=key)
    assert (written.verb, written.actor) == (verb, cast[role].user)
    assert written.duty in act.duties or not act.duties

    # Once more, whatever happened meanwhile: the same answer; with something else, a refusal.
    assert do(cast, act, role, key=key, seen="something older") == written
    with pytest.raises(Conflict, match=r"monto|amount"):
        do(cast, act, role, key=key, content={"amount_cop": 6})
    with pytest.raises(Conflict):
        do(cast, act_named("appoint" if verb != "appoint" else "suspend"), role, key=key)
    colleague = make_membership(role, organisation=cast[role].organisation)
    for other in (make_membership("evaluator"), colleague):
        with pytest.raises(Conflict):
            do(cast, act, role, key=key, acting=other)
    assert Event.objects.filter(key=key).count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("requirements_hold")
@pytest.mark.parametrize(
    "act", [act for act in acts_on_alliances() if act.sources], ids=lambda act: act.verb
)
def test_every_act_reads_the_status_under_its_lock(act: Act) -> None:
    """The page was opened while it was possible; the alliance has moved since."""
    elsewhere = next(status for status in reversed(Status) if status not in act.sources)
    cast, role = cast_for(act)
    moved = make_cast(elsewhere)
    cast.alliance = moved.alliance
    cast.people = moved.people
    with pytest.raises((Conflict, NotAllowed)):
        do(cast, act, role)


@pytest.mark.django_db(transaction=True)
def test_sixteen_clicks_of_one_key_are_one_act() -> None:
    cast, key, start = make_cast("executing"), uuid4(), Barrier(16)
    act = act_named("declare_interest")
    answers: list[Event | None] = []

    def click() -> None:
        start.wait()
        try:
            answers.append(do(cast, act, "eip", key=key))
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(None)) == (16, 1)
    assert Event.objects.filter(key=key).count() == 1


# -- Nothing passes beside it ----------------------------------------------------------------------
def services() -> Iterator[tuple[Path, ast.Module]]:
    return ((path, tree_of(path)) for path in modules(*ROOMS) if "services" in str(path))


def test_every_act_of_a_table_is_done_by_a_service() -> None:
    """The acts that a table names as constants, and the names that code uses, are the same."""
    used = {
        node.id
        for path in modules(*ROOMS)
        if path.name != "table.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name)
    }
    migrations = "".join(path.read_text() for path in ROOT.glob("*/migrations/*.py"))
    for table in (path for path in modules(*ROOMS) if path.name == "table.py"):
        for node in tree_of(table).body:
            is_act = (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Name)
                and node.value.func.id in ("Act", "apart")
            )
            if is_act:
                verb, name = node.value.args[0].value, node.targets[0].id
                by_migration = f"'{verb}'" in migrations or f'"{verb}"' in migrations
                assert name in used or by_migration, f"{table}: {name}"


def test_no_event_is_written_beside_the_unit_of_work() -> None:
    writers = {
        str(path)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("Event", "Event.objects.create", "Event.objects.bulk_create")
    }
    assert writers == set(WRITES_EVENTS)


def test_moves_are_transitions_and_nothing_else_moves_an_alliance() -> None:
    moving = {act.verb for act in registered() if isinstance(act, Transition)}
    assert {"submit", "select", "constitute_trust", "graduate"} <= moving
    assert all(act.duties for act in registered() if isinstance(act, Transition))


def test_no_service_writes_a_status_by_hand() -> None:
    """A status is what a process says that the verb leads to; the database sets an alliance's."""
    by_hand = [
        f"{path}:{node.lineno}"
        for path, tree in services()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Attribute) and t.attr == "status" for t in node.targets)
        and "PROCESS.target(" not in ast.unparse(node.value)
    ]
    assert by_hand == []


def names_spread() -> Iterator[str]:
    """Fields of the data classes that a service spreads into what is sent."""
    for path, function, _call in functions_with_an_act():
        module = importlib.import_module(".".join(path.with_suffix("").parts))
        kinds = {arg.arg: ast.unparse(arg.annotation) for arg in function.args.kwonlyargs}
        held = {
            id(value)
            for node in ast.walk(function)
            if isinstance(node, ast.Dict)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }
        for node in ast.walk(function):
            is_spread = isinstance(node, ast.Call) and ast.unparse(node.func) in ("asdict", "vars")
            if is_spread and id(node) not in held and ast.unparse(node.args[0]) in kinds:
                kind = getattr(module, kinds[ast.unparse(node.args[0])])
                yield from (field.name for field in dataclasses.fields(kind))


def test_every_service_answers_what_was_done_before_it_judges_anything() -> None:
    """A repeated key is not refused for what has changed since: ``if act.earlier`` comes first."""
    late = []
    for path, tree in services():
        for node in ast.walk(tree):
            opens = isinstance(node, ast.With) and any(
                isinstance(item.context_expr, ast.Call)
                and item.optional_vars
                and any(word.arg == "key" for word in item.context_expr.keywords)
                for item in node.items
            )
            if not opens:
                continue
            inside = [child for line in node.body for child in ast.walk(line)]
            asked = [
                child.lineno
                for child in inside
                if isinstance(child, ast.Attribute) and child.attr == "earlier"
            ]
            judged = [
                child.lineno
                for child in inside
                if isinstance(child, ast.Raise)
                or (isinstance(child, ast.Call) and ast.unparse(child.func) == "require")
                or (isinstance(child, ast.Attribute) and child.attr == "skip")
            ]
            if judged and (not asked or min(judged) < min(asked)):
                late.append(f"{path}:{node.lineno}")
    assert late == []


def test_what_is_sent_with_an_act_has_a_name_for_people() -> None:
    """A key sent again with something else says what differs, not «another field»."""
    names = {
        key.value
        for _path, tree in services()
        for node in ast.walk(tree)
        for value in (
            [node.value]
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "content"
            else [word.value for word in node.keywords if word.arg == "content"]
            if isinstance(node, ast.Call)
            else []
        )
        if isinstance(value, ast.Dict)
        for key in value.keys
        if isinstance(key, ast.Constant)
    }
    names |= set(names_spread())
    subjects = {"request", "agreement", "sale", "contribution", "commitment", "line", "score"}
    subjects |= {"movement"}
    subjects |= {"appointment", "study", "wave", "import", "run", "seed", "call", "variable"}
    assert {name for name in names if name_of(name) == name_of("?")} <= subjects


# -- What is sent is what is compared --------------------------------------------------------------
UNITS = {"act_on", "evaluate", "act_on_request", "_act_on_agreement", "_act_on_sale"}
#: Who, when, the key itself and the version read: an act is the same whatever these are.
AROUND = {"acting", "at", "key", "seen"}


def functions_with_an_act() -> Iterator[tuple[Path, ast.FunctionDef, ast.Call]]:
    for path, tree in services():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name in UNITS:
                continue
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) in UNITS:
                    yield path, node, call


def names_in(expression: ast.AST, function: ast.FunctionDef) -> set[str]:
    """Names that an expression uses, through the local names it is made of."""
    made = [pair for node in ast.walk(function) for pair in assigned(node)]
    used: set[str] = set()
    more = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    while more - used:
        used |= more
        more = {
            one.id
            for target, value in made
            if isinstance(target, ast.Name) and target.id in used
            for one in ast.walk(value)
            if isinstance(one, ast.Name)
        }
    return used


def assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Each target of an assignment with what it is given."""
    if isinstance(node, ast.AnnAssign) and node.value:
        return [(node.target, node.value)]
    if isinstance(node, ast.Assign):
        return list(zip(names_of(node.targets[0]), names_of(node.value), strict=False))
    return []


def names_of(side: ast.expr) -> list[ast.expr]:
    return side.elts if isinstance(side, ast.Tuple) else [side]


def test_everything_a_service_takes_is_compared_under_its_key() -> None:
    """The same key with any other argument, file or reason is another act: a Conflict."""
    left_out = {}
    for path, function, call in functions_with_an_act():
        taken = {arg.arg for arg in function.args.kwonlyargs} - AROUND
        compared = set().union(*(names_in(part, function) for part in call.args))
        for word in call.keywords:
            if word.arg in ("content", "reason", "reason_code", "documents"):
                compared |= names_in(word.value, function)
        if "key" in {arg.arg for arg in function.args.kwonlyargs} and taken - compared:
            left_out[f"{path}:{function.name}"] = sorted(taken - compared)
    assert left_out == {}
