"""Two people on one form: the second sees both values and loses nothing (every form that edits)."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from alliances.people.models import Membership
from tests.alliances.trade.conftest import write
from tests.factories.alliances import AT, make_cast, make_producer
from tests.factories.selection import make_answered_sheet
from tests.pages import form_with

pytestmark = pytest.mark.django_db


class Edit(NamedTuple):
    """A page with a form, and a field of it that two windows change."""

    editor: Membership
    url: str
    field: str
    first: str
    second: str


def profile() -> Edit:
    cast = make_cast("draft")
    url = reverse("alliances:profile-edit", args=[cast.alliance.code])
    return Edit(cast["ogr"], url, "name", "Papa de Ana", "Papa de Luis")


def producer() -> Edit:
    cast = make_cast("draft")
    row = make_producer(cast.alliance)
    url = reverse("alliances:producer-edit", args=[cast.alliance.code, row.pk])
    return Edit(cast["ogr"], url, "farm_name", "La Primera", "La Segunda")


def study(*, is_written: bool) -> Edit:
    cast = make_cast("preparing")
    edit = Edit(
        cast["ogr"],
        reverse("alliances:study", args=[cast.alliance.code]),
        "technical",
        "Semilla certificada",
        "Semilla propia",
    )
    if is_written:
        send(client_of(edit), edit, "Semilla de nadie")
    return edit


def new_study() -> Edit:
    return study(is_written=False)


def written_study() -> Edit:
    return study(is_written=True)


def agreement() -> Edit:
    cast = make_cast("executing")
    write(cast)
    url = reverse("alliances:agreement-write", args=[cast.alliance.code])
    return Edit(cast["organisation"], url, "quality", "Lavada", "Sin lavar")


def sheet() -> Edit:
    cast = make_cast("eligible")
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    field = f"comment_{score.lines.first().criterion_id}"
    url = reverse("alliances:score", args=[cast.alliance.code])
    return Edit(cast["scorer"], url, field, "Visto el lunes", "Visto el martes")


EDITS = [profile, producer, new_study, written_study, agreement, sheet]
STUDY = {
    "visited_on": "2026-03-01",
    "technical": "Papa",
    "market": "Acopio",
    "social": "Mujeres",
    "environmental": "Agua",
    "organisational": "Asamblea",
    "net_present_value_cop": "1.000.000",
    "internal_rate_percent": "12",
    "yearly_income_per_producer_cop": "4.000.000",
}


def client_of(edit: Edit) -> Client:
    client = Client()
    client.force_login(edit.editor.user)
    return client


def opened(client: Client, edit: Edit) -> dict[str, list[str]]:
    fields = form_with(client.get(edit.url).content.decode(), edit.field)
    is_blank_study = "technical" in fields and fields["technical"] == [""]
    return fields | ({name: [value] for name, value in STUDY.items()} if is_blank_study else {})


def send(client: Client, edit: Edit, value: str):
    return client.post(edit.url, opened(client, edit) | {edit.field: value})


@pytest.mark.parametrize("make", EDITS, ids=lambda make: make.__name__)
@time_machine.travel(AT, tick=False)
def test_the_second_window_sees_both_values_and_decides(make: Callable[[], Edit]) -> None:
    edit = make()
    client = client_of(edit)
    one, other = opened(client, edit), opened(client, edit)

    assert client.post(edit.url, one | {edit.field: edit.first}).status_code == 302
    refused = client.post(edit.url, other | {edit.field: edit.second})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert f"By now it says: {edit.first}" in page
    again = form_with(page, edit.field)
    assert again[edit.field] == [edit.second]

    assert opened(client, edit)[edit.field] == [edit.first]
    assert client.post(edit.url, again).status_code == 302
    assert opened(client, edit)[edit.field] == [edit.second]
