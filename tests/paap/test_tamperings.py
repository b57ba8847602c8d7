"""Ways to rewrite history: by the application refused, by the owner found, each by name.

The owner of the tables may do anything, so what it does is found afterwards: by the chain itself,
by rows that no longer agree with their events, or by an anchor that was kept outside.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from alliances.documents.services import upload_document
from alliances.lifecycle.anchoring import known_anchors, take_anchor
from alliances.lifecycle.audit import AuditReport, verify_audit
from alliances.lifecycle.triggers import hash_of
from alliances.selection.services.scoring import seal_score
from fiduciary.disbursements.services.requests import approve_disbursement, pay_disbursement
from fiduciary.models import DisbursementRequest
from paap.rights import APPLICATION_ROLE
from paap.roles import as_owner
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import AT, Cast, make_cast
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_request
from tests.factories.selection import make_answered_sheet

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Scene:
    """One alliance that paid for something, another with a sealed score."""

    paying: Cast
    request: DisbursementRequest
    scored: Cast
    score: int
    version: int


REHASHED = f"""
    DO $do$ DECLARE e record; before text := repeat('0', 64); BEGIN
        FOR e IN SELECT id FROM alliances_event WHERE chain = {{chain}} ORDER BY sequence LOOP
            UPDATE alliances_event SET previous_hash = before WHERE id = e.id;
            UPDATE alliances_event x SET hash = {hash_of("x")} WHERE id = e.id RETURNING hash
              INTO before;
        END LOOP;
    END $do$;
