"""Pages of the room: who opens them, what they show of people, and what they cost."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliances.lifecycle.models import Alliance, Event
from alliances.models import ApprenticeManager, Consultant, Credential, Producer
from tests.alliances.preparation.conftest import (
    ROLES,
    client_of,
    complete,
    producer_form,
    ruled_call,
    under,
)
from tests.alliances.preparation.workbooks import make_nit
from tests.factories.alliances import (
    READERS,
    Cast,
    make_alliance,
    make_call,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
    make_user,
    walk_to,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
#: The OGR that helps a draft, its organisation, and whoever the factory appointed to it.
OWN_PEOPLE = ("ogr", "organisation", "manager", "scorer", "oga", "trustee")
WORKS_WITH_PEOPLE = ("eip", "ogr", "oga", "manager", "organisation")


def url(name: str, cast: Cast, *args: Any) -> str:
    return reverse(f"alliances:{name}", args=[cast.alliance.code, *args])


def sent_profile(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "call": cast.alliance.call_id,
        "name": "Papa de Catambuco",
        "organisation_name": "Asociación Catambuco",
        "organisation_nit": make_nit(900_373_910),
        "founded_on": "2018-06-01",
        "municipality": "52001",
        "crop": cast.alliance.crop_id,
        "ally_name": "Compradora Andina",
        "ally_nit": "",
        "route": "basic",
        "total_value_cop": "500.000.000",
        "incentive_cop": "150.000.000",
    } | changes


# -- The producers -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_producers_are_shown_by_name_only_to_who_works_with_them(role: str) -> None:
    cast = make_cast("submitted")
    producer = make_producer(cast.alliance, surnames="Tutistar", phone="3109998877")
    page = client_of(cast[role]).get(url("producer-list", cast))
    text = page.content.decode()
    assert page.status_code == 200
    assert ("Tutistar" in text) is (role in WORKS_WITH_PEOPLE)
    assert producer.document_number not in text
    assert producer.phone not in text


@pytest.mark.parametrize("role", READERS)
def test_whole_document_is_given_to_ogr_and_oga_and_recorded(role: str) -> None:
    cast = make_cast("submitted")
    producer = make_producer(cast.alliance)
    answer = client_of(cast[role]).post(url("producer-reveal", cast, producer.pk))
    may = role in ("ogr", "oga")
    assert answer.status_code == (200 if may else 403)
    assert (producer.document_number in answer.content.decode()) is may
    events = Event.objects.filter(verb="reveal_document")
    assert [event.data for event in events] == ([{"producer": producer.pk}] if may else [])


def test_whole_document_comes_alone_to_htmx_and_is_never_a_get(cast: Cast) -> None:
    producer = make_producer(cast.alliance)
    client = client_of(cast["ogr"])
    address = url("producer-reveal", cast, producer.pk)
    assert "<html" not in client.post(address, headers={"hx-request": "true"}).content.decode()
    assert client.get(address).status_code == 405


def test_producer_of_another_alliance_is_not_found(cast: Cast) -> None:
    stranger = make_producer(make_alliance())
    client = client_of(cast["ogr"])
    for name in ("producer-edit", "producer-remove", "producer-reveal"):
        assert client.post(url(name, cast, stranger.pk)).status_code == 404


def test_producer_is_added_from_the_form_once(cast: Cast) -> None:
    client, sent = client_of(cast["ogr"]), producer_form()
    for _click in (1, 2):
        assert client.post(url("producer-create", cast), sent).status_code == 302
    producer = Producer.objects.get()
    assert (producer.document_number, producer.phone) == ("27123456", "3107654321")
    assert (producer.farm_area_ha, producer.assets_cop) == (2.5, 40_000_000)
    assert (producer.literate, producer.had_earlier_support) == (True, False)


def test_person_of_another_profile_is_named_beside_their_document(cast: Cast) -> None:
    other = under(cast.alliance.call, make_cast())
    assert client_of(other["ogr"]).post(url("producer-create", other), producer_form()).url
    answer = client_of(cast["ogr"]).post(url("producer-create", cast), producer_form())
    assert answer.status_code == 422
    [said] = answer.context["form"].errors["document_number"]
    assert other.alliance.code in said


def test_form_of_a_producer_shows_what_to_mend(cast: Cast) -> None:
    sent = producer_form(born_on="2020-01-01", monthly_income_cop="mucho")
    answer = client_of(cast["ogr"]).post(url("producer-create", cast), sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"monthly_income_cop", "born_on"}
    sent |= {"monthly_income_cop": "900.000", "born_on": "1985-02-11", "project_area_ha": "9"}
    answer = client_of(cast["ogr"]).post(url("producer-create", cast), sent)
    assert set(answer.context["form"].errors) == {"project_area_ha"}
    assert not Producer.objects.exists()


def test_every_fault_of_a_form_is_told_in_the_first_wave(cast: Cast) -> None:
    """What cannot be read, and what contradicts another answer, together beside their fields."""
    client = client_of(cast["ogr"])
    wrong = {"ally_nit": "901234567-1", "organisation_nit": "900373910-9", "name": ""}
    profile = sent_profile(cast, **wrong, incentive_cop="600.000.000", founded_on="2150-01-01")
    producer = producer_form(
        surnames="", project_area_ha="9", farm_area_ha="2", experience_years="80"
    )

    told = client.post(reverse("alliances:profile-create"), profile).context["form"].errors
    assert set(told) == {*wrong, "founded_on", "incentive_cop"}
    told = client.post(url("producer-create", cast), producer)
    assert set(told.context["form"].errors) == {"surnames", "project_area_ha", "experience_years"}


def test_document_left_empty_is_kept_and_never_shown(cast: Cast) -> None:
    producer = make_producer(cast.alliance, document_number="27555111")
    client = client_of(cast["ogr"])
    page = client.get(url("producer-edit", cast, producer.pk)).content.decode()
    assert "27555111" not in page
    sent = producer_form(document_number="", surnames="Jojoa")
    assert client.post(url("producer-edit", cast, producer.pk), sent).status_code == 302
    producer.refresh_from_db()
    assert (producer.document_number, producer.surnames) == ("27555111", "Jojoa")


def test_producer_is_taken_out_with_a_reason_of_the_list(cast: Cast) -> None:
    producer = make_producer(cast.alliance)
    client = client_of(cast["ogr"])
    address = url("producer-remove", cast, producer.pk)
    assert client.get(address).status_code == 405
    assert client.post(address, {"reason": "porque sí"}).status_code == 400
    assert client.post(address, {"reason": "withdrew"}).status_code == 302
    assert not Producer.objects.exists()


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("ogr", "organisation")])
def test_other_roles_do_not_write_profiles(cast: Cast, role: str) -> None:
    producer = make_producer(cast.alliance)
    client = client_of(cast[role])
    for address, sent in (
        (reverse("alliances:profile-create"), sent_profile(cast)),
        (url("profile-edit", cast), sent_profile(cast)),
        (url("producer-create", cast), producer_form()),
        (url("producer-edit", cast, producer.pk), producer_form()),
        (url("producer-remove", cast, producer.pk), {"reason": "withdrew"}),
    ):
        is_unknown = role not in OWN_PEOPLE and str(cast.alliance.code) in address
        assert client.post(address, sent).status_code == (404 if is_unknown else 403), address
    assert list(Producer.objects.all()) == [producer]


@pytest.mark.parametrize("role", ROLES)
def test_a_draft_is_read_by_its_own_people_alone(cast: Cast, role: str) -> None:
    client, code = client_of(cast[role]), cast.alliance.code
    answer = client.get(url("alliance-detail", cast))
    assert answer.status_code == (200 if role in OWN_PEOPLE else 404)
    assert (code in client.get(reverse("alliances:alliance-list")).content.decode()) is (
        role in OWN_PEOPLE
    )


def test_outsider_finds_nothing(cast: Cast) -> None:
    producer = make_producer(cast.alliance)
    client = client_of(cast.outsider)
    for name, args in (
        ("producer-list", []),
        ("producer-create", []),
        ("producer-edit", [producer.pk]),
        ("producer-remove", [producer.pk]),
        ("producer-reveal", [producer.pk]),
        ("study", []),
        ("profile-edit", []),
        ("eligibility", []),
        ("verify", []),
        ("manager-create", []),
    ):
        assert client.post(url(name, cast, *args)).status_code in (404, 405), name


# -- The profile ---------------------------------------------------------------------------------
def test_profile_is_presented_from_the_form_once(cast: Cast) -> None:
    client, sent = client_of(cast["ogr"]), sent_profile(cast)
    answers = [client.post(reverse("alliances:profile-create"), sent) for _click in (1, 2)]
    alliance = Alliance.objects.get(name="Papa de Catambuco")
    assert {answer["Location"] for answer in answers} == {
        reverse("alliances:producer-list", args=[alliance.code])
    }
    assert alliance.organisation.nit == make_nit(900_373_910)
    assert alliance.organisation.founded_on is not None
    assert alliance.ally is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation_nit", "900373910-9"),
        ("incentive_cop", "600.000.000"),
        ("total_value_cop", "0"),
        ("municipality", "05001"),
        ("founded_on", "2027-01-01"),
    ],
)
def test_profile_that_makes_no_sense_is_not_written(cast: Cast, field: str, value: str) -> None:
    sent = sent_profile(cast, **{field: value})
    answer = client_of(cast["ogr"]).post(reverse("alliances:profile-create"), sent)
    assert answer.status_code == 422
    assert not Alliance.objects.filter(name="Papa de Catambuco").exists()


@pytest.mark.parametrize(("kind", "field"), [("producer", "organisation"), ("ally", "ally")])
def test_a_registered_nit_goes_with_its_registered_name(cast: Cast, kind: str, field: str) -> None:
    known, page = make_nit(901_555_111), reverse("alliances:profile-create")
    make_organisation(kind, "Asopastos del Sur", nit=known)
    sent = sent_profile(cast, **{f"{field}_nit": known, f"{field}_name": "Otra"})
    told = client_of(cast["ogr"]).post(page, sent)
    assert told.status_code == 422
    [error] = told.context["form"].errors[f"{field}_name"]
    assert "«Asopastos del Sur», not «Otra»" in error
    same = sent | {f"{field}_name": "ASOPASTOS  del Súr"}
    assert client_of(cast["ogr"]).post(page, same).status_code == 302


def test_profile_is_corrected_from_the_form(cast: Cast) -> None:
    client = client_of(cast["ogr"])
    page = client.get(url("profile-edit", cast))
    assert 'value="700.000.000"' in page.content.decode()
    sent = sent_profile(cast, organisation_nit="", organisation_name="Asociación Los Pastos")
    assert client.post(url("profile-edit", cast), sent).status_code == 302
    cast.alliance.refresh_from_db()
    assert (cast.alliance.name, cast.alliance.route) == ("Papa de Catambuco", "basic")


def test_desk_tells_what_each_profile_of_the_region_lacks(cast: Cast) -> None:
    under(ruled_call(("size", "people", 2, 60)), cast)
    make_producer(cast.alliance, consented_on=None)
    rows = client_of(cast["ogr"]).get(reverse("alliances:profile-list")).context["rows"]
    assert [(row.alliance, row.producers, len(row.gaps)) for row in rows] == [(cast.alliance, 1, 2)]
    assert not client_of(cast.outsider).get(reverse("alliances:profile-list")).context["rows"]
    walk_to(cast.alliance, "eligible")
    assert not client_of(cast["ogr"]).get(reverse("alliances:profile-list")).context["rows"]


def test_queries_of_the_desk_do_not_grow_with_its_rows(cast: Cast) -> None:
    client, counts = client_of(cast["ogr"]), []
    for _times in (1, 2):
        for _each in range(5):
            make_producer(make_alliance())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("alliances:profile-list")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# -- Eligibility ---------------------------------------------------------------------------------
def ruled_cast() -> Cast:
    """A submitted profile of a call with limits to age, experience and size."""
    limits = (("age", "years", 18, 60), ("experience", "years", 3, None), ("size", "people", 2, 60))
    cast = under(ruled_call(*limits), make_cast())
    walk_to(cast.alliance, "submitted")
    return cast


def test_eligibility_page_shows_figures_and_masks_documents() -> None:
    cast = ruled_cast()
    make_producer(cast.alliance, experience_years=1, surnames="Botina")
    make_producer(cast.alliance, surnames="Chaves")
    page = client_of(cast["ogr"]).get(url("eligibility", cast))
    assert [(row.producer.surnames, str(row.verdict)) for row in page.context["pending"]] == [
        ("Botina", "not_met")
    ]
    assert [row.producer.surnames for row in page.context["settled"]] == ["Chaves"]
    counts = [(row.label, row.met, row.not_met) for row in page.context["rules"]]
    assert [(met, failing) for _label, met, failing in counts] == [(2, 0), (1, 1)]
    for producer in cast.alliance.producers.all():
        assert producer.document_number not in page.content.decode()


@pytest.mark.parametrize("role", ["cir", "evaluator", "trustee", "scorer"])
def test_eligibility_page_shows_counts_without_people_to_others(role: str) -> None:
    cast = ruled_cast()
    make_producer(cast.alliance, surnames="Botina")
    page = client_of(cast[role]).get(url("eligibility", cast))
    assert page.status_code == 200
    assert "Botina" not in page.content.decode()
    assert page.context["rules"]


def test_profile_is_declared_eligible_once_with_counts_in_the_event() -> None:
    cast = ruled_cast()
    complete(cast, 2)
    client, sent = client_of(cast["ogr"]), {"key": str(uuid4())}
    assert client.get(url("verify", cast)).status_code == 405
    for _click in (1, 2):
        assert client.post(url("verify", cast), sent).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "eligible"
    event = Event.objects.get(verb="verify", actor=cast["ogr"].user)
    assert event.data["eligibility"] == {
        "verdict": "met",
        "producers": 2,
        "by_rule": {"age": {"met": 2}, "experience": {"met": 2}},
        "profile": {"size": "met"},
    }


def test_profile_that_fails_a_limit_is_not_declared_eligible() -> None:
    cast = ruled_cast()
    complete(cast, 2)
    make_producer(cast.alliance, experience_years=0)
    answer = client_of(cast["ogr"]).post(url("verify", cast), {"key": str(uuid4())})
    assert answer.status_code == 403
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "submitted"


@pytest.mark.parametrize("role", [role for role in READERS if role not in ("ogr", "scorer")])
def test_other_roles_do_not_verify(role: str) -> None:
    cast = ruled_cast()
    complete(cast, 2)
    answer = client_of(cast[role]).post(url("verify", cast), {"key": str(uuid4())})
    assert answer.status_code == 403


# -- Cost ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["producer-list", "eligibility", "study"])
def test_queries_do_not_grow_with_producers(cast: Cast, name: str) -> None:
    client = client_of(cast["ogr"])
    counts = []
    for _times in (1, 2):
        complete(cast, 8)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name, cast)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_queries_of_the_register_of_consultants_do_not_grow(cast: Cast) -> None:
    client = client_of(cast["eip"])
    counts = []
    for _times in (1, 2):
        for _each in range(5):
            consultant = Consultant.objects.create(
                user=make_user(), profession="Agrónoma", experience_years=5
            )
            Credential.objects.create(
                consultant=consultant, title="Título", issuer="U", issued_on="2015-01-01"
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("alliances:consultant-list")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# -- Managers and consultants ----------------------------------------------------------------------
def test_manager_is_registered_by_the_oga() -> None:
    cast = make_cast("executing")
    sent = {"manager": cast["manager"].pk, "since": "2026-03-01", "monthly_fee_cop": "1.750.905"}
    answer = client_of(cast["oga"]).post(url("manager-create", cast), sent)
    assert answer.status_code == 302
    manager = ApprenticeManager.objects.get()
    assert (manager.user, manager.monthly_fee_cop) == (cast["manager"].user, 1_750_905)
    assert client_of(cast["ogr"]).post(url("manager-create", cast), sent).status_code == 403


@pytest.mark.parametrize("role", READERS)
def test_the_manager_and_their_pay_are_shown_to_who_works_with_people(role: str) -> None:
    cast = make_cast("executing")
    user = make_user(first_name="Yaneth", last_name="Tupaz")
    ApprenticeManager.objects.create(
        alliance=cast.alliance, user=user, since="2026-03-01", monthly_fee_cop=1_750_905
    )

    text = client_of(cast[role]).get(url("producer-list", cast)).content.decode()

    sees = role in WORKS_WITH_PEOPLE
    assert ("Yaneth Tupaz" in text, "1.750.905" in text) == (sees, sees)


def test_credential_is_written_by_the_consultant_and_verified_by_the_ogr(cast: Cast) -> None:
    member = make_membership("consultant")
    consultant = Consultant.objects.create(
        user=member.user, profession="Economista", experience_years=7
    )
    sent = {"title": "Economía", "issuer": "Udenar", "issued_on": "2012-12-01", "expires_on": ""}
    own = client_of(member)
    address = reverse("alliances:credential-create", args=[consultant.pk])
    assert [own.post(address, sent).status_code for _click in (1, 2)] == [302, 302]
    credential = Credential.objects.get()
    verify = reverse("alliances:credential-verify", args=[credential.pk])
    assert own.post(verify).status_code == 403
    assert client_of(cast["ogr"]).get(verify).status_code == 405
    assert client_of(cast["ogr"]).post(verify).status_code == 302
    credential.refresh_from_db()
    assert credential.verified_by == cast["ogr"]


def test_another_consultant_is_not_found(cast: Cast) -> None:
    someone = Consultant.objects.create(user=make_user(), profession="X", experience_years=1)
    other = client_of(make_membership("consultant"))
    address = reverse("alliances:credential-create", args=[someone.pk])
    assert other.get(address).status_code == 404
    assert list(other.get(reverse("alliances:consultant-list")).context["rows"]) == []


def test_no_open_call_is_said_instead_of_an_empty_form() -> None:
    make_call(sealed=False)
    page = client_of(make_membership("ogr")).get(reverse("alliances:profile-create"))
    assert page.status_code == 200
    assert reverse("alliances:call-list") in page.content.decode()
