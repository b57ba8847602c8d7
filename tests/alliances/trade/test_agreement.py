"""Writing, signing and ending an agreement: who, when, once; and what PostgreSQL refuses."""

import threading
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections, transaction

from alliances.lifecycle.audit import verify_audit
from alliances.trade.models import TERMS as TERM_COLUMNS
from alliances.trade.models import Agreement
from alliances.trade.requirements import agreement_signed
from alliances.trade.selectors import current_agreement, missing_signatures
from alliances.trade.services import end_agreement, sign_agreement, write_agreement
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.alliances.trade.conftest import LATER, TERMS, sign, write
from tests.factories.alliances import AT, Cast, make_cast, make_membership

pytestmark = pytest.mark.django_db


# -- Writing --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["organisation", "manager", "ally"])
def test_each_party_may_write(role: str, cast: Cast) -> None:
    agreement = write(cast, role)
    assert {name: getattr(agreement, name) for name in asdict(TERMS)} == asdict(TERMS)
    assert agreement.ally == cast.alliance.ally


@pytest.mark.parametrize(
    "role", ["eip", "ogr", "scorer", "cir", "oga", "trustee", "evaluator", "policy"]
)
def test_nobody_else_writes_signs_or_ends(role: str, cast: Cast, draft: Agreement) -> None:
    for act in (
        lambda: write(cast, role),
        lambda: sign(cast, draft, role),
        lambda: end_agreement(
            agreement_id=draft.pk,
            reason="Ya no hace falta aquí",
            reason_code="market",
            acting=cast[role],
            at=AT,
        ),
    ):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert cast[role].user.display_name in refusal.value.message


def test_a_party_to_another_alliance_does_not_write(cast: Cast) -> None:
    stranger = make_membership("organisation")
    with pytest.raises(NotAllowed, match=stranger.organisation.name):
        write_agreement(
            alliance_id=cast.alliance.pk, terms=TERMS, acting=stranger, at=AT, key=uuid4()
        )


@pytest.mark.parametrize("status", ["draft", "submitted", "selected", "graduated", "ruptured"])
def test_agreements_are_not_written_outside_their_stages(status: str) -> None:
    with pytest.raises(NotAllowed, match="«"):
        write(make_cast(status))


def test_the_same_key_is_one_act(cast: Cast) -> None:
    key = uuid4()
    for _ in range(2):
        write_agreement(
            alliance_id=cast.alliance.pk, terms=TERMS, acting=cast["ally"], at=AT, key=key
        )
    assert Agreement.objects.count() == 1
    assert cast.alliance.events.filter(verb="write_agreement").count() == 1


def test_the_key_of_an_ended_agreement_writes_no_other(cast: Cast) -> None:
    key = uuid4()
    facts = {"alliance_id": cast.alliance.pk, "terms": TERMS, "acting": cast["ally"], "at": AT}
    ended = write_agreement(**facts, key=key)
    end_agreement(
        agreement_id=ended.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast["ally"],
        at=AT,
    )
    with pytest.raises(Conflict):
        write_agreement(**facts, key=key)


def test_a_draft_is_rewritten_by_the_other_party(cast: Cast, draft: Agreement) -> None:
    rewritten = write(cast, "ally", price_ceiling_cop=Decimal(1500))
    assert rewritten.pk == draft.pk
    assert rewritten.price_ceiling_cop == 1500


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_on": date(2026, 1, 1)},
        {"price_floor_cop": Decimal(0)},
        {"price_ceiling_cop": Decimal(800)},
        {"price_rule": "fixed"},
        {"price_rule": "reference"},
        {"price_rule": "as we please"},
        {"quantity_kg_per_month": Decimal(0)},
        {"product": ""},
        {"delivery_place": ""},
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, Any], cast: Cast) -> None:
    with pytest.raises(ValidationError):
        write(cast, **changes)
    assert not Agreement.objects.exists()


# -- Signing --------------------------------------------------------------------------------------
def test_each_representative_signs_for_its_own_side(cast: Cast, draft: Agreement) -> None:
    half = sign(cast, draft, "ally")
    assert half.signed_by_ally == cast["ally"]
    assert half.signed_by_organisation is None
    assert missing_signatures(half) == [cast.alliance.organisation.name]
    whole = sign(cast, draft, "organisation", at=LATER)
    assert whole.is_in_force
    assert whole.signed_by_organisation_at == LATER


def test_the_apprentice_manager_does_not_sign_or_end(cast: Cast, draft: Agreement) -> None:
    with pytest.raises(NotAllowed):
        sign(cast, draft, "manager")
    with pytest.raises(NotAllowed):
        end_agreement(
            agreement_id=draft.pk,
            reason="Ya no hace falta aquí",
            reason_code="market",
            acting=cast["manager"],
            at=AT,
        )


