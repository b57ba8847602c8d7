"""What the drill of money plays on: executing alliances with a trust, cash, a fund and producers.

``python -m tests.fiduciary.money.scene 2 3`` writes two alliances with three producers each, in an
installation apart from the tests' database, and prints as JSON where each desk works and the
sessions of its people.
"""

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django

#: Who works at a desk.
PEOPLE = ("oga", "eip", "trustee", "payer", "organisation")


def main(alliances: int, producers: int) -> None:
    """Write and print all of it."""
    django.setup()
    print(json.dumps([desk for _ in range(alliances) for desk in desks(producers)]))


def desks(producers: int) -> list[dict[str, Any]]:
    """The desks of one new alliance: each has a producer of its own, all share the rest."""
    from tests.factories.alliances import make_producer
    from tests.factories.fiduciary import MILLION, make_contribution, make_funded_cast, make_line

    cast = make_funded_cast(cash_cop=500 * MILLION)
    approve_rules(cast)
    shared = {
        "alliance": cast.alliance.pk,
        "code": cast.alliance.code,
        "line": make_line(cast.alliance, planned_cop=400 * MILLION).pk,
        "contribution": make_contribution(cast.alliance, committed_cop=400 * MILLION).pk,
        "sessions": {name: session_of(cast[name].user) for name in PEOPLE},
    }
    return [shared | {"producer": make_producer(cast.alliance).pk} for _ in range(producers)]


def approve_rules(cast: Any) -> None:
    """The fund's rules with the minutes of the assembly, as from their form."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.utils.timezone import now

    from alliances.documents.evidence import act_with_evidence
    from alliances.documents.models import DocumentKind
    from fiduciary.fund.services import Rules, approve_fund_rules
    from tests.alliances.documents.samples import PDF

    rules = Rules(Decimal(60), 6, Decimal(0), Decimal(80), approved_on=date(2026, 2, 20))
    common: dict[str, Any] = {"acting": cast["organisation"], "at": now(), "key": uuid4()}
    act_with_evidence(
        lambda documents: approve_fund_rules(
            alliance_id=cast.alliance.pk, rules=rules, act=documents[0], **common
        ),
        alliance=cast.alliance,
        kind=DocumentKind.ASSEMBLY_ACT,
        title="Acta",
        uploads=[SimpleUploadedFile("acta.pdf", PDF, "application/pdf")],
        **common,
    )


def session_of(user: Any) -> str:
    """A session in which this person is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
