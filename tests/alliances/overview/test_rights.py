"""The API promises of acts without a duty what their services then allow."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.utils.timezone import now

from alliances.lifecycle.registry import acts_on_alliances
from alliances.overview.rights import RIGHTS, every_action
from alliances.preparation.services.producers import reveal_document
from alliances.referrals.services import refer
from alliances.territory.services import load_reference
from kit.errors import NotAllowed
from tests.factories.alliances import CAST, make_cast, make_producer


def test_every_act_without_a_duty_says_who_may() -> None:
    needs_none = {act for act in acts_on_alliances() if not act.duties and not act.is_owners}
    assert needs_none == set(RIGHTS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", CAST)
def test_what_is_promised_is_what_the_service_allows(role: str) -> None:
    cast = make_cast("not_selected")
    producer = make_producer(cast.alliance)
    load_reference()
    promised = {row.verb: bool(row.verdict) for row in every_action(cast.alliance, cast[role])}
    acting = {"acting": cast[role], "at": now()}
    help_there = {"programme": "pdea", "need": "extension", "note": "Pregunte en la Secretaría"}

    assert promised["reveal_document"] is is_allowed(
        lambda: reveal_document(producer=producer, **acting)
    )
    assert promised["refer"] is is_allowed(
        lambda: refer(alliance_id=cast.alliance.pk, **help_there, **acting, key=uuid4())
    )


def is_allowed(act: Callable[[], object]) -> bool:
    try:
        act()
    except NotAllowed:
        return False
    return True
