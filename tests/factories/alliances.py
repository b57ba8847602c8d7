"""Minimal valid objects of the alliances app, and the cast of eleven people that tests act as.

One department (Nariño), one municipality (Pasto) and one crop (potato) are enough for most
tests; reference rows are made here, not loaded from the CSV files.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import transaction

from alliances.calls.rules import hash_of
from alliances.calls.selectors import sealed_document
from alliances.lifecycle.duties import REGIMES, Duty
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.table import TRANSITIONS
from alliances.models import (
    Call,
    CallRegion,
    Criterion,
    CriterionOption,
    Crop,
    Department,
    Membership,
    Municipality,
    Organisation,
    Producer,
    User,
)
from alliances.register.services import end_membership, tell_new

_numbers = count(1)
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in Bogotá
SINCE = date(2020, 1, 1)

#: Eleven roles, in the order in which their people are made.
CAST = (
    "eip",
    "ogr",
    "scorer",
    "cir",
    "oga",
    "trustee",
    "ally",
    "manager",
    "organisation",
    "evaluator",
    "policy",
)
#: Those who read the alliance of the cast; the ministry reads aggregates.
READERS = tuple(role for role in CAST if role != "policy")
#: The kind of organisation behind each role of the cast.
ROLE_KIND = {
    "eip": "eip",
    "ogr": "ogr",
    "scorer": "scorer",
    "cir": "cir",
    "oga": "oga",
    "trustee": "trustee",
    "ally": "ally",
    "manager": "producer",
    "organisation": "producer",
    "evaluator": "evaluator",
    "policy": "madr",
    "consultant": "ogr",
    "admin": "madr",
    "coordinator": "ogr",
}


def make_department(code: str = "52", name: str = "Nariño") -> Department:
    department, _ = Department.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "natural_region": {"52": "Pacífica"}.get(code, "Andina"),
            "agro_region": {"52": "Andina"}.get(code, ""),
            "call_region": {"52": "Pacífico"}.get(code, "Central"),
            "iso_code": {"52": "CO-NAR", "05": "CO-ANT"}.get(code, "CO-XX"),
        },
    )
    return department


def make_municipality(code: str = "52001", name: str = "Pasto") -> Municipality:
    municipality, _ = Municipality.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "department": lambda: make_department(code[:2]),
            "kind": "municipality",
        },
    )
    return municipality


def make_crop(name: str = "Papa", **fields: Any) -> Crop:
    crop = Crop.objects.filter(name_es=name).first()
    if crop:
        return crop
    defaults = {
        "code": name.lower(),
        "name_es": name,
        "name_en": "Potato",
        "kind": "crop",
        "cycle": "short",
        "cycle_months": Decimal("5.5"),
        "source": "prueba",
        "confidence": "high",
        "valid_from": date(2002, 1, 1),
    }
    return Crop.objects.create(**(defaults | fields))


def make_organisation(kind: str = "producer", name: str = "", **fields: Any) -> Organisation:
    """An organisation; an OGR or a committee serves Nariño unless told otherwise."""
    departments = fields.pop("departments", None)
    if departments is None:
        departments = [make_department()] if kind in ("ogr", "cir") else []
    with transaction.atomic():
        organisation = Organisation.objects.create(
            kind=kind, name=name or f"{kind.upper()} {next(_numbers)}", **fields
        )
        if departments:
            organisation.departments.add(*departments)
        tell_new(Organisation, [organisation.pk], acting=None, at=AT)
    return organisation


def make_user(username: str = "", **fields: Any) -> User:
    user = _new_user(username, **fields)
    user.save()
    return user


def _new_user(username: str = "", **fields: Any) -> User:
    number = next(_numbers)
    defaults = {"first_name": "Persona", "last_name": str(number)}
    return User(username=username or f"person{number}", **(defaults | fields))


def make_membership(
    role: str = "ogr",
    organisation: Organisation | None = None,
    user: User | None = None,
    **fields: Any,
) -> Membership:
    """A person in a role, at an organisation of the fitting kind."""
    membership = Membership(
        user=user or make_user(),
        organisation=organisation or make_organisation(ROLE_KIND[role]),
        role=role,
        **({"valid_from": SINCE} | fields),
    )
    with transaction.atomic():
        membership.save()
        tell_new(Membership, [membership.pk], acting=None, at=AT)
    return membership


def end(membership: Membership, on: date) -> None:
    """Its last day is ``on``."""
    end_membership(
        membership_id=membership.pk,
        valid_until=on,
        reason="Ya no trabaja en la entidad",
        reason_code="organisation",
        acting=None,
        at=AT,
    )


def make_call(code: str = "", *, sealed: bool = True, regime: str = "recommended") -> Call:
    """A call with one region; sealed with its regime frozen unless told otherwise."""
    call = Call.objects.create(
        code=code or f"C{next(_numbers)}",
        name="Convocatoria de prueba",
        opens_on=date(2026, 1, 15),
        closes_on=date(2026, 6, 30),
        wage_year=2026,
        regime=regime,
    )
    CallRegion.objects.create(
        call=call, call_region="Pacífico", budget_cop=Decimal("10000000000"), cutoff=Decimal(70)
    )
    make_rubric(call)
    return seal_call(call) if sealed else call


def make_rubric(call: Call) -> None:
    """Two criteria that weigh 60 and 40, and one of affirmative action that adds up to 5."""
    criteria = Criterion.objects.bulk_create(
        Criterion(
            call=call,
            group="Prueba",
            position=position,
            name=name,
            weight=weight,
            is_affirmative=extra,
        )
        for position, (name, weight, extra) in enumerate(
            [("Producto", 60, False), ("Aliado", 40, False), ("Mujeres", 5, True)], start=1
        )
    )
    CriterionOption.objects.bulk_create(
        CriterionOption(criterion=criterion, points=points, descriptor=f"Vale {points}")
        for criterion in criteria
        for points in (0, 50, 100)
    )


def seal_call(call: Call) -> Call:
    """Freeze the call's regime as ``open_call`` does, without its checks."""
    call.regime_rules = REGIMES[call.regime].to_data()
    call.rules_hash = hash_of(sealed_document(call))
    call.sealed_at = AT
    call.save()
    return call