def test_signing_twice_is_a_conflict(cast: Cast, draft: Agreement) -> None:
    sign(cast, draft, "ally")
    with pytest.raises(Conflict):
        sign(cast, draft, "ally", at=LATER)
    draft.refresh_from_db()
    assert draft.signed_by_ally_at == AT


def test_what_was_not_read_is_not_signed(cast: Cast, draft: Agreement) -> None:
    read = Agreement.objects.get(pk=draft.pk).fingerprint
    write(cast, "organisation", price_floor_cop=Decimal(500))
    with pytest.raises(Conflict):
        sign_agreement(agreement_id=draft.pk, acting=cast["ally"], at=AT, seen=read)
    now_read = Agreement.objects.get(pk=draft.pk).fingerprint
    sign_agreement(agreement_id=draft.pk, acting=cast["ally"], at=AT, seen=now_read)


def test_the_fingerprint_is_the_same_from_the_form_and_from_the_database(draft: Agreement) -> None:
    assert draft.fingerprint == Agreement.objects.get(pk=draft.pk).fingerprint


def test_nothing_is_rewritten_after_the_first_signature(cast: Cast, draft: Agreement) -> None:
    sign(cast, draft, "ally")
    with pytest.raises(NotAllowed):
        write(cast, "organisation", price_floor_cop=Decimal(500))


def test_acts_leave_who_what_and_the_hash_of_the_terms(cast: Cast, agreement: Agreement) -> None:
    end_agreement(
        agreement_id=agreement.pk,
        reason="No pagó lo entregado",
        reason_code="market",
        acting=cast["ally"],
        at=LATER,
    )
    acts = cast.alliance.events.exclude(duty="").filter(actor__isnull=False).order_by("sequence")
    assert [(act.verb, act.duty, act.actor) for act in acts] == [
        ("write_agreement", "represent", cast["organisation"].user),
        ("sign_agreement", "represent", cast["organisation"].user),
        ("sign_agreement", "represent", cast["ally"].user),
        ("end_agreement", "represent", cast["ally"].user),
    ]
    assert {act.data.get("terms_sha256") for act in acts[:3]} == {agreement.fingerprint}
    assert acts[3].reason == "No pagó lo entregado"
    assert not verify_audit(chain=cast.alliance.pk).broken


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (column, value)
        for column, value in {
            "alliance_id": "id + 1",
            "ally_id": "signed_by_ally_id",
            "product": "'Yuca'",
            "quality": "'Cualquiera'",
            "quantity_kg_per_month": "1",
            "delivery_place": "'Bogotá'",
            "starts_on": "'2020-01-01'",
            "ends_on": "'2030-01-01'",
            "price_rule": "'reference'",
            "price_floor_cop": "1",
            "price_ceiling_cop": "99999",
            "price_reference": "'Corabastos'",
            "payment_days": "90",
            "payment_means": "'Vales'",
        }.items()
    ],
)
def test_raw_sql_changes_no_term_of_a_signed_agreement(
    column: str, value: str, cast: Cast, draft: Agreement
) -> None:
    assert column in TERM_COLUMNS
    sign(cast, draft, "ally")
    with pytest.raises(DatabaseError, match="keeps its terms"):
        run(f"UPDATE alliances_agreement SET {column} = {value}")


def test_every_term_is_tried_above() -> None:
    [marker] = [
        mark
        for mark in test_raw_sql_changes_no_term_of_a_signed_agreement.pytestmark
        if mark.name == "parametrize"
    ]
    assert {column for column, _ in marker.args[1]} == set(TERM_COLUMNS)


@pytest.mark.parametrize(
    "change",
    [
        "signed_by_ally_at = now()",
        "signed_by_ally_at = NULL, signed_by_ally_id = NULL",
        "signed_by_ally_id = signed_by_organisation_id",
    ],
)
def test_raw_sql_changes_no_signature(change: str, cast: Cast, agreement: Agreement) -> None:
    with pytest.raises(DatabaseError, match="written once"):
        run(f"UPDATE alliances_agreement SET {change}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM alliances_agreement",
        "TRUNCATE alliances_agreement CASCADE",
    ],
)
def test_raw_sql_removes_no_agreement(statement: str, agreement: Agreement) -> None:
    with pytest.raises(DatabaseError, match="never deleted"):
        run(statement)


