"""Errors come in one wave: every wrong field of every form is told at once, beside it, and kept.

Every address where a form can be refused is asked with all of its fields wrong, by somebody who may
send it. What each field says of its own value must stand beside it in the one answer, with what
was typed still in it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import localdate, now

from alliances.invitations.services import Offer, invite
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.forms import ReasonForm
from alliances.models import Appointment
from fiduciary.disbursements.services.requests import approve_disbursement
from kit.forms import DespiteField, KeyField, ReadField, SeenField
from tests.evaluation.test_undo import file_of
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_cast,
    make_membership,
)
from tests.factories.evaluation import make_wave, sign
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_line, make_request
from tests.factories.selection import make_score
from tests.pages import posted_forms
from tests.test_addresses import ROLES, ROWS, address, taken_back, world
from tests.test_forms import form_classes
from tests.world import World

pytestmark = pytest.mark.django_db
__all__ = ["world"]
KEY = "6b1cbd2c-0000-4000-8000-0123456789ab"
Asked = tuple[Client, str]


def signed_in(member: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(member.user)
    return client


def of(status: str, role: str, name: str) -> Callable[[World], Asked]:
    """An alliance in that status, where the form of this address can be sent."""

    def scene(_world: World) -> Asked:
        cast: Cast = make_cast(status)
        return signed_in(cast[role]), reverse(name, args=[cast.alliance.code])

    return scene


def advising(world: World) -> Asked:
    alliance, adviser = make_alliance("preparing"), world.own.consultant
    Appointment.objects.create(
        alliance=alliance,
        duty=Duty.ADVISE,
        organisation=adviser.organisation,
        person=adviser.user,
        since=AT.date(),
    )
    return world.clients["consultant"], reverse("alliances:study", args=[alliance.code])


def study_of(kind: str) -> Callable[[World], Asked]:
    def scene(world: World) -> Asked:
        url = reverse("evaluation:study-create", args=[kind, world.own.things["wave_id"]])
        return world.clients["evaluator"], url

    return scene


def paying(_world: World) -> Asked:
    cast = make_funded_cast()
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)
    return signed_in(cast["payer"]), reverse("fiduciary:request-pay", args=[request.pk])


def withdrawing(world: World) -> Asked:
    evaluator = world.own.cast["evaluator"]
    taken = file_of(make_wave(evaluator), evaluator, taken=True)
    url = reverse("evaluation:import-withdraw", args=[taken.pk])
    return world.clients["evaluator"], url


def arriving(world: World) -> Asked:
    body = world.own.cast["oga"].organisation
    offer = Offer(body, "oga", "quien.llega@example.org")
    issued = invite(offer, acting=make_membership("admin"), at=now())
    url = reverse("alliances:invitation-accept", args=[issued.token])
    return Client(headers={"accept-language": "en"}), url


#: Forms that the alliances of the walk refuse before anything is read of them.
SCENES: dict[str, Callable[[World], Asked]] = {
    "AgreementForm": of("preparing", "organisation", "alliances:agreement-write"),
    "ReplaceAllyForm": of("preparing", "eip", "alliances:ally-replace"),
    "TrustForm": of("closing", "trustee", "fiduciary:trust"),
    "PreinvestmentStudyForm": advising,
    "ImpactForm": study_of("impact"),
    "PerceptionForm": study_of("perception"),
    "FollowUpForm": study_of("follow_up"),
    "PayForm": paying,
    "WithdrawForm": withdrawing,
    "ArrivalForm": arriving,
}
#: Forms of which nothing is typed, or that are no page's own; with why.
NOT_TYPED = {
    "BulkForm": "ticks of a list, chosen again from the list",
    "ChoiceForm": "asked by its address: it does nothing",
    "CompareForm": "asked by its address: it does nothing",
    "PartForm": "asked by its address: it does nothing",
    "PowerForm": "asked by its address: it does nothing",
    "SwitchForm": "one choice in the frame of every page",
    "ConfirmForm": "nothing but the key and the version of a preview",
    "GroupedForm": "what two studies share; those are walked",
    "StudyForm": "what every study shares; those of each kind are walked",
    "LinkRowsForm": "ticks of a preview",
    "MappingForm": "choices of the columns of a file",
    "MeetingForm": "the head of the three sheets, which are walked",
    "PesosSheet": "the head of two sheets, which are walked",
    "NoteForm": "buttons of a request: its note is not asked",
    "NoticesForm": "two choices, on a page that stands only where mail is sent",
    "OfferForm": "what invitations share; those are walked",
    "ReasonForm": "what reasons share; those are walked",
    "RemovalForm": "one choice beside its button",
    "SavedViewForm": "a name in the head of every list",
    "SheetForm": "answers are kept one by one, each with its own errors beside it",
}
#: Addresses of those.
APART = {
    "alliances:score-line": "one answer of a sheet, as a fragment",
}


def refusing() -> Iterator[tuple[str, list[str]]]:
    """Each address that refuses a form, and the roles that may send it there."""
    for name, (_things, letters) in ROWS.items():
        told = zip(ROLES, letters["post rubbish"], strict=True)
        if name not in APART and (roles := [role for role, letter in told if letter == "u"]):
            yield name, roles


REFUSING = dict(refusing())
#: The forms that refused, by who sent nothing where; what one test walked, another need not again.
WALKED: dict[Asked, set[str]] = {}


def bound_forms(answer: HttpResponse) -> list[forms.BaseForm]:
    """The forms of the page that were sent."""
    found: dict[int, forms.BaseForm] = {}
    for layer in answer.context or ():  # type: ignore[attr-defined]
        for values in layer.dicts if hasattr(layer, "dicts") else [layer]:
            for value in values.values():
                for one in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(one, forms.BaseForm) and one.is_bound:
                        found[id(one)] = one
    return list(found.values())


def wrong(field: forms.Field) -> str | None:
    """Something that this field cannot take; None for what takes anything, or is not typed."""
    if isinstance(field, KeyField | SeenField | DespiteField | forms.FileField):
        return None
    if isinstance(field, forms.IntegerField | forms.DateField | ReadField):
        return "doce o así"
    if isinstance(field, forms.EmailField | forms.SlugField):
        return "con espacios y ñ"
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        return "nada de esto"
    if isinstance(field, forms.CharField) and field.max_length:
        return "x" * (field.max_length + 1)
    return "" if isinstance(field, forms.CharField) else None


def complaints(form: forms.BaseForm) -> dict[str, list[str]]:
    """What each field says of what was sent for it."""
    told = {}
    for name, field in form.fields.items():
        sent = field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        try:
            field.clean(sent)
        except ValidationError as error:
            told[name] = [str(message) for message in error.messages]
    return told


def held_in(html: str) -> dict[str, list[str]]:
    """What every field of the page holds, of all its forms."""
    held: dict[str, list[str]] = {}
    for _to, fields in posted_forms(html):
        for field, values in fields.items():
            held.setdefault(field, []).extend(values)
    return held


def refuse_empty(client: Client, to: str) -> HttpResponse:
    """The answer to a form in which nothing was typed."""
    answer = taken_back(client, "post", to, {"key": KEY})
    WALKED[client, to] = {type(form).__name__ for form in bound_forms(answer)}
    return answer


def refuse_all(client: Client, to: str) -> tuple[HttpResponse, set[str]]:
    """All that the page asks, wrong at once; the answer and the names of its fields."""
    empty = refuse_empty(client, to)
    page = empty.content.decode()
    sent, asked = {"key": KEY}, set()
    for form in bound_forms(empty):
        for name, field in form.fields.items():
            html_name = form.add_prefix(name)
            if f'name="{html_name}"' not in page or isinstance(field, KeyField | SeenField):
                continue
            asked.add(html_name)
            if (value := wrong(field)) is not None:
                sent[html_name] = value
    return taken_back(client, "post", to, sent), asked


def check(client: Client, to: str) -> None:
    answer, asked = refuse_all(client, to)

    assert answer.status_code == 422
    assert asked, "the page of a refusal shows the form that was sent"
    html = answer.content.decode()
    held = held_in(html)
    for form in bound_forms(answer):
        expected = complaints(form)
        assert expected.keys() <= form.errors.keys(), "one wave"
        for name, messages in expected.items():
            bound = form[name]
            if bound.html_name not in asked:
                continue
            notes = rf'id="{re.escape(bound.auto_id)}_error"[^>]*>(.*?)</ul>'
            beside = re.search(notes, html, re.S)
            assert beside, f"{name}: nothing beside it"
            assert all(escape(message) in beside[1] for message in messages), name
            typed = form.data.get(bound.html_name, "")
            is_choice = isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField)
            if typed and not is_choice:
                assert typed in held.get(bound.html_name, []), f"{name}: what was typed is lost"


@pytest.mark.parametrize("name", sorted(REFUSING))
def test_every_wrong_field_is_told_beside_it_in_the_one_answer(world: World, name: str) -> None:
    to = address(name, ROWS[name][0], world.own.things)
    for role in REFUSING[name]:
        check(world.clients[role], to)


@pytest.mark.parametrize("form", sorted(SCENES))
def test_so_it_is_where_the_walk_does_not_come(world: World, form: str) -> None:
    client, to = SCENES[form](world)

    check(client, to)

    assert form in WALKED[client, to]


def test_every_form_of_the_product_is_walked(world: World) -> None:
    walked = set(SCENES)
    for name, roles in REFUSING.items():
        to = address(name, ROWS[name][0], world.own.things)
        for role in roles:
            if (place := (world.clients[role], to)) not in WALKED:
                refuse_empty(*place)
            walked |= WALKED[place]
    every = {form.__name__ for form in form_classes()}
    assert every - walked == NOT_TYPED.keys() - walked
    assert NOT_TYPED.keys() <= every


# -- What the values mean is told in the same wave, or beside the one that is wrong ----------------
TOMORROW = (localdate() + timedelta(days=1)).isoformat()
REASONED = [
    form
    for form in form_classes()
    if issubclass(form, ReasonForm) and getattr(getattr(form, "act", None), "reasons", ())
]
PAST = [
    (form, name)
    for form in form_classes()
    for name, field in form.base_fields.items()
    if getattr(field, "is_past", False)
]


@pytest.mark.parametrize("form", REASONED, ids=lambda form: form.__name__)
def test_a_reason_that_says_nothing_is_told_with_everything_else(form: type[ReasonForm]) -> None:
    reason = form.__new__(form)
    ReasonForm.__init__(reason, {"reason": ".", "reason_code": "nonsense"})

    assert not reason.is_valid()
    assert {"reason", "reason_code"} <= reason.errors.keys()


@pytest.mark.parametrize(("form", "name"), PAST, ids=lambda one: getattr(one, "__name__", one))
def test_a_day_of_what_was_done_that_has_not_come_is_told_by_its_field(
    form: type[forms.Form], name: str
) -> None:
    with pytest.raises(ValidationError, match="has not come yet"):
        form.base_fields[name].clean(TOMORROW)
    assert form.base_fields[name].clean(localdate().isoformat()) == localdate()


def test_a_session_that_cannot_be_is_told_whole(world: World) -> None:
    cast = make_cast("scored")
    make_score(cast.alliance, 80)
    url = reverse("alliances:decide", args=[cast.alliance.code])
    sent = {"outcome": "nothing", "session_on": TOMORROW, "votes_for": "1", "votes_against": "3"}

    answer = taken_back(signed_in(cast["cir"]), "post", url, sent | {"key": KEY})

    assert answer.context["form"].errors.keys() == {"outcome", "session_on", "votes_for"}
    assert [values for values in held_in(answer.content.decode()).items() if values[0] in sent] == [
        ("session_on", [TOMORROW]),
        ("votes_for", ["1"]),
        ("votes_against", ["3"]),
    ]


def asked(**changes: str) -> dict[str, str]:
    plain = {
        "amount_cop": "5.000.000",
        "description": "Semilla",
        "payee_name": "Semillas del Sur",
        "payee_document": "900123456-8",
        "delivery_lead_days": "5",
        "contracting_lead_days": "0",
        "key": KEY,
    }
    return plain | changes


def test_what_only_the_service_knows_stands_beside_the_field_it_is_about() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    ours = signed_in(cast["oga"])
    pages = {
        "amount_cop": (
            reverse("fiduciary:request-correct", args=[request.pk]),
            asked(amount_cop="900.000.000"),
        ),
        "promised_on": (
            reverse("alliances:sale-promise", args=[cast.alliance.code]),
            {"promised_on": "2031-01-01", "promised_kg": "100", "key": KEY},
        ),
    }
    sign(cast.alliance, cast["ally"])
    clients = {"amount_cop": ours, "promised_on": signed_in(cast["organisation"])}
    for name, (url, sent) in pages.items():
        answer = taken_back(clients[name], "post", url, sent)
        html = answer.content.decode()

        assert answer.status_code == 422, name
        assert answer.context["form"].errors.keys() == {name}
        assert f'id="id_{name}_error"' in html
        assert sent[name] in held_in(html)[name]


def test_a_poor_word_against_a_doubt_stands_beside_the_doubt() -> None:
    cast = make_funded_cast()
    make_request(cast)  # its twin
    url = reverse("fiduciary:request-new", args=[cast.alliance.code])
    sent = asked(budget_line=str(make_line(cast.alliance).pk), despite="sí")

    answer = taken_back(signed_in(cast["oga"]), "post", url, sent)

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"despite"}
    assert held_in(answer.content.decode())["despite"] == ["sí"]
