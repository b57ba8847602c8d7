"""A slip of one's own is undone while nobody else has acted: discarded, or taken back."""

import pytest

from alliances.lifecycle.services import advance
from alliances.lifecycle.table import Status
from kit.errors import Conflict, DomainError, NotAllowed
from tests.alliances.preparation.conftest import complete
from tests.factories.alliances import AT, Cast, walk_to

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "mistake", "reason": "Se escribió dos veces el mismo perfil."}


def act(cast: Cast, verb: str, role: str = "ogr", **fields: str) -> str:
    alliance = advance(alliance_id=cast.alliance.pk, verb=verb, acting=cast[role], at=AT, **fields)
    return str(alliance.status)


def test_a_draft_by_mistake_is_discarded_with_its_reason(cast: Cast) -> None:
    with pytest.raises(DomainError):
        act(cast, "discard_profile")
    assert act(cast, "discard_profile", **WHY) == Status.WITHDRAWN


def test_a_profile_presented_too_soon_is_taken_back_and_presented_again(cast: Cast) -> None:
    complete(cast)
    act(cast, "submit")
    assert act(cast, "take_back") == Status.DRAFT
    assert act(cast, "submit") == Status.SUBMITTED


@pytest.mark.parametrize("status", ["eligible", "returned", "scored", "selected"])
def test_nothing_is_taken_back_once_somebody_else_has_acted(cast: Cast, status: str) -> None:
    walk_to(cast.alliance, status)
    for verb, sent in (("take_back", {}), ("discard_profile", WHY)):
        with pytest.raises((NotAllowed, Conflict)):
            act(cast, verb, **sent)


@pytest.mark.parametrize("role", ["eip", "scorer", "manager", "ally", "oga", "evaluator"])
def test_only_who_promotes_it_undoes_it(cast: Cast, role: str) -> None:
    with pytest.raises(NotAllowed):
        act(cast, "discard_profile", role, **WHY)
    walk_to(cast.alliance, "submitted")
    with pytest.raises(NotAllowed):
        act(cast, "take_back", role)