def test_raw_sql_revives_no_ended_agreement(cast: Cast, agreement: Agreement) -> None:
    end_agreement(
        agreement_id=agreement.pk,
        reason="No pagó lo entregado",
        reason_code="market",
        acting=cast["ally"],
        at=LATER,
    )
    with pytest.raises(DatabaseError, match="has ended"):
        run("UPDATE alliances_agreement SET ended_on = NULL, end_reason = ''")


def run(statement: str) -> None:
    with transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check of this test's rows is pending
        cursor.execute(statement)


# -- Ending ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["organisation", "ally"])
def test_either_party_ends_it_with_a_reason(role: str, cast: Cast, agreement: Agreement) -> None:
    with pytest.raises(DomainError):
        end_agreement(
            agreement_id=agreement.pk,
            reason="  ",
            reason_code="market",
            acting=cast[role],
            at=LATER,
        )
    ended = end_agreement(
        agreement_id=agreement.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast[role],
        at=LATER,
    )
    assert (ended.ended_on, ended.end_reason) == (LATER.date(), "Ya no hace falta aquí")
    with pytest.raises(Conflict):
        end_agreement(
            agreement_id=agreement.pk,
            reason="Ya no hace falta aquí",
            reason_code="market",
            acting=cast[role],
            at=LATER,
        )
    with pytest.raises(Conflict):
        sign(cast, agreement, "ally")


def test_an_ended_agreement_makes_room_for_another(cast: Cast, agreement: Agreement) -> None:
    end_agreement(
        agreement_id=agreement.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast["ally"],
        at=LATER,
    )
    assert current_agreement(cast.alliance) is None
    other = write(cast, "organisation", at=LATER)
    assert other.pk != agreement.pk
    assert current_agreement(cast.alliance) == other


# -- What the transition table asks ---------------------------------------------------------------
def test_the_trust_asks_for_both_signatures(cast: Cast) -> None:
    assert not agreement_signed(cast.alliance)
    draft = write(cast)
    sign(cast, draft, "organisation")
    verdict = agreement_signed(cast.alliance)
    assert not verdict
    assert cast.alliance.ally.name in verdict.reason
    sign(cast, draft, "ally")
    assert agreement_signed(cast.alliance)
    end_agreement(
        agreement_id=draft.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast["ally"],
        at=LATER,
    )
    assert not agreement_signed(cast.alliance)


def test_an_agreement_with_an_earlier_ally_does_not_count(cast: Cast, agreement: Agreement) -> None:
    other = make_membership("ally")
    cast.alliance.ally = other.organisation
    cast.alliance.save(update_fields=["ally"])
    assert not agreement_signed(cast.alliance)
    with pytest.raises(NotAllowed):
        end_agreement(
            agreement_id=agreement.pk,
            reason="Ya no hace falta aquí",
            reason_code="market",
            acting=cast["ally"],
            at=LATER,
        )
    replacement = write_agreement(
        alliance_id=cast.alliance.pk,
        terms=replace(TERMS, product="Papa amarilla"),
        acting=other,
        at=LATER,
        key=uuid4(),
    )
    assert replacement.ally == other.organisation


# -- Two at once ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_signatures_at_once() -> None:
    """Both parties sign, and each of them twice, at the same moment: two signatures remain."""
    cast = make_cast("closing")
    draft = write(cast)
    results = at_once(
        *(
            lambda role=role: sign(cast, draft, role)
            for role in ("organisation", "ally", "organisation", "ally")
        )
    )
    assert sorted(type(result).__name__ for result in results) == [
        "Agreement",
        "Agreement",
        "Conflict",
        "Conflict",
    ]
    draft.refresh_from_db()
    assert draft.is_in_force
    assert cast.alliance.events.filter(verb="sign_agreement").count() == 2
    assert not verify_audit(chain=cast.alliance.pk).broken


@pytest.mark.django_db(transaction=True)
def test_signing_and_rewriting_at_once_leaves_no_unread_signature() -> None:
    """Whoever comes second is told: never a signature under terms that the signer did not read."""
    cast = make_cast("closing")
    draft = write(cast)
    read = draft.fingerprint
    signing, _ = at_once(
        lambda: sign_agreement(agreement_id=draft.pk, acting=cast["ally"], at=AT, seen=read),
        lambda: write(cast, "organisation", price_floor_cop=Decimal(500)),
    )
    draft.refresh_from_db()
    assert draft.has_signature == (draft.fingerprint == read)
    assert isinstance(signing, Conflict) != draft.has_signature


def at_once(*acts: Any) -> list[Any]:
    """Run every act in a thread of its own, released together; errors are results too."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run_one(number: int) -> None:
        gate.wait()
        try:
            results[number] = acts[number]()
        except (Conflict, NotAllowed) as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run_one, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
