"""Preparing profiles in a real browser: producers, eligibility, study, and a file of profiles."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import localdate, now

from alliances.models import Alliance, Call, Consultant, EligibilityRule, PreinvestmentStudy
from alliances.people.models import Credential
from alliances.territory.services import load_reference
from tests.alliances.preparation.workbooks import Book, national_workbook, producer_row
from tests.factories.alliances import (
    Cast,
    make_cast,
    make_membership,
    make_producer,
    seal_call,
    walk_to,
)

pytestmark = pytest.mark.django_db(transaction=True)

LIMITS = (
    ("age", "years", 18, 60),
    ("experience", "years", 3, None),
    ("income", "wages", None, 2),
    ("farm_income", "percent", 75, None),
    ("assets", "wages", None, 284),
    ("size", "people", 3, 60),
    ("incentive_each", "cop", None, 7_000_000),
    ("incentive_share", "percent", None, 40),
)


@pytest.fixture
def cast() -> Cast:
    """A profile of a call open today, with the limits of the published calls."""
    load_reference()
    found = make_cast("draft")
    call = Call.objects.create(
        code="2026",
        name="Convocatoria nacional 2026",
        opens_on=localdate() - timedelta(days=20),
        closes_on=localdate() + timedelta(days=40),
        wage_year=2026,
    )
    for code, unit, low, high in LIMITS:
        EligibilityRule.objects.create(
            call=call,
            code=code,
            unit=unit,
            minimum=low,
            maximum=high,
            source="Convocatoria 2023/24",
        )
    seal_call(call)
    Alliance.objects.filter(pk=found.alliance.pk).update(
        call=call, code="2026-52-0001", incentive_cop=Decimal(35_000_000), total_value_cop=10**8
    )
    found.alliance.refresh_from_db()
    for number in range(4):
        make_producer(found.alliance, surnames=f"Chaves Erazo {number}", phone="3105550101")
    make_producer(found.alliance, surnames="Botina Jojoa", experience_years=1, consented_on=None)
    return found


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_pages_of_a_profile(cast: Cast, visitor: Any, size: str, scheme: str) -> None:
    ogr = visitor(cast["ogr"], size, scheme)
    code = cast.alliance.code
    ogr.go("/")
    ogr.look("prep-home")
    ogr.go("/perfiles/")
    ogr.look("prep-desk")
    ogr.go(f"/alianzas/{code}/productores/")
    ogr.look("prep-producers")
    ogr.page.locator("td button[form=reveal]").first.click()
    ogr.settle()
    ogr.look("prep-producers-revealed")
    ogr.go("/perfiles/nuevo/")
    ogr.look("prep-profile-new")
    ogr.go(f"/alianzas/{code}/perfil/")
    ogr.look("prep-profile-edit")
    ogr.go(f"/alianzas/{code}/productores/nuevo/")
    ogr.look("prep-producer-new")
    producer = cast.alliance.producers.order_by("surnames").first()
    ogr.go(f"/alianzas/{code}/productores/{producer.pk}/")
    ogr.look("prep-producer-edit")
    walk_to(cast.alliance, "submitted", now())
    ogr.go(f"/alianzas/{code}/elegibilidad/")
    ogr.look("prep-eligibility")
    reader = visitor(cast["evaluator"], size, scheme)
    reader.go(f"/alianzas/{code}/productores/")
    reader.look("prep-producers-reader")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_pages_of_a_study(cast: Cast, visitor: Any, size: str) -> None:
    walk_to(cast.alliance, "preparing", now())
    code = cast.alliance.code
    ogr = visitor(cast["ogr"], size)
    ogr.go(f"/alianzas/{code}/estudio/")
    ogr.look("prep-study-empty")
    PreinvestmentStudy.objects.create(
        alliance=cast.alliance,
        visited_on=localdate(),
        technical="Suelos aptos y agua suficiente.",
        market="La compradora tiene planta en Pasto.",
        social="Tres veredas, 40 familias.",
        environmental="Sin traslape con páramo.",
        organisational="Estatutos al día.",
        net_present_value_cop=182_000_000,
        internal_rate_percent=Decimal("18.4"),
        yearly_income_per_producer_cop=4_900_000,
        prepared_by=cast["ogr"],
        prepared_at=now(),
    )
    eip = visitor(cast["eip"], size)
    eip.go(f"/alianzas/{code}/estudio/")
    eip.look("prep-study-read")
    consultant = Consultant.objects.create(
        user=make_membership("consultant").user,
        profession="Ingeniera agrónoma",
        experience_years=9,
    )
    Credential.objects.create(
        consultant=consultant,
        title="Ingeniería agronómica",
        issuer="Universidad de Nariño",
        issued_on=localdate() - timedelta(days=4000),
    )
    eip.go("/consultores/")
    eip.look("prep-consultants")
    eip.go(f"/consultores/{consultant.pk}/credenciales/nueva/")
    eip.look("prep-credential")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_importing_a_workbook(cast: Cast, visitor: Any, size: str, tmp_path: Path) -> None:
    eip = visitor(cast["eip"], size)
    broken = Book()
    broken.producers[1] |= {"born_on": "31/02/1983", "farm_area_ha": "2.500"}
    broken.producers.append(producer_row(9, profile="P99"))
    path = tmp_path / "perfiles.xlsx"
    path.write_bytes(broken.xlsx())
    eip.go("/perfiles/importar/")
    eip.look("prep-import")
    eip.page.locator("input[type=file]").set_input_files(path)
    eip.page.locator("main form button").first.click()
    eip.settle()
    eip.look("prep-import-mistakes")
    eip.faults.clear()  # Chromium notes the 422 of a page that could not be taken
    path.write_bytes(national_workbook(12, 20).xlsx())
    eip.page.locator("input[type=file]").set_input_files(path)
    eip.page.locator("main form button").first.click()
    eip.settle()
    eip.look("prep-import-preview")
    eip.page.locator("main form button").first.click()
    eip.settle()
    eip.look("prep-import-done")
    assert Alliance.objects.filter(call__code="2026").count() == 13
