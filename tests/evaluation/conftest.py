"""English messages, so that tests can read them whatever the state of the translation."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from alliances.models import Membership
from tests.factories.alliances import make_membership
from tests.pages import Browser


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def evaluator(db: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture
def policy(db: None) -> Membership:
    return make_membership("policy")


@pytest.fixture
def outsider(db: None) -> Membership:
    return make_membership("oga")


@pytest.fixture
def as_member():
    """A browser signed in as the person of a membership, asking for English."""

    def sign_in(membership: Membership) -> Client:
        client = Browser(headers={"accept-language": "en"})
        client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture
def query_counter():
    """How many queries a call makes."""

    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count
