"""An organisation writes, presents, mends and withdraws its own profile, and no other's."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from alliances.lifecycle.desk import Desk, counts_of_tasks, waiting_for_task
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.owing import awaited_from, debts_to
from alliances.lifecycle.selectors import may_act, may_do
from alliances.lifecycle.services import advance
from alliances.lifecycle.table import Status
from alliances.people.models import Membership, Producer
from alliances.preparation.home import waiting_for as to_prepare
from alliances.preparation.returned import last_return, open_points, open_return
from alliances.preparation.services import create_profile, update_profile
from alliances.preparation.services.profiles import ProfileFields
from alliances.selection.services import start_score
from alliances.selection.table import SEAL_VERIFICATION, START_SCORE
from alliances.territory.models import Municipality
from kit.errors import NotAllowed
from tests.alliances.preparation.conftest import (
    client_of,
    complete,
    producer_form,
    ruled_call,
    under,
)
from tests.alliances.preparation.test_pages import sent_profile, url
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_cast,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
    walk_to,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
NEW = reverse("alliances:profile-create")
ASKED = {"reason_code": "incomplete", "reason": "Falta el certificado de existencia."}


def sent_by_itself(cast: Cast, **changes: Any) -> dict[str, Any]:
    """What the page sends: who presents it is not asked."""
    sent = sent_profile(cast, **changes)
    return {name: sent[name] for name in sent if not name.startswith(("organisation", "founded"))}


def own_draft(cast: Cast) -> Alliance:
    answer = client_of(cast["organisation"]).post(NEW, sent_by_itself(cast))
    assert answer.status_code == 302, answer.context["form"].errors
    return Alliance.objects.get(name="Papa de Catambuco")


def test_it_writes_its_own_draft_without_telling_who_it_is(cast: Cast) -> None:
    page = client_of(cast["organisation"]).get(NEW)
    assert cast["organisation"].organisation.name in page.content.decode()
    assert "organisation_nit" not in page.context["form"].fields
    assert reverse("alliances:import-profiles") not in page.content.decode()

    draft = own_draft(cast)

    assert draft.organisation == cast["organisation"].organisation
    assert draft.status == Status.DRAFT
    event = draft.events.get()
    assert (event.verb, event.duty) == ("create_profile", Duty.PROMOTE)
    assert event.organisation == cast["organisation"].organisation


def test_a_forged_form_names_nobody_else(cast: Cast) -> None:
    sent = sent_profile(cast)  # another organisation, by its name and NIT
    assert client_of(cast["organisation"]).post(NEW, sent).status_code == 302
    draft = Alliance.objects.get(name="Papa de Catambuco")
    assert draft.organisation == cast["organisation"].organisation


def _fields(alliance: Alliance, **changes: Any) -> dict[str, Any]:
    names = ProfileFields.__dataclass_fields__
    return {name: getattr(alliance, name) for name in names} | changes


def test_the_service_refuses_the_profile_of_another(cast: Cast) -> None:
    other = make_organisation()
    own, acting = own_draft(cast), cast["organisation"]
    with pytest.raises(NotAllowed):
        create_profile(
            call=cast.alliance.call,
            acting=acting,
            at=AT,
            key=uuid4(),
            fields=ProfileFields(**_fields(own, organisation=other)),
        )
    with pytest.raises(NotAllowed):
        update_profile(
            alliance=own,
            fields=ProfileFields(**_fields(own, organisation=other)),
            acting=acting,
            at=AT,
        )
    foreign = make_alliance(call=cast.alliance.call, organisation=other)
    with pytest.raises(NotAllowed):
        update_profile(
            alliance=foreign,
            fields=ProfileFields(**_fields(foreign, name="Ajena")),
            acting=acting,
            at=AT,
        )
    with pytest.raises(NotAllowed):
        advance(alliance_id=foreign.pk, verb="submit", acting=acting, at=AT)


def test_nor_may_its_manager_or_its_buyer_write_it(cast: Cast) -> None:
    for role in ("manager", "ally"):
        assert client_of(cast[role]).get(NEW).status_code == 403
        assert not may_act(cast.alliance, Duty.PROMOTE, cast[role])


def test_calls_and_places_are_those_of_its_region(cast: Cast) -> None:
    def form_in(municipality: Municipality) -> Any:
        body = make_organisation(municipality=municipality)
        return (
            client_of(make_membership("organisation", organisation=body)).get(NEW).context["form"]
        )

    pasto, medellin = make_municipality(), make_municipality("05001", "Medellín")
    form = form_in(pasto)
    assert set(form.fields["municipality"].queryset) == {pasto}
    assert form["municipality"].value() == "52001"
    assert set(form.fields["call"].queryset) == {cast.alliance.call}

    assert make_department("05").call_region != "Pacífico"  # where the call has its money
    form = form_in(medellin)
    assert set(form.fields["municipality"].queryset) == {medellin}
    assert not form.fields["call"].queryset


def test_it_adds_its_producers_and_presents(cast: Cast) -> None:
    draft, client = own_draft(cast), client_of(cast["organisation"])
    page = reverse("alliances:producer-create", args=[draft.code])
    assert client.post(page, producer_form()).status_code == 302
    assert draft.producers.get().surnames == "Guerrero Nastul"
    act = reverse("alliances:alliance-act", args=[draft.code, "submit"])
    assert client.post(act, {"key": str(uuid4())}).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Status.SUBMITTED


def test_it_neither_verifies_nor_scores_what_it_wrote(cast: Cast) -> None:
    draft = own_draft(cast)
    member = cast["organisation"]
    for duty in (Duty.VERIFY, Duty.SCORE, Duty.SELECT, Duty.DIRECT, Duty.APPROVE, Duty.PAY):
        assert not may_act(draft, duty, member)
    for role, duty in (("ogr", Duty.VERIFY), ("cir", Duty.SELECT), ("eip", Duty.DIRECT)):
        chair = Membership(user=member.user, organisation=cast[role].organisation, role=role)
        assert "«Promote»" in may_act(draft, duty, chair).reason  # the same person, elsewhere


def test_it_begins_no_score_of_its_own_as_an_ogr_that_promoted_does(cast: Cast) -> None:
    walk_to(cast.alliance, "eligible")
    for act in (START_SCORE, SEAL_VERIFICATION):
        assert may_do(cast.alliance, act, cast["ogr"])
        refusal = may_do(cast.alliance, act, cast["organisation"])
        assert "nobody judges their own" in refusal.reason
    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=cast["organisation"], at=AT)
    page = client_of(cast["organisation"]).get(f"/api/v1/alliances/{cast.alliance.code}/")
    allowed = {row["verb"] for row in page.json()["allowed_actions"] if row["allowed"]}
    assert not allowed & {"start_score", "seal_verification", "score", "verify"}


def test_its_ogr_that_promoted_nothing_verifies_it(cast: Cast) -> None:
    draft = own_draft(cast)
    assert may_act(draft, Duty.VERIFY, cast["ogr"])
    assert may_act(draft, Duty.PROMOTE, cast["ogr"])  # until it helps


def test_a_draft_has_one_way_out_and_is_withdrawn_by_it(cast: Cast) -> None:
    draft, client = own_draft(cast), client_of(cast["organisation"])
    page = client.get(reverse("alliances:alliance-detail", args=[draft.code]))
    verbs = [card.url.rsplit("/", 2)[1] for card in page.context["allowed"]]
    assert verbs.count("discard_profile") == 1
    assert "withdraw" not in verbs
    act = reverse("alliances:alliance-act", args=[draft.code, "discard_profile"])
    why = {"reason_code": "mistake", "reason": "La asamblea decidió no presentarse."}
    assert client.post(act, {"key": str(uuid4())} | why).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Status.WITHDRAWN


def test_the_code_of_another_profile_is_told_to_no_organisation(cast: Cast) -> None:
    elsewhere = make_alliance(call=cast.alliance.call)
    known = make_producer(elsewhere, document_number="27123456", born_on="1985-02-11")
    Producer.objects.filter(pk=known.pk).update(
        given_names="Rosa Elvira", surnames="Guerrero Nastul"
    )
    page = url("producer-create", cast)
    for document in ("27123456", "98765432"):
        for role, is_told in (("organisation", False), ("ogr", True)):
            answer = client_of(cast[role]).post(page, producer_form(document_number=document))
            assert answer.status_code == 422
            errors = str(answer.context["form"].errors)
            assert (elsewhere.code in errors) is is_told, (role, document)
    assert not cast.alliance.producers.exists()


def test_workbooks_whose_checks_name_other_profiles_are_for_the_ogr(cast: Cast) -> None:
    client = client_of(cast["organisation"])
    for name in ("profile-export", "profile-correct"):
        assert client.get(url(name, cast)).status_code == 403
    assert (
        url("profile-correct", cast) not in client.get(url("producer-list", cast)).content.decode()
    )


# -- Sent back -------------------------------------------------------------------------------------
def returned() -> Cast:
    """A profile sent back with one producer too young, of a call that asks for two or more."""
    cast = make_cast("draft")
    cast = under(ruled_call(("size", "people", 2, 60), ("age", "years", 18, None)), cast)
    make_producer(cast.alliance)
    make_producer(cast.alliance, born_on="2010-01-01", surnames="Delgado Chazatar")
    advance(alliance_id=cast.alliance.pk, verb="submit", acting=cast["organisation"], at=AT)
    advance(
        alliance_id=cast.alliance.pk, verb="return_profile", acting=cast["scorer"], at=AT, **ASKED
    )
    cast.alliance.refresh_from_db()
    return cast


def test_what_was_asked_comes_first_with_a_button_for_each() -> None:
    cast = returned()
    page = client_of(cast["organisation"]).get(url("alliance-detail", cast))
    notice = page.context["notice"]
    assert notice.words == ASKED["reason"]
    assert notice.person == cast["scorer"].user.display_name
    assert notice.organisation == cast["scorer"].organisation.name
    assert notice.deadline.days_left == 20
    points = client_of(cast["organisation"]).get(url("profile-to-mend", cast))
    [point] = points.context["points"]
    assert "Delgado Chazatar" in point.text
    young = cast.alliance.producers.get(surnames="Delgado Chazatar")
    assert point.url == url("producer-edit", cast, young.pk)
    shown = page.content.decode()
    places = [url(name, cast) for name in ("profile-edit", "producer-list", "document-list")]
    assert [place.url for place in notice.places] == places
    assert all(f'href="{place}"' in shown for place in places)
    assert f'hx-get="{url("profile-to-mend", cast)}"' in shown
    assert f'href="{point.url}"' in points.content.decode()
    assert shown.index(ASKED["reason"]) < shown.index('<ol class="track')


def test_gaps_are_points_too_and_many_people_end_in_the_whole_list() -> None:
    cast = returned()
    Alliance.objects.filter(pk=cast.alliance.pk).update(ally=None)
    for _number in range(8):
        make_producer(cast.alliance, born_on="2010-01-01")
    cast.alliance.refresh_from_db()
    urls = [point.url for point in open_points(cast.alliance)]
    assert urls[0] == url("profile-edit", cast)
    assert urls[-1] == url("eligibility", cast)
    assert len(urls) == 1 + 8 + 1


@pytest.mark.parametrize("role", ["scorer", "eip", "manager", "ally"])
def test_who_cannot_mend_it_is_asked_nothing(role: str) -> None:
    cast = returned()
    client = client_of(cast[role])
    assert client.get(url("alliance-detail", cast)).context["notice"] is None
    assert client.get(url("profile-to-mend", cast)).status_code == 403


def test_it_mends_answers_and_presents_again_and_who_verifies_reads_the_answer() -> None:
    cast = returned()
    client = client_of(cast["organisation"])
    young = cast.alliance.producers.get(surnames="Delgado Chazatar")
    edit = url("producer-edit", cast, young.pk)
    sent = producer_form(surnames="Delgado Chazatar", document_number="", born_on="1990-01-01")
    assert client.post(edit, sent).status_code == 302
    act = reverse("alliances:alliance-act", args=[cast.alliance.code, "submit"])
    form = client.get(act)
    assert ASKED["reason"] in form.content.decode()
    assert form.context["form"].fields["reason"].label == "What you corrected, in a sentence"
    answer = "Se adjuntó el certificado y se corrigió la fecha de nacimiento."
    assert client.post(act, {"key": str(uuid4()), "reason": answer}).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == Status.SUBMITTED

    assert open_return(cast.alliance, AT) is None
    notice = last_return(cast.alliance)
    assert notice is not None
    assert (notice.words, notice.answer) == (ASKED["reason"], answer)
    read = client_of(cast["scorer"]).get(url("eligibility", cast)).content.decode()
    assert answer in read
    assert ASKED["reason"] in read


def test_nothing_was_last_return_a_profile_presented_once(cast: Cast) -> None:
    complete(cast)
    advance(alliance_id=cast.alliance.pk, verb="submit", acting=cast["organisation"], at=AT)
    assert last_return(cast.alliance) is None


def test_home_leads_the_organisation_to_what_it_owes() -> None:
    cast = returned()
    home = client_of(cast["organisation"]).get("/")
    [item] = home.context["waiting"]
    assert item.url == url("alliance-detail", cast)
    assert (item.title, home.context["waiting_count"]) == ("Correct the profile", 1)


def test_what_it_writes_by_itself_is_owed_by_it_until_its_ogr_helps(cast: Cast) -> None:
    ogr, manager = cast["ogr"], cast["manager"]
    before = counts_of_tasks(ogr).get("submit", 0)
    alliance = own_draft(cast)
    assert alliance in waiting_for_task(cast["organisation"], "submit")
    assert alliance not in waiting_for_task(ogr, "submit")
    assert counts_of_tasks(ogr).get("submit", 0) == before
    assert alliance.pk not in {row.alliance_id for row in to_prepare(Desk(ogr, AT))}
    itself = str(cast["organisation"].organisation_id)
    assert alliance in awaited_from(manager, who=itself, verb="submit")
    assert itself in {debt.who for debt in debts_to(manager)}

    Event.objects.create(
        alliance=alliance,
        verb="update_profile",
        duty=Duty.PROMOTE,
        organisation=ogr.organisation,
        at=AT,
    )
    assert alliance in waiting_for_task(ogr, "submit")
    assert counts_of_tasks(ogr)["submit"] == before + 1
    assert alliance.pk in {row.alliance_id for row in to_prepare(Desk(ogr, AT))}
    assert alliance in awaited_from(manager, who="ogr", verb="submit")


def test_another_organisation_finds_nothing_of_it(cast: Cast) -> None:
    stranger = make_membership("organisation", organisation=make_organisation())
    client = client_of(stranger)
    for name in ("alliance-detail", "profile-edit", "producer-list", "producer-create"):
        assert client.get(url(name, cast)).status_code == 404, name
    assert cast.alliance.code not in client.get(reverse("alliances:profile-list")).content.decode()