def make_alliance(status: str = "draft", **fields: Any) -> Alliance:
    """An alliance of Pasto potatoes, brought to ``status`` by its history (see ``walk_to``)."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"T-{number:04d}",
        "name": f"Papa de Pasto {number}",
        "total_value_cop": Decimal("700000000"),
        "incentive_cop": Decimal("210000000"),
        "created_at": AT,
        "status_since": AT,
        "key": uuid4(),
    }
    for name, make in (
        ("call", make_call),
        ("municipality", make_municipality),
        ("crop", make_crop),
        ("organisation", make_organisation),
        ("ally", lambda: make_organisation("ally")),
    ):
        if name not in fields:
            fields[name] = make()
    alliance = Alliance.objects.create(**(defaults | fields))
    return walk_to(alliance, status)


def route_to(status: str) -> list[tuple[str, str, str, Duty]]:
    """The shortest list of (verb, source, target, duty) from draft to ``status``."""
    seen, queue = {"draft"}, [("draft", [])]
    while queue:
        here, path = queue.pop(0)
        if here == status:
            return path
        for row in TRANSITIONS:
            if here in row.sources and row.target not in seen:
                seen.add(row.target)
                queue.append((row.target, [*path, (row.verb, here, row.target, row.duty)]))
    raise ValueError(f"No way from draft to {status}")


def walk_to(alliance: Alliance, status: str, at: datetime = AT) -> Alliance:
    """Bring the alliance to ``status`` by history rows without actor (as loaded history is)."""
    Event.objects.bulk_create(
        Event(alliance=alliance, verb=verb, duty=duty, at=at, from_status=source, to_status=target)
        for verb, source, target, duty in route_to(status)
    )
    alliance.refresh_from_db()
    return alliance


def make_producer(alliance: Alliance, **fields: Any) -> Producer:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "document_number": str(10_000_000 + number),
        "given_names": "María",
        "surnames": f"Chaves {number}",
        "sex": "f",
        "born_on": date(1983, 5, 17),
        "tenure": "owner",
        "farm_area_ha": Decimal("2.5"),
        "project_area_ha": Decimal("1.0"),
        "experience_years": 8,
        "monthly_income_cop": Decimal("900000"),
        "agricultural_income_share": Decimal(85),
        "assets_cop": Decimal("40000000"),
        "literate": True,
        "is_member": True,
        "had_earlier_support": False,
        "household_key": f"H{number}",
        "consented_on": date(2026, 2, 1),
    }
    return Producer.objects.create(alliance=alliance, **(defaults | fields))


@dataclass
class Cast:
    """Eleven people around one alliance, each in a role; ``outsider`` is an OGR elsewhere.

    ``payer`` is a colleague of the trustee's officer: who approves a request does not pay it.
    """

    alliance: Alliance
    people: dict[str, Membership]
    outsider: Membership
    payer: Membership

    def __getitem__(self, role: str) -> Membership:
        return self.payer if role == "payer" else self.people[role]


def told(event: Event) -> dict[str, Any]:
    """What an event says, apart from the fingerprints of what was asked."""
    return {name: value for name, value in event.data.items() if name != "content"}


def make_cast(
    status: str = "draft", *, appointed: bool = True, regime: str = "recommended"
) -> Cast:
    """The alliance at ``status`` with everybody who belongs to it; bodies appointed by default.

    Thousands of tests begin with it: rows of a kind are written in one statement.
    """
    bodies = _make_bodies()
    people = _make_people(bodies)
    alliance = make_alliance(
        organisation=bodies["organisation"], ally=bodies["ally"], call=make_call(regime=regime)
    )
    if appointed:
        Appointment.objects.bulk_create(
            _new_appointment(alliance, duty, bodies[role])
            for role, duty in (
                ("scorer", Duty.SCORE),
                ("oga", Duty.ACCOMPANY),
                ("trustee", Duty.PAY),
            )
        )
    if status != "draft":
        walk_to(alliance, status)
    outsider, payer = people.pop("outsider"), people.pop("payer")
    return Cast(alliance, people, outsider=outsider, payer=payer)


@transaction.atomic
def _make_bodies() -> dict[str, Organisation]:
    """Whom each of the cast belongs to, and the OGR of another department."""
    bodies = {
        "organisation": Organisation(kind="producer", name="Asociación Los Pastos"),
        "ally": Organisation(kind="ally", name="Compradora S.A."),
    }
    for role in (*CAST, "outsider"):
        kind = ROLE_KIND.get(role, "ogr")
        if role not in ("manager", *bodies):
            bodies[role] = Organisation(kind=kind, name=f"{kind.upper()} {next(_numbers)}")
    rows = Organisation.objects.bulk_create(bodies.values())
    here, elsewhere = make_department(), make_department("05", "Antioquia")
    serves = Organisation.departments.through
    serves.objects.bulk_create(
        serves(organisation=bodies[role], department=department)
        for role, department in (("ogr", here), ("cir", here), ("outsider", elsewhere))
    )
    tell_new(Organisation, [row.pk for row in rows], acting=None, at=AT)
    return bodies | {"manager": bodies["organisation"], "payer": bodies["trustee"]}


@transaction.atomic
def _make_people(bodies: dict[str, Organisation]) -> dict[str, Membership]:
    """A membership for each role of the cast, for ``outsider`` and for ``payer``."""
    roles = {role: role for role in CAST} | {"outsider": "ogr", "payer": "trustee"}
    users = User.objects.bulk_create(_new_user() for _ in roles)
    people = {
        name: Membership(user=user, organisation=bodies[name], role=role, valid_from=SINCE)
        for user, (name, role) in zip(users, roles.items(), strict=True)
    }
    Membership.objects.bulk_create(people.values())
    tell_new(Membership, [row.pk for row in people.values()], acting=None, at=AT)
    return people


def make_appointment(alliance: Alliance, duty: Duty, organisation: Organisation) -> Appointment:
    appointment = _new_appointment(alliance, duty, organisation)
    appointment.save()
    return appointment


def _new_appointment(alliance: Alliance, duty: Duty, organisation: Organisation) -> Appointment:
    return Appointment(
        alliance=alliance, duty=duty, organisation=organisation, since=date(2026, 1, 20)
    )
