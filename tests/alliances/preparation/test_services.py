"""Services of the room: allowed, wrong role, wrong state, repeated, two at once, audited."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.acting import lock_alliance
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.services import advance
from alliances.lifecycle.table import EDITABLE, STUDY_OPEN, Status
from alliances.models import PreinvestmentStudy, Producer
from alliances.overview.sentences import tell
from alliances.people.models import Membership
from alliances.preparation.home import waiting_for
from alliances.preparation.rules import ProducerData
from alliances.preparation.selectors import profile_gaps, study_gaps
from alliances.preparation.services import (
    ProfileFields,
    StudyData,
    add_producer,
    check_profile,
    create_profile,
    end_manager,
    register_manager,
    remove_producer,
    reveal_document,
    update_producer,
    update_profile,
    verify_profile,
    write_study,
)
from kit.errors import Conflict, DomainError, NotAllowed, Unconfirmed
from tests.alliances.preparation.conftest import at_once, client_of, complete, ruled_call, under
from tests.factories.alliances import (
    AT,
    Cast,
    end,
    make_alliance,
    make_call,
    make_cast,
    make_crop,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
    walk_to,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def producer_data(**changes: Any) -> ProducerData:
    data = ProducerData(
        document_kind="cc",
        document_number="27999111",
        given_names="Rosa Elvira",
        surnames="Guerrero Nastul",
        sex="f",
        born_on=date(1985, 2, 11),
        phone="3107654321",
        household_key="H1",
        farm_name="La Esperanza",
        tenure="owner",
        farm_area_ha=Decimal("2.5"),
        project_area_ha=Decimal(1),
        experience_years=12,
        monthly_income_cop=Decimal(900_000),
        agricultural_income_share=Decimal(85),
        assets_cop=Decimal(40_000_000),
        literate=True,
        is_member=True,
        member_since=date(2019, 6, 30),
        had_earlier_support=False,
        special_group="",
        consented_on=date(2026, 2, 1),
    )
    return replace(data, **changes)


def study_data(**changes: Any) -> StudyData:
    data = StudyData(
        visited_on=date(2026, 2, 20),
        technical="Suelos aptos.",
        market="Planta en Pasto.",
        social="Tres veredas.",
        environmental="Sin traslapes.",
        organisational="Al día.",
        net_present_value_cop=Decimal(182_000_000),
        internal_rate_percent=Decimal("18.4"),
        yearly_income_per_producer_cop=Decimal(4_900_000),
    )
    return replace(data, **changes)


def new_profile(acting: Membership, cast: Cast, **changes: Any) -> Alliance:
    fields = {
        "name": "Papa",
        "organisation": make_organisation(),
        "municipality": cast.alliance.municipality,
        "crop": cast.alliance.crop,
        "ally": None,
        "route": "basic",
        "total_value_cop": Decimal(10_000_000),
        "incentive_cop": Decimal(4_000_000),
    }
    given = {"call": cast.alliance.call, "acting": acting, "at": AT, "key": uuid4()}
    written = ProfileFields(**{name: changes.get(name, value) for name, value in fields.items()})
    given |= {name: value for name, value in changes.items() if name not in fields}
    return create_profile(fields=written, **given)


def add(cast: Cast, acting: str = "ogr", **changes: Any) -> Producer:
    return add_producer(
        alliance=cast.alliance,
        data=producer_data(**changes),
        acting=cast[acting],
        at=AT,
        key=uuid4(),
    )


# -- Presenting a profile ------------------------------------------------------------------------
def test_profile_begins_as_a_draft_with_the_next_code_and_an_event(cast: Cast) -> None:
    codes = [new_profile(cast["ogr"], cast).code for _each in range(3)]
    call = cast.alliance.call
    assert codes == [f"{call.code}-52-000{number}" for number in (1, 2, 3)]
    event = Event.objects.get(alliance__code=codes[0])
    assert (event.verb, event.duty, event.actor) == ("create_profile", "promote", cast["ogr"].user)


def test_same_key_is_one_profile(cast: Cast) -> None:
    key, organisation = uuid4(), make_organisation()
    made = {
        new_profile(cast["ogr"], cast, key=key, organisation=organisation).pk for _click in (1, 2)
    }
    assert len(made) == 1


def test_profile_of_another_department_is_refused(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        new_profile(cast.outsider, cast)
    assert Alliance.objects.count() == 1


@pytest.mark.parametrize("role", ["eip", "cir", "organisation", "policy"])
def test_profile_of_another_role_is_refused(cast: Cast, role: str) -> None:
    with pytest.raises(NotAllowed):
        new_profile(cast[role], cast)
    assert Alliance.objects.count() == 1


def test_call_must_be_open(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        new_profile(cast["ogr"], cast, call=make_call(sealed=False))
    for day in (datetime(2026, 1, 14, 23, tzinfo=UTC), datetime(2026, 7, 1, 15, tzinfo=UTC)):
        with pytest.raises(NotAllowed):
            new_profile(cast["ogr"], cast, at=day)


def test_last_day_of_the_call_is_the_day_in_bogota(cast: Cast) -> None:
    last_evening = datetime(2026, 7, 1, 4, 30, tzinfo=UTC)  # 23:30 of 30 June in Bogotá
    assert new_profile(cast["ogr"], cast, at=last_evening).pk


def test_profile_without_sense_is_refused(cast: Cast) -> None:
    ally = make_organisation("ally")
    for changes in (
        {"incentive_cop": Decimal(11_000_000)},
        {"total_value_cop": Decimal(0)},
        {"organisation": ally, "ally": ally},
        {"route": "express"},
    ):
        with pytest.raises(ValidationError):
            new_profile(cast["ogr"], cast, **changes)


# -- Correcting it -------------------------------------------------------------------------------
def fields_of(alliance: Alliance, **changes: Any) -> ProfileFields:
    return ProfileFields(
        **{name: getattr(alliance, name) for name in ProfileFields.__dataclass_fields__} | changes
    )


def test_correction_keeps_before_and_after_in_the_event(cast: Cast) -> None:
    fields = fields_of(cast.alliance, name="Papa única", incentive_cop=Decimal(1_000_000))
    update_profile(alliance=cast.alliance, fields=fields, acting=cast["ogr"], at=AT)
    event = Event.objects.get(verb="update_profile")
    assert event.data == {
        "changed": {
            "name": [cast.alliance.name, "Papa única"],
            "incentive_cop": ["210000000.00", "1000000.00"],
        }
    }
    cast.alliance.refresh_from_db()
    assert cast.alliance.name == "Papa única"


def test_a_correction_of_the_place_is_told_by_names(cast: Cast) -> None:
    before = cast.alliance.municipality
    after = make_municipality("52699", "Santacruz")
    fields = fields_of(cast.alliance, municipality=after, route="basic")
    update_profile(alliance=cast.alliance, fields=fields, acting=cast["ogr"], at=AT)

    (told,) = tell(Event.objects.filter(verb="update_profile"))

    assert any(f"«{before}» → «{after}»" in line for line in told.changes)
    assert not any("52699" in line or "basic" in line for line in told.changes)


def test_correction_that_changes_nothing_is_no_act(cast: Cast) -> None:
    update_profile(
        alliance=cast.alliance, fields=fields_of(cast.alliance), acting=cast["ogr"], at=AT
    )
    assert not Event.objects.filter(verb="update_profile").exists()


def test_profile_does_not_move_to_another_department(cast: Cast) -> None:
    make_department("05", "Antioquia")
    fields = fields_of(cast.alliance, municipality=make_municipality("05001", "Medellín"))
    with pytest.raises(ValidationError, match="Nariño"):
        update_profile(alliance=cast.alliance, fields=fields, acting=cast["ogr"], at=AT)


# -- Every act of the profile in every status --------------------------------------------------
def acts(cast: Cast, producer: Producer) -> dict[str, Callable[[], Any]]:
    ogr = cast["ogr"]
    return {
        "update_profile": lambda: update_profile(
            alliance=cast.alliance, fields=fields_of(cast.alliance, name="X"), acting=ogr, at=AT
        ),
        "add_producer": lambda: add(cast, document_number="55555555"),
        "update_producer": lambda: update_producer(
            producer=producer, data=producer_data(), acting=ogr, at=AT
        ),
        "remove_producer": lambda: remove_producer(
            producer=producer, reason="mistake", acting=ogr, at=AT
        ),
    }


@pytest.mark.parametrize("status", list(Status))
def test_profile_changes_only_as_a_draft_or_returned(cast: Cast, status: Status) -> None:
    producer = make_producer(cast.alliance)
    walk_to(cast.alliance, status)
    for name, act in acts(cast, producer).items():
        if status in EDITABLE:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()
        assert Event.objects.filter(verb=name).exists() is (status in EDITABLE)


@pytest.mark.parametrize("role", ["eip", "oga", "manager", "ally", "scorer", "cir", "policy"])
def test_nobody_else_changes_the_profile(cast: Cast, role: str) -> None:
    producer = make_producer(cast.alliance)
    cast.people["ogr"] = cast[role]
    for act in acts(cast, producer).values():
        with pytest.raises(NotAllowed):
            act()
    assert list(cast.alliance.producers.all()) == [producer]


# -- Producers -----------------------------------------------------------------------------------
def test_same_key_is_one_producer(cast: Cast) -> None:
    key = uuid4()
    made = {
        add_producer(
            alliance=cast.alliance, data=producer_data(), acting=cast["ogr"], at=AT, key=key
        ).pk
        for _click in (1, 2)
    }
    assert len(made) == 1
    other = make_cast()
    with pytest.raises(Conflict):
        add_producer(
            alliance=other.alliance,
            data=producer_data(),
            acting=other["ogr"],
            at=AT,
            key=key,
        )


def test_person_is_in_one_profile_of_the_call(cast: Cast) -> None:
    add(cast)
    with pytest.raises(ValidationError):
        add(cast)
    other = under(cast.alliance.call, make_cast())
    with pytest.raises(ValidationError, match=cast.alliance.code):
        add(other)
    walk_to(cast.alliance, "withdrawn")
    assert add(other).pk


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("born_on", date(2020, 1, 1)),
        ("experience_years", 60),
        ("project_area_ha", Decimal(3)),
        ("consented_on", date(2026, 3, 3)),
        ("agricultural_income_share", Decimal(101)),
        ("sex", "x"),
    ],
)
def test_producer_without_sense_is_refused(cast: Cast, field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        add(cast, **{field: value})
    assert not cast.alliance.producers.exists()


def test_removal_needs_a_reason_of_the_list_and_happens_once(cast: Cast) -> None:
    producer = add(cast)
    with pytest.raises(DomainError):
        remove_producer(producer=producer, reason="murió", acting=cast["ogr"], at=AT)
    for _click in (1, 2):
        remove_producer(producer=producer, reason="withdrew", acting=cast["ogr"], at=AT)
    [event] = Event.objects.filter(verb="remove_producer")
    assert event.data == {
        "producer": event.data["producer"],
        "producers": 0,
        "removal_reason": "withdrew",
    }


def test_correcting_somebody_who_was_taken_out_says_so(cast: Cast) -> None:
    producer = add(cast)
    seen = Producer.objects.get(pk=producer.pk)
    remove_producer(producer=producer, reason="withdrew", acting=cast["ogr"], at=AT)
    with pytest.raises(Conflict):
        update_producer(producer=seen, data=producer_data(), acting=cast["ogr"], at=AT)


@pytest.mark.parametrize("role", ["ogr", "oga"])
def test_a_document_is_not_revealed_to_who_works_elsewhere(cast: Cast, role: str) -> None:
    elsewhere = make_membership(
        role, organisation=make_organisation(role, departments=[make_department("05", "Antioquia")])
    )
    with pytest.raises(NotAllowed):
        reveal_document(producer=add(cast), acting=elsewhere, at=AT)
    assert not Event.objects.filter(verb="reveal_document").exists()


def test_no_event_carries_a_personal_field(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    producer = add(cast)
    changed = producer_data(surnames="Tutistar Erazo", phone="3111112222")
    update_producer(producer=producer, data=changed, acting=cast["ogr"], at=AT)
    reveal_document(producer=producer, acting=cast["oga"], at=AT)
    remove_producer(producer=producer, reason="mistake", acting=cast["ogr"], at=AT)
    told = " ".join(f"{event.data} {event.reason}" for event in Event.objects.all())
    logged = " ".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db")
    )
    personal = ("27999111", "Rosa", "Guerrero", "Tutistar", "3107654321", "3111112222", "Esperanza")
    assert [word for word in personal if word in told + logged] == []
    assert Event.objects.get(verb="update_producer").data["fields"] == ["phone", "surnames"]
    assert verify_audit().broken == ()


# -- What a profile lacks, and its eligibility --------------------------------------------------
def submit(cast: Cast) -> Alliance:
    return advance(alliance_id=cast.alliance.pk, verb="submit", acting=cast["ogr"], at=AT)


def test_profile_is_presented_when_nothing_is_missing(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        submit(cast)
    add(cast, consented_on=None)
    assert len(profile_gaps(cast.alliance)) == 1
    cast.alliance.producers.update(consented_on="2026-02-01")
    Alliance.objects.filter(pk=cast.alliance.pk).update(ally=None)
    assert len(profile_gaps(cast.alliance)) == 1
    Alliance.objects.filter(pk=cast.alliance.pk).update(ally=cast["ally"].organisation)
    assert submit(cast).status == "submitted"


@pytest.mark.parametrize(
    ("producers", "is_complete"), [(2, False), (3, True), (4, True), (5, False)]
)
def test_call_says_how_many_producers(cast: Cast, producers: int, is_complete: bool) -> None:
    under(ruled_call(("size", "people", 3, 4)), cast)
    complete(cast, producers)
    assert (profile_gaps(cast.alliance) == []) is is_complete


def test_eligibility_is_judged_when_it_is_declared(cast: Cast) -> None:
    under(ruled_call(("experience", "years", 3, None), ("household", "none", None, 1)), cast)
    make_producer(cast.alliance, experience_years=1)
    make_producer(cast.alliance, household_key="")
    submit(cast)
    with pytest.raises(NotAllowed):  # it was this OGR that presented it
        verify_profile(alliance=cast.alliance, acting=cast["ogr"], at=AT)
    check_profile(alliance=cast.alliance, acting=cast["ogr"], at=AT)
    checked = Event.objects.latest("pk")
    assert (checked.verb, checked.data["eligibility"]["verdict"]) == ("check_profile", "not_met")
    with pytest.raises(NotAllowed) as refusal:
        verify_profile(alliance=cast.alliance, acting=cast["scorer"], at=AT)
    assert refusal.value.message.count(";") == 1
    cast.alliance.producers.update(experience_years=3, household_key="H9")
    cast.alliance.producers.filter(pk=cast.alliance.producers.first().pk).update(household_key="H8")
    verified = verify_profile(alliance=cast.alliance, acting=cast["scorer"], at=AT)
    assert verified.status == "eligible"


# -- The study -----------------------------------------------------------------------------------
def write(cast: Cast, acting: str = "ogr", **options: Any) -> PreinvestmentStudy:
    return write_study(
        alliance=cast.alliance,
        data=options.pop("data", study_data()),
        acting=cast[acting],
        at=AT,
        **options,
    )


@pytest.mark.parametrize("status", list(Status))
def test_study_is_written_only_in_preparation_or_returned(cast: Cast, status: Status) -> None:
    walk_to(cast.alliance, status)
    if status in STUDY_OPEN:
        assert write(cast).prepared_by == cast["ogr"]
    else:
        with pytest.raises(NotAllowed):
            write(cast)


@pytest.mark.parametrize("role", ["eip", "scorer", "oga", "organisation", "policy"])
def test_study_is_written_by_who_advises(cast: Cast, role: str) -> None:
    walk_to(cast.alliance, "preparing")
    with pytest.raises(NotAllowed):
        write(cast, role)
    assert not PreinvestmentStudy.objects.exists()


@pytest.mark.parametrize(
    ("status", "state"), [("executing", "not_met"), ("graduated", "not_met"), ("viable", "met")]
)
def test_support_on_record_counts_against_a_declared_no(
    cast: Cast, status: str, state: str
) -> None:
    under(ruled_call(("earlier_support", "none", None, None)), cast)
    make_producer(cast.alliance, document_number="59001002")
    other = make_alliance(status, organisation=make_organisation(), ally=make_organisation("ally"))
    make_producer(other, document_number="59001002")
    make_producer(other, document_kind="ce", document_number="59001002")

    [(_producer, [finding])] = eligibility_of(cast.alliance).producers

    assert finding.state == state
    assert (other.code in finding.figure) == (state == "not_met")


def test_a_namesake_of_the_call_is_asked_about_as_in_a_file(cast: Cast) -> None:
    there = make_alliance(call=cast.alliance.call, code="T-OTHER")
    make_producer(
        there, given_names="ROSA Elvira", surnames="Guerrero Nástul", born_on=date(1985, 2, 11)
    )
    add = partial(
        add_producer, alliance=cast.alliance, data=producer_data(), acting=cast["ogr"], at=AT
    )
    with pytest.raises(Unconfirmed, match="T-OTHER"):
        add(key=uuid4(), despite="")
    assert add(key=uuid4(), despite="Son primas: vimos las dos cédulas.").pk
    event = Event.objects.get(verb="add_producer")
    assert event.data["despite"]["namesake_in"] == "T-OTHER"


def test_study_is_one_and_its_rewriting_an_event(cast: Cast) -> None:
    walk_to(cast.alliance, "preparing")
    write(cast)
    write(cast)
    write(cast, data=study_data(market="Otra planta."))
    assert PreinvestmentStudy.objects.get().market == "Otra planta."
    assert [event.data["fields"] for event in Event.objects.filter(verb="write_study")][1:] == [
        ["market"]
    ]


def test_visit_of_the_study_has_taken_place(cast: Cast) -> None:
    walk_to(cast.alliance, "preparing")
    with pytest.raises(ValidationError):
        write(cast, data=study_data(visited_on=date(2026, 3, 3)))


@pytest.mark.parametrize(
    ("value", "rate"), [("182000000", "-50"), ("1", "0"), ("-182000000", "80")]
)
def test_value_and_rate_of_a_study_tell_one_story(cast: Cast, value: str, rate: str) -> None:
    walk_to(cast.alliance, "preparing")
    figures = {
        "net_present_value_cop": Decimal(value),
        "internal_rate_percent": Decimal(rate),
    }
    with pytest.raises(ValidationError) as refused:
        write(cast, data=study_data(**figures))
    assert list(refused.value.message_dict) == ["internal_rate_percent"]
    assert not PreinvestmentStudy.objects.exists()


@pytest.mark.parametrize(("value", "rate"), [("-5000000", "4"), ("-1", "-20"), ("0", "12")])
def test_a_plan_that_does_not_pay_may_be_written_down(cast: Cast, value: str, rate: str) -> None:
    walk_to(cast.alliance, "preparing")
    figures = {"net_present_value_cop": Decimal(value), "internal_rate_percent": Decimal(rate)}
    assert write(cast, data=study_data(**figures)).pk


def test_study_is_presented_whole_with_its_signed_document(cast: Cast) -> None:
    walk_to(cast.alliance, "preparing")
    assert len(study_gaps(cast.alliance)) == 1
    write(cast)
    with pytest.raises(NotAllowed):
        advance(alliance_id=cast.alliance.pk, verb="submit_study", acting=cast["ogr"], at=AT)
    key = uuid4()
    for _click in (1, 2):
        write(cast, document=SimpleUploadedFile("estudio.pdf", PDF), key=key)
    assert study_gaps(cast.alliance) == []
    [document] = cast.alliance.documents.filter(kind="study")
    assert document.versions.count() == 1
    write(cast, document=SimpleUploadedFile("estudio2.pdf", PDF + b"\n"), key=uuid4())
    assert document.versions.count() == 2
    moved = advance(alliance_id=cast.alliance.pk, verb="submit_study", acting=cast["ogr"], at=AT)
    assert moved.status == "study_submitted"


# -- The manager ---------------------------------------------------------------------------------
def register(cast: Cast, acting: str = "oga", **changes: Any) -> Any:
    fields = {"manager": cast["manager"], "since": date(2026, 3, 1), "at": AT} | changes
    return register_manager(
        alliance=cast.alliance, monthly_fee_cop=Decimal(1_750_905), acting=cast[acting], **fields
    )


def test_manager_is_one_at_a_time() -> None:
    cast = make_cast("executing")
    assert register(cast).pk == register(cast).pk
    other = make_membership("manager", organisation=cast["manager"].organisation)
    with pytest.raises(ValidationError):
        register(cast, manager=other)


def test_a_manager_registered_before_is_answered_whatever_changed_since() -> None:
    cast, key = make_cast("executing"), uuid4()
    first = register(cast, key=key)
    end(cast["manager"], AT.date() - timedelta(days=1))
    cast["manager"].refresh_from_db()
    assert register(cast, key=key) == first


def test_another_manager_follows_once_the_contract_of_the_first_has_ended() -> None:
    cast = make_cast("executing")
    first = register(cast, since=date(2026, 2, 1))
    other = make_membership("manager", organisation=cast["manager"].organisation)
    end = {"alliance": cast.alliance, "acting": cast["oga"], "at": AT, "key": uuid4()}
    wanted = {
        "until": date(2026, 2, 28),
        "reason": "Renunció por otro trabajo",
        "reason_code": "replaced",
    }

    for wrong, error in (
        ({"until": date(2026, 1, 31)}, DomainError),
        ({"until": date(2026, 3, 3)}, DomainError),
        ({"reason": " "}, DomainError),
        ({"acting": cast["organisation"]}, NotAllowed),
    ):
        with pytest.raises(error):
            end_manager(**(end | wanted | wrong))
    assert [end_manager(**end, **wanted).until for _click in range(2)] == [date(2026, 2, 28)] * 2
    with pytest.raises(Conflict):
        end_manager(**(end | {"key": uuid4()}), **wanted)
    assert register(cast, manager=other).user == other.user
    assert cast.alliance.managers.count() == 2
    assert Event.objects.get(verb="end_manager").data["manager"] == first.pk


def test_the_end_of_a_managers_contract_has_its_page(today: Any) -> None:
    cast = make_cast("executing")
    register(cast)
    url = f"/alianzas/{cast.alliance.code}/gerente/terminar/"
    sent = {
        "key": uuid4(),
        "until": "2026-03-02",
        "reason": "Terminó su práctica aquí",
        "reason_code": "replaced",
    }

    assert client_of(cast["oga"]).get(url).status_code == 200
    assert client_of(cast["organisation"]).get(url).status_code == 403
    assert client_of(cast.outsider).get(url).status_code == 404
    assert client_of(cast["oga"]).post(url, sent | {"until": "2026-03-03"}).status_code == 422
    assert client_of(cast["oga"]).post(url, sent).status_code == 302
    assert cast.alliance.managers.get().until == date(2026, 3, 2)


def test_manager_belongs_to_the_organisation_and_to_its_time() -> None:
    cast = make_cast("executing")
    with pytest.raises(DomainError):
        register(cast, manager=make_membership("manager"))
    with pytest.raises(NotAllowed):
        register(cast, "eip")
    with pytest.raises(NotAllowed):
        register(make_cast("draft"))


# -- Home ----------------------------------------------------------------------------------------
def test_home_tells_the_ogr_what_each_profile_lacks(cast: Cast) -> None:
    [row] = waiting_for(Desk(cast["ogr"], AT))
    assert (row.alliance_id, row.tone) == (cast.alliance.pk, "attention")  # however far its day
    assert row.why.endswith("20 working days left")
    assert row.url.endswith("/productores/")
    complete(cast)
    [row] = waiting_for(Desk(cast["ogr"], AT))
    assert row.tone == "good"
    assert row.url.endswith(f"/{cast.alliance.code}/")
    submit(cast)
    assert waiting_for(Desk(cast["ogr"], AT)) == []  # who presented it does not verify it
    [row] = waiting_for(Desk(cast["scorer"], AT))
    assert row.url.endswith("/elegibilidad/")


def test_queries_of_the_home_page_do_not_grow(cast: Cast) -> None:
    assert cast["ogr"].organisation.served  # kept with the body from then on
    counts = []
    for _times in (1, 2):
        for status in ("draft", "submitted"):
            for _each in range(3):
                make_producer(make_alliance(status))
        with CaptureQueriesContext(connection) as queries:
            waiting_for(Desk(cast["ogr"], AT))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_home_tells_a_consultant_which_studies_to_write(cast: Cast) -> None:
    consultant = make_membership("consultant")
    Appointment.objects.create(
        alliance=cast.alliance,
        duty="advise",
        organisation=consultant.organisation,
        person=consultant.user,
        since=date(2026, 2, 1),
    )
    assert waiting_for(Desk(consultant, AT)) == []
    walk_to(cast.alliance, "preparing")
    [row] = waiting_for(Desk(consultant, AT))
    assert row.url.endswith("/estudio/")


@pytest.mark.parametrize("role", ["eip", "scorer", "oga", "policy", "trustee"])
def test_home_has_nothing_of_this_room_for_others(cast: Cast, role: str) -> None:
    assert waiting_for(Desk(cast[role], AT)) == []


# -- Two at once ---------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_profiles_presented_at_once_have_different_codes(cast: Cast) -> None:
    made = at_once(*[lambda: new_profile(cast["ogr"], cast) for _each in range(4)])
    prefix = f"{cast.alliance.call.code}-52-"
    assert sorted(row.code for row in made) == [f"{prefix}000{number}" for number in (1, 2, 3, 4)]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_once_is_one_profile(cast: Cast) -> None:
    key, organisation = uuid4(), make_organisation()
    made = at_once(
        *[
            lambda: new_profile(cast["ogr"], cast, key=key, organisation=organisation)
            for _each in range(3)
        ]
    )
    assert len({row.pk for row in made}) == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_added_twice_at_once_is_one_producer(cast: Cast) -> None:
    results = at_once(lambda: add(cast), lambda: add(cast))
    refused = [result for result in results if isinstance(result, ValidationError)]
    assert len(refused) == 1
    assert cast.alliance.producers.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_added_at_once_to_two_profiles_of_a_call_is_in_one(cast: Cast) -> None:
    other = make_alliance(call=cast.alliance.call, municipality=cast.alliance.municipality)

    def add_to(alliance: Alliance) -> Producer:
        return add_producer(
            alliance=alliance, data=producer_data(), acting=cast["ogr"], at=AT, key=uuid4()
        )

    for _again in range(3):
        results = at_once(lambda: add_to(cast.alliance), lambda: add_to(other))
        added = [result for result in results if isinstance(result, Producer)]
        refused = [result for result in results if isinstance(result, ValidationError)]
        assert (len(added), len(refused)) == (1, 1)
        assert "profile" in str(refused[0])
        added[0].delete()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_waited_while_the_crop_was_changed_finds_its_alliance(cast: Cast) -> None:
    """The lock joins the alliance to names that are not locked: they may have been others."""
    gate = Barrier(2, timeout=10)

    def change() -> None:
        with transaction.atomic():
            locked = lock_alliance(pk=cast.alliance.pk)
            gate.wait()
            time.sleep(0.3)  # the other is waiting for the row by now
            Alliance.objects.filter(pk=locked.pk).update(crop=make_crop("Café"))

    def wait() -> str:
        gate.wait()
        with transaction.atomic():
            return lock_alliance(pk=cast.alliance.pk).crop.name_es

    assert at_once(change, wait) == [None, "Café"]


@pytest.mark.django_db(transaction=True)
def test_presenting_and_changing_at_once_leaves_no_change_afterwards(cast: Cast) -> None:
    make_producer(cast.alliance)
    results = at_once(lambda: submit(cast), lambda: add(cast))
    verbs = list(
        Event.objects.filter(alliance=cast.alliance)
        .order_by("sequence")
        .values_list("verb", flat=True)
    )
    assert "submit" in verbs
    if "add_producer" in verbs:
        assert verbs.index("add_producer") < verbs.index("submit")
    else:
        assert any(isinstance(result, NotAllowed) for result in results)
