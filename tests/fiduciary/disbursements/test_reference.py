"""Protocols and reasons to return as rows that administrators keep: by date, never rewritten."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localtime, now

from alliances.models import Membership
from alliances.reference.reading import ReferencePlan, plan_table
from alliances.reference.registry import TABLES
from alliances.reference.selectors import file_of
from alliances.reference.services import change_reference, stage_reference
from fiduciary.disbursements.models import Protocol, ProtocolStep, ReturnReason
from fiduciary.disbursements.selectors import return_reasons
from fiduciary.disbursements.services.requests import protocol_for, return_disbursement
from kit.errors import DomainError
from tests.application import as_application
from tests.factories.alliances import make_membership
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_protocols, make_request

pytestmark = pytest.mark.django_db
TODAY = localtime(MONDAY).date()


def plan(word: str, text: str) -> ReferencePlan:
    return plan_table(TABLES[word], "t.csv", text.encode())


def save(word: str, text: str, admin: Membership) -> None:
    upload = stage_reference(
        word=word, file_name="t.csv", content=text.encode(), acting=admin, at=now()
    )
    change_reference(word=word, key=upload.key, acting=admin, at=now())


def new_version(steps: str = "", valid_from: str = "2026-01-01") -> tuple[str, str]:
    """Version 3 of the simplified protocol, and its steps: those of version 2."""
    row = f"simplified,3,recommended,Simplificado,Simplified,Resolución 12,{valid_from}\n"
    lines = [line for line in file_of(TABLES["pasos"]).splitlines() if "simplified 2" in line]
    return row, steps or "\n".join(lines).replace("simplified 2", "simplified 3") + "\n"


@pytest.mark.parametrize("word", ["devoluciones", "protocolos", "pasos"])
def test_what_leaves_comes_in_again_and_changes_nothing(word: str) -> None:
    make_protocols()
    planned = plan(word, file_of(TABLES[word]))
    assert planned.changes_nothing
    assert planned.compared.unchanged == TABLES[word].model._default_manager.count()


def test_a_reason_ends_by_its_date_and_old_returns_keep_it() -> None:
    cast, admin = make_funded_cast(), make_membership("admin")
    first = make_request(cast)
    signature = ReturnReason.objects.get(pk="signature")
    return_disbursement(
        request_id=first.pk, reason=signature, acting=cast["trustee"], at=MONDAY, note="Falta"
    )
    text = file_of(TABLES["devoluciones"])
    ended = "\n".join(
        f"{line}{TODAY}" if line.startswith("signature,") else line for line in text.splitlines()
    )
    with as_application():
        save("devoluciones", ended + "\nnueva,12,Nueva,New,Circular 4,2026-01-01,\n", admin)

    assert signature in return_reasons(TODAY)
    tomorrow = [reason.pk for reason in return_reasons(TODAY + timedelta(days=1))]
    assert "signature" not in tomorrow
    assert "nueva" in tomorrow
    assert "nueva" not in [reason.pk for reason in return_reasons(date(2025, 12, 31))]
    second = make_request(cast)
    signature.refresh_from_db()
    with pytest.raises(DomainError, match="no longer in use"):
        return_disbursement(
            request_id=second.pk,
            reason=signature,
            acting=cast["trustee"],
            at=MONDAY + timedelta(days=1),
        )
    assert first.step_records.get(outcome="returned").reason == signature
    call_command("load_protocols")  # the program leaves to people what people keep
    assert ReturnReason.objects.get(pk="signature").valid_until == TODAY
    assert ReturnReason.objects.filter(pk="nueva").exists()


def test_a_row_that_the_file_does_not_name_stays() -> None:
    make_protocols()
    heading, first, *_rest = file_of(TABLES["devoluciones"]).splitlines()
    planned = plan("devoluciones", f"{heading}\n{first}\n")
    assert planned.changes_nothing
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ReturnReason.objects.get(pk="signature").delete()


def test_a_new_version_is_followed_from_its_day_once_its_steps_stand() -> None:
    cast, admin = make_funded_cast(), make_membership("admin")
    row, steps = new_version(valid_from=str(TODAY))
    with as_application():
        save("protocolos", file_of(TABLES["protocolos"]) + row, admin)
    assert protocol_for(cast.alliance, on=TODAY).version == 2  # it has no steps yet
    with as_application():
        save("pasos", file_of(TABLES["pasos"]) + steps, admin)
    assert protocol_for(cast.alliance, on=TODAY).version == 3
    assert protocol_for(cast.alliance, on=TODAY - timedelta(days=1)).version == 2
    assert make_request(cast).protocol.version == 3


def test_what_requests_follow_is_never_rewritten() -> None:
    make_protocols()
    steps = file_of(TABLES["pasos"])
    [mistake] = plan(
        "pasos",
        steps.replace("simplified 2,1,resubmit,request,3", "simplified 2,1,resubmit,request,4"),
    ).mistakes
    assert mistake.column == "target_days"
    assert "«3»" in mistake.message
    protocols = file_of(TABLES["protocolos"])
    [mistake] = plan("protocolos", protocols.replace("2002-01-01", "2003-01-01", 1)).mistakes
    assert mistake.column == "valid_from"
    assert not plan("protocolos", protocols.replace("Simplified protocol", "Plain", 1)).mistakes


def test_steps_that_could_not_carry_a_request_are_refused_and_so_are_more_of_a_version() -> None:
    make_protocols()
    row, steps = new_version()
    admin = make_membership("admin")
    save("protocolos", file_of(TABLES["protocolos"]) + row, admin)
    all_steps, last = file_of(TABLES["pasos"]), steps.splitlines()[-1] + "\n"
    [mistake] = plan("pasos", all_steps + steps.replace(last, "")).mistakes
    assert "ends by paying once" in mistake.message
    [mistake] = plan("pasos", all_steps + last.replace("simplified 3,4", "simplified 2,5")).mistakes
    assert "has its steps already" in mistake.message
    [mistake] = plan(
        "pasos", all_steps + steps.replace("simplified 3,1", "simplified 9,1")
    ).mistakes[:1]
    assert "simplified 1, simplified 2, simplified 3" in mistake.message
    assert mistake.column == "protocol"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fiduciary_returnreason SET valid_until = valid_from",
        "UPDATE fiduciary_protocol SET valid_from = '2030-01-01'",
        'INSERT INTO fiduciary_protocolstep (protocol_id, "order", verb, duty, target_days,'
        " default_p50_days, default_p90_days, if_off_plan, name_es, name_en)"
        " SELECT protocol_id, 99, verb, duty, 1, 1, 1, false, 'x', 'x' FROM fiduciary_protocolstep"
        " LIMIT 1",
    ],
)
def test_the_application_changes_no_row_without_its_event(statement: str) -> None:
    make_protocols()
    assert Protocol.objects.exists()
    assert ProtocolStep.objects.exists()
    together = pytest.raises(DatabaseError, match="only together with its event")
    with together, as_application(), connection.cursor() as cursor:
        cursor.execute(statement)
