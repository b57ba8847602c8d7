"""The fifteen people of the demonstration, in thirteen roles, and where in the portfolio they meet.

They work in bodies that everybody else works with too. A small cluster of alliances of one
federation in Nariño has all of them on it, so that a visitor can walk any of them.
"""

from dataclasses import dataclass
from datetime import date

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.hashers import make_password

from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.lifecycle.table import Status
from alliances.people.models import Membership, OrganisationKind, User
from alliances.people.roles import Role
from demo.ground.chance import dice
from demo.ground.plan import Hand
from demo.ground.shape import CURRENT, FOR_LIFE
from demo.registers.bodies import Bodies, Body

DEPARTMENT = "52"  # Nariño
REGION = "Pacífico"
FEDERATION = "Federación de Productores de los Pastos"
FEDERATION_FOUNDED_ON = date(2009, 3, 12)
ALLY, OGA = "Alimentos del Galeras S.A.", "Corporación Surco Sur"
PEOPLE: dict[str, tuple[str, str]] = {
    "eip": ("Marcela", "Rincón Duarte"),
    "ogr": ("Ana Lucía", "Benavides Erazo"),
    "consultant": ("Hernán", "Bastidas Moncayo"),
    "scorer": ("Julián", "Ospina Cárdenas"),
    "cir": ("Nohora", "Quiñones Angulo"),
    "oga": ("Servio", "Tulcán Rosero"),
    "trustee": ("Camilo", "Pardo Leal"),
    "trustee2": ("Liliana", "Mosquera Rey"),  # nobody pays what they approved
    "ally": ("Patricia", "Guerrero Mora"),
    "manager": ("Yuliana", "Cuaspud Chaves"),
    "organisation": ("Rosa Elvira", "Pantoja Narváez"),
    "evaluator": ("Santiago", "Arbeláez Ruiz"),
    "policy": ("Helena", "Castaño Vives"),
    "admin": ("Gloria Inés", "Murillo Sanabria"),
    "admin2": ("Óscar", "Velandia Prieto"),  # confirms what a colleague invites
}

S = Status
#: How many profiles of each kind belong to the cluster, and how many more are near it: in the
#: same department, with the demo's people but with organisations of their own.
NEAR: dict[tuple[str, Status], tuple[int, int]] = {
    (CURRENT, S.DRAFT): (1, 1),
    (CURRENT, S.SUBMITTED): (1, 2),
    (CURRENT, S.RETURNED): (1, 1),
    (CURRENT, S.ELIGIBLE): (1, 3),
    (CURRENT, S.SCORED): (1, 3),
    (CURRENT, S.SELECTED): (0, 1),
    (CURRENT, S.PREPARING): (1, 1),
    (CURRENT, S.STUDY_SUBMITTED): (1, 1),
    (CURRENT, S.STUDY_RETURNED): (0, 1),
    (CURRENT, S.VIABLE): (1, 1),
    (CURRENT, S.APPROVED): (0, 1),
    (FOR_LIFE, S.CLOSING): (1, 1),
    (FOR_LIFE, S.TRUST_CONSTITUTED): (1, 1),
    (FOR_LIFE, S.EXECUTING): (3, 3),
    (FOR_LIFE, S.SUSPENDED): (0, 1),
    (FOR_LIFE, S.CLOSED): (1, 0),
    (FOR_LIFE, S.FUND_OPERATING): (1, 0),
}


@dataclass(frozen=True)
class Cast:
    """The federation of the cluster, its representative and manager, and who studies near it."""

    federation: Body
    organisation: Hand
    manager: Hand
    consultant: Hand


def engage_cast(bodies: Bodies) -> Cast:
    """Give the fifteen their accounts and places; call it before the bodies are written."""
    _rename(bodies, bodies.allies[0], ALLY)
    _rename(bodies, bodies.ogas[0], OGA)
    federation = bodies.body(
        OrganisationKind.PRODUCER,
        FEDERATION,
        municipality="52001",
        founded_on=FEDERATION_FOUNDED_ON,
    )
    hands = {
        "eip": bodies.eip.staff[0],
        "ogr": bodies.ogr[DEPARTMENT].staff[0],
        "consultant": bodies.consultants[DEPARTMENT][0],
        "scorer": bodies.scorers[0].staff[0],
        "cir": bodies.cir[REGION].staff[0],
        "oga": bodies.ogas[0].staff[0],
        "trustee": bodies.trustees[0].staff[0],
        "trustee2": bodies.trustees[0].staff[1],
        "ally": bodies.allies[0].staff[0],
        "manager": bodies.hire(federation, Role.MANAGER),
        "organisation": federation.staff[0],
        "evaluator": bodies.evaluator.staff[0],
        "policy": bodies.madr.staff[0],
        # Of a chance of their own: whoever is hired after them is who they were without them.
        **{
            name: bodies.hire(bodies.madr, Role.ADMIN, bodies.person(dice(number, name)))
            for number, name in enumerate(("admin", "admin2"))
        },
    }
    _give_accounts({row.pk: row for row in bodies.users}, hands)
    federation.staff = [hands["organisation"], hands["manager"]]
    return Cast(federation, hands["organisation"], hands["manager"], hands["consultant"])


def _rename(bodies: Bodies, body: Body, name: str) -> None:
    """Give a body that is not written yet the name of the cluster's."""
    body.name = bodies.name_of[body.pk] = name
    next(row for row in bodies.organisations if row.pk == body.pk).name = name


def give_factors() -> None:
    """An application of codes for whoever signs in with one; the sign-in page shows its code."""
    guarded = Membership.objects.filter(role__in=GUARDED_ROLES, user__username__in=PEOPLE)
    for user in User.objects.filter(pk__in=guarded.values("user")):
        TOTP.activate(user, generate_totp_secret())


def _give_accounts(users: dict[int, User], hands: dict[str, Hand]) -> None:
    password = make_password(settings.DEMO_PASSWORD)
    for username, hand in hands.items():
        user = users[hand.user]
        user.username, user.password = username, password
        user.email = f"{username}@alianzas.example"  # a name that no mail server ever has
        user.first_name, user.last_name = PEOPLE[username]
