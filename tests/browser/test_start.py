"""A stranger on an empty system: from the link of ``setup`` to a verified profile, by pages."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import Locator

from alliances.invitations.services import invite_first_administrator
from alliances.models import Alliance, Membership, Organisation
from alliances.territory.services import load_reference
from fiduciary.disbursements.services.protocols import load_protocols
from tests.alliances.preparation.workbooks import Book, producer_row, profile_row
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "una frase que solo yo digo"
Windows = Callable[..., Visitor]
#: Name, kind, NIT and departments of the three bodies, and how many people of the role each has.
BODIES = (
    ("Equipo Implementador del Proyecto", "eip", "900.123.456-8", (), "eip", 3),
    ("OGR de los Pastos", "ogr", "", ("52",), "ogr", 4),
    ("OGR del Pacífico", "ogr", "", ("52", "19"), "ogr", 3),
)


@pytest.fixture
def first_link() -> str:
    """What ``setup`` loads and prints."""
    load_reference()
    load_protocols()
    issued = invite_first_administrator(at=now())
    assert issued
    return f"/invitacion/{issued.token}/"


def send(window: Visitor, **fields: str) -> None:
    """Fill the form of the page by the names of its fields and send it."""
    for name, value in fields.items():
        field = window.page.locator(f"main [name={name}]")
        if field.evaluate("it => it.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    button(window).click()
    window.settle()


def button(window: Visitor) -> Locator:
    return window.page.locator("main form .form-foot button").first


def come_in(visitor: Windows, link: str, name: str, picture: str = "") -> Visitor:
    """Somebody opens their link in a window of their own."""
    window = visitor(None)
    window.go(link)
    if picture:
        window.look(picture)
    first, last = name.split(" ", 1)
    about = {"first_name": first, "last_name": last, "password": PASSWORD}
    if window.page.locator("main [name=email]").count():
        about["email"] = f"{first.lower()}@example.org"
    send(window, **about)
    assert window.page.url == f"{window.server}/"
    return window


def link_shown(window: Visitor) -> str:
    """The link that the page shows this once."""
    text = window.page.locator(".link-once").inner_text()
    return re.sub(r"^https?://[^/]+", "", text)


def register_body(admin: Visitor, body: tuple[Any, ...], picture: str = "") -> str:
    """The address of the new body."""
    name, kind, nit, departments, *_people = body
    admin.go("/entidades/nueva/")
    for code in departments:
        admin.page.locator(f"main [name=departments][value='{code}']").check()
    if picture:
        admin.look(picture)
    send(admin, kind=kind, name=name, nit=nit)
    return admin.page.url.removeprefix(admin.server)


def names() -> Iterator[str]:
    """Ten people who come by invitation, after both administrators."""
    yield from (
        "Marcela Rincón",
        "Iván Pinzón",
        "Olga Cely",
        "Ana Benavides",
        "Luis Chaves",
        "Rosa Pantoja",
        "Jairo Botina",
        "Nohora Angulo",
        "Elkin Mina",
        "Yaneth Caicedo",
    )


def test_a_stranger_begins_with_nothing(visitor: Windows, first_link: str, tmp_path: Path) -> None:
    began = monotonic()
    admin = come_in(visitor, first_link, "Ada Mora", "start-1-arrival")
    admin.look("start-2-home")

    # Alone, the first administrator makes the second one.
    ministry = f"/entidades/{Organisation.objects.get().pk}/"
    admin.go(f"{ministry}invitar/")
    send(admin, email="pedro@example.org", role="admin")
    second = come_in(visitor, link_shown(admin), "Pedro Leal")

    people, windows = names(), dict[str, Visitor]()
    for number, body in enumerate(BODIES):
        address = register_body(admin, body, "" if number != 1 else "start-3-body")
        for _ in range(body[-1]):
            name = next(people)
            admin.go(f"{address}invitar/")
            send(admin, email=f"persona{len(windows)}@example.org", role=body[-2])
            if body[-2] == "eip":  # directs: the second administrator confirms
                second.go("/invitaciones/")
                second.page.locator("form[action$='confirmar/'] button").first.click()
                second.settle()
                link = link_shown(second)
                second.look("start-4-link")
            else:
                link = link_shown(admin)
            windows[name] = come_in(visitor, link, name)
    admin.go("/personas/")
    admin.look("start-5-people")
    admin.go("/personas/revision/")
    admin.look("start-6-review")
    assert Membership.objects.count() == 12

    eip = windows["Marcela Rincón"]
    eip.go("/convocatorias/")
    eip.page.locator(".page-acts a").first.click()
    eip.settle()
    for field in eip.page.locator("main input[name^=budget_]").all():
        field.fill("2.000.000.000")
    today = localdate()
    send(
        eip,
        code=f"{today.year}-1",
        name=f"Convocatoria {today.year}",
        opens_on=today.isoformat(),
        closes_on=(today + timedelta(days=60)).isoformat(),
    )
    eip.look("start-7-call")
    eip.page.locator("#seal form button.btn-primary").click()
    eip.settle()

    path = tmp_path / "perfiles.xlsx"
    path.write_bytes(
        Book([profile_row()], [producer_row(number) for number in range(1, 41)]).xlsx()
    )
    ogr = windows["Ana Benavides"]
    ogr.go("/perfiles/importar/")
    ogr.page.locator("input[type=file]").set_input_files(path)
    button(ogr).click()
    ogr.settle()
    button(ogr).click()
    ogr.settle()
    alliance = Alliance.objects.get()
    ogr.go(f"/alianzas/{alliance.code}/actos/submit/")
    button(ogr).click()
    ogr.settle()
    ogr.look("start-8-presented")

    verifier = windows["Nohora Angulo"]
    verifier.go(f"/alianzas/{alliance.code}/elegibilidad/")
    verifier.page.locator("form[action$='declarar/'] button").click()
    verifier.settle()
    verifier.look("start-9-verified")
    alliance.refresh_from_db()
    assert alliance.status == "eligible"
    print(f"\nFrom the link to a verified profile: {monotonic() - began:.0f} s")
