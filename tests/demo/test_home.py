"""Home of each person of the demonstration against the database: all their work, nothing else.

What the judge allows them now, act by act, is what home counts and what its lists hold.
"""

import re
from collections import defaultdict

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.desk import counts_of_tasks, expected_acts, waiting_for_task
from alliances.lifecycle.selectors import alliances_visible_to, dossiers, judge_act, member_of
from alliances.lifecycle.table import BY_VERB
from alliances.models import Membership
from demo.registers.cast import PEOPLE
from demo.world import World
from fiduciary.disbursements.lists import REQUESTS
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.selectors import actions_by_request, queue_for
from fiduciary.disbursements.table import WRITERS, RequestStatus, Verb
from kit.lists import Listing
from kit.tones import Tone
from paap.home import home_of
from tests.demo.test_seed import memberships, seed

pytestmark = pytest.mark.django_db
EVERYBODY = tuple(PEOPLE)
#: Words by which a sentence says that something is missing.
LACK = re.compile(r"\b(no|not|nobody|never|without|lacks?|missing|returned|refused)\b", re.I)
MOST_QUERIES = 13  # of the page's fifteen, less who asks


@pytest.fixture(scope="module")
def world(module_rows: None) -> World:
    """One portfolio for every test here, taken back at the end."""
    return seed()


def person(name: str) -> Membership:
    """One of the fifteen."""
    return memberships()[name]


def allowed_acts(membership: Membership) -> dict[str, set[int]]:
    """By verb the alliances on which the judge lets this member do what is expected now.

    Of several acts that end a status the one that leads on, as home asks for one of them.
    """
    rows = list(alliances_visible_to(membership).select_related("call", "municipality"))
    dossier_of, member = dossiers(rows), member_of(membership)
    allowed: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        possible = (act for act in expected_acts() if row.status in act.sources)
        for act in possible:
            if judge_act(row, act, dossier_of[row.pk], member).verdict:
                allowed[act.verb].add(row.pk)
                break
    return dict(allowed)


@pytest.mark.parametrize("name", EVERYBODY)
def test_home_counts_exactly_what_the_judge_allows(world: World, name: str) -> None:
    membership = person(name)
    changes = {
        verb: count for verb, count in counts_of_tasks(membership).items() if verb in BY_VERB
    }
    listed = {verb: {row.pk for row in waiting_for_task(membership, verb)} for verb in changes}

    assert listed == allowed_acts(membership)
    assert {verb: len(rows) for verb, rows in listed.items()} == changes


def test_the_demonstration_asks_something_of_whoever_decides_or_writes(world: World) -> None:
    """Or the test above would compare nothing with nothing."""
    for name in ("eip", "ogr", "scorer", "cir", "oga", "trustee", "organisation", "consultant"):
        assert allowed_acts(person(name)), name


def is_awaited(request: DisbursementRequest, verb: Verb) -> bool:
    """Whether the act is that of the step at which the request stands."""
    return verb not in WRITERS or request.status == RequestStatus.RETURNED


@pytest.mark.parametrize("name", EVERYBODY)
def test_home_counts_exactly_the_requests_that_one_may_take(world: World, name: str) -> None:
    membership = person(name)
    queue = queue_for(membership).select_related("alliance__call", "alliance__municipality", "step")
    actions = actions_by_request(list(queue), membership)
    allowed = {  # who asked may also take back what waits for another: nobody waits for that
        row.pk
        for row in queue
        if any(act.verdict and is_awaited(row, act.verb) for act in actions[row.pk])
    }
    url = "/desembolsos/"
    counted = {kind.url: kind.count for kind in home_of(membership, world.now).kinds}

    assert counted.get(url, 0) == len(allowed)
    if allowed:
        listed = Listing(REQUESTS, QueryDict(""), membership).queryset
        assert {row.pk for row in listed} == allowed


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_tone_never_contradicts_its_words(world: World, name: str) -> None:
    """Nothing green says that something is missing."""
    home = home_of(person(name), world.now)
    rows = [*home.waiting, *home.changed]
    assert not [
        (row.title, row.why)
        for row in rows
        if row.tone == Tone.GOOD and LACK.search(f"{row.title} {row.why}")
    ]


@pytest.mark.parametrize("name", [name for name in EVERYBODY if name != "policy"])
def test_home_asks_the_database_little(world: World, name: str) -> None:
    membership = person(name)
    with CaptureQueriesContext(connection) as captured:
        home_of(membership, world.now)
    assert len(captured) <= MOST_QUERIES