"""


def cut_tail(scene: Scene) -> list[str]:
    chain = scene.scored.alliance.pk
    return [
        f"DELETE FROM alliances_event WHERE chain = {chain} AND sequence ="
        f" (SELECT max(sequence) FROM alliances_event WHERE chain = {chain})",
    ]


def whole_chain_gone(scene: Scene) -> list[str]:
    chain = scene.scored.alliance.pk
    return [
        f"DELETE FROM alliances_event WHERE chain = {chain}",
        f"UPDATE alliances_alliance SET status = 'draft' WHERE id = {chain}",
    ]


def re_attributed(scene: Scene) -> list[str]:
    chain, other = scene.scored.alliance.pk, scene.scored["cir"]
    return [
        f"UPDATE alliances_event SET actor_id = {other.user_id},"
        f" organisation_id = {other.organisation_id} WHERE chain = {chain} AND sequence = 1",
        REHASHED.format(chain=chain),
    ]


def doubled_payment(scene: Scene) -> list[str]:
    payment = scene.request.payment_id
    return [
        "INSERT INTO fiduciary_transaction (key, kind, occurred_on, description, lines,"
        " recorded_by_id, recorded_at) SELECT gen_random_uuid(), kind, occurred_on, description,"
        f" lines, recorded_by_id, recorded_at FROM fiduciary_transaction WHERE id = {payment}",
        "INSERT INTO fiduciary_posting (transaction_id, account_id, amount_cop)"
        " SELECT (SELECT max(id) FROM fiduciary_transaction), account_id, amount_cop"
        f" FROM fiduciary_posting WHERE transaction_id = {payment}",
    ]


def status_without_event(scene: Scene) -> list[str]:
    chain = scene.scored.alliance.pk
    return [f"UPDATE alliances_alliance SET status = 'approved' WHERE id = {chain}"]


def sealed_score_changed(scene: Scene) -> list[str]:
    return [f"UPDATE alliances_score SET total = 99 WHERE id = {scene.score}"]


def file_hash_replaced(scene: Scene) -> list[str]:
    return [
        f"UPDATE alliances_documentversion SET sha256 = repeat('a', 64) WHERE id = {scene.version}"
    ]


def forged_past_event(scene: Scene) -> list[str]:
    alliance, eip = scene.scored.alliance.pk, scene.scored["eip"]
    return [
        "INSERT INTO alliances_event (alliance_id, chain, sequence, verb, duty, actor_id,"
        " organisation_id, at, from_status, to_status, reason, data, previous_hash, hash)"
        f" VALUES ({alliance}, 0, 0, 'appoint', 'direct', {eip.user_id}, {eip.organisation_id},"
        " '2025-03-03 10:00Z', '', '', '', '{}', '', '')",
    ]


def trigger_passed_over(scene: Scene) -> list[str]:
    return [
        "SELECT set_config('pgtrigger.ignore', (SELECT '{' || string_agg(tgname, ',') || '}'"
        " FROM pg_trigger WHERE NOT tgisinternal), false)",
        f"UPDATE alliances_event SET reason = 'x' WHERE chain = {scene.scored.alliance.pk}",
    ]


def lengthened_membership(scene: Scene) -> list[str]:
    return [
        "UPDATE alliances_membership SET valid_until = '2099-12-31'"
        f" WHERE id = {scene.paying['payer'].pk}"
    ]


def forged_membership(scene: Scene) -> list[str]:
    ogr = scene.scored["ogr"]
    return [
        "INSERT INTO alliances_membership (user_id, organisation_id, role, valid_from)"
        f" VALUES ({ogr.user_id}, {scene.scored['eip'].organisation_id}, 'eip', '2020-01-01')"
    ]


def organisation_of_another_kind(scene: Scene) -> list[str]:
    return [
        "UPDATE alliances_organisation SET kind = 'scorer'"
        f" WHERE id = {scene.scored['ogr'].organisation_id}"
    ]


HOW = ("some are missing", "they are not those")


@dataclass(frozen=True)
class Tampering:
    do: Callable[[Scene], list[str]]
    refused: str  # what the database says to the application
    found: str  # what the audit says of it when the owner did it


MISSING, OTHERS = (rf"chain \d+, events 1 to \d+: {how} of anchor 1" for how in HOW)
TAMPERINGS = (
    Tampering(cut_tail, "permission denied", MISSING),
    Tampering(whole_chain_gone, "permission denied", MISSING),
    Tampering(re_attributed, "permission denied", OTHERS),
    Tampering(doubled_payment, "together with its event", r"payment \d+: no paid request is its"),
    Tampering(status_without_event, "permission denied", "alliance .*: it is «approved», its last"),
    Tampering(sealed_score_changed, "sealed score never changes", "it is not what was sealed"),
    Tampering(file_hash_replaced, "permission denied", r"document version \d+ .*another one"),
    Tampering(forged_past_event, "written when it is done", r"2025-03-03 10:00, but anchor 1 of"),
    Tampering(trigger_passed_over, "permission denied", "wrong hash"),
    Tampering(
        lengthened_membership,
        "together with its event",
        r"membership \d+: its valid_until is «2099",
    ),
    Tampering(
        forged_membership, "together with its event", r"membership \d+: no event tells of it"
    ),
    Tampering(
        organisation_of_another_kind,
        "permission denied",
        r"organisation \d+: its kind is «scorer», its last event says «ogr»",
    ),
)


@pytest.fixture
def scene(settings, tmp_path: Path) -> Scene:
    settings.ANCHOR_FOLDER = tmp_path / "anchors"
    paying = make_funded_cast()
    request = make_request(paying)
    approve_disbursement(request_id=request.pk, acting=paying["trustee"], at=MONDAY)
    request = pay_disbursement(
        request_id=request.pk,
        paid_on=MONDAY.date(),
        bank_reference="81",
        acting=paying["payer"],
        at=MONDAY,
    )
    evidence = upload_document(
        alliance=paying.alliance,
        kind="quote",
        title="Cotización",
        upload=SimpleUploadedFile("cotización.pdf", PDF),
        acting=paying["organisation"],
        at=MONDAY,
        key=uuid4(),
    )
    scored = make_cast("eligible")
    score = make_answered_sheet(scored.alliance, scored["scorer"])
    seal_score(score_id=score.pk, acting=scored["scorer"], at=AT + timedelta(hours=2))
    take_anchor(at=now())
    settle()
    return Scene(paying, request, scored, score.pk, evidence.pk)


def settle() -> None:
    """Let the deferred triggers speak now, so that tables can be altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def audit() -> AuditReport:
    return verify_audit(anchors=known_anchors())


def test_before_any_tampering_all_is_well(scene: Scene) -> None:
    report = audit()
    assert report.is_well, report


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda row: row.do.__name__)
def test_the_application_is_refused(scene: Scene, tampering: Tampering) -> None:
    with pytest.raises(DatabaseError, match=tampering.refused), transaction.atomic():
        as_application(tampering.do(scene))
    assert audit().is_well


def as_application(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APPLICATION_ROLE}")
        for statement in (*statements, "SET CONSTRAINTS ALL IMMEDIATE"):
            cursor.execute(statement)


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda row: row.do.__name__)
def test_the_owner_is_found_out(scene: Scene, tampering: Tampering) -> None:
    tables = ("event", "alliance", "score", "documentversion", "membership", "organisation")
    keeps_triggers = tampering.do in (doubled_payment, forged_past_event)
    with as_owner(), connection.cursor() as cursor:
        for table in tables if not keeps_triggers else ():
            cursor.execute(f"ALTER TABLE alliances_{table} DISABLE TRIGGER USER")
        for statement in tampering.do(scene):
            cursor.execute(statement)
    report = audit()
    told = "\n".join(
        [*map(str, report.differences), *(f"wrong {link.problem}" for link in report.broken)]
    )
    assert not report.is_well
    assert re.search(tampering.found, told), told
