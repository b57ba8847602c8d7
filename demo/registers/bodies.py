"""Organisations of the programme and the people who work in them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from alliances.people.models import Membership, Organisation, OrganisationKind, User
from alliances.people.roles import Role
from alliances.register.services import tell_new
from demo.ground.chance import BOGOTA, Dice
from demo.ground.plan import Hand
from demo.ground.words import person, tax_number, words
from demo.ground.writing import Ids, copy_objects
from demo.registers.places import Places

Kind = OrganisationKind
#: Memberships begin before the oldest history.
SINCE = date(2015, 6, 1)
JOINED_AT = datetime(2015, 6, 1, 8, tzinfo=BOGOTA)
#: No password opens these accounts.
UNUSABLE_PASSWORD = "!seeded"

STAFF = {
    Kind.EIP: 8,
    Kind.OGR: 4,
    Kind.CIR: 5,
    Kind.SCORER: 5,
    Kind.TRUSTEE: 4,
    Kind.OGA: 4,
    Kind.ALLY: 1,
    Kind.EVALUATOR: 2,
    Kind.MADR: 2,
    Kind.PRODUCER: 1,
}
ROLE_OF = {
    Kind.EIP: Role.EIP,
    Kind.OGR: Role.OGR,
    Kind.CIR: Role.CIR,
    Kind.SCORER: Role.SCORER,
    Kind.TRUSTEE: Role.TRUSTEE,
    Kind.OGA: Role.OGA,
    Kind.ALLY: Role.ALLY,
    Kind.EVALUATOR: Role.EVALUATOR,
    Kind.MADR: Role.POLICY,
    Kind.PRODUCER: Role.ORGANISATION,
}


@dataclass
class Body:
    """An organisation with its staff; the first one of a demo body is the demo's own person."""

    pk: int
    name: str
    staff: list[Hand] = field(default_factory=list)


class Bodies:
    """Everybody, kept until it is written in three copies."""

    def __init__(self, ids: Ids, dice: Dice, places: Places, *, scale: float) -> None:
        self._ids, self._dice = ids, dice
        self.organisations: list[Organisation] = []
        self.users: list[User] = []
        self.memberships: list[Membership] = []
        self.name_of: dict[int, str] = {}
        self.served: list[tuple[int, str]] = []  # organisation, department
        departments = places.departments
        regions = sorted({row.call_region for row in departments.values()})
        self.madr = self.body(Kind.MADR, "Ministerio de Agricultura y Desarrollo Rural")
        self.eip = self.body(Kind.EIP, "Equipo Implementador del Proyecto (EIP)")
        self.cin = self.body(Kind.CIN, "Comisión Intersectorial Nacional")
        self.evaluator = self.body(Kind.EVALUATOR, "Consultora de Evaluación Rural S.A.S.")
        self.governments = {
            code: self.body(Kind.GOVERNMENT, f"Departamento · {row.name}")
            for code, row in departments.items()
        }
        self.ogr = {
            code: self.body(Kind.OGR, f"OGR {row.name}", serves=[code])
            for code, row in departments.items()
        }
        self.consultants = {
            code: [self.hire(ogr, Role.CONSULTANT) for _ in range(2)]
            for code, ogr in self.ogr.items()
        }
        self.cir = {
            region: self.body(
                Kind.CIR,
                f"CIR {region.split(' (')[0]}",
                serves=[code for code, row in departments.items() if row.call_region == region],
            )
            for region in regions
        }
        self.scorers = [self.body(Kind.SCORER, name) for name in words()["scorers"]]
        self.trustees = [self.body(Kind.TRUSTEE, name) for name in words()["trustees"]]
        self.ogas = self._named(Kind.OGA, max(6, round(26 * scale**0.5)))
        self.allies = self._named(Kind.ALLY, max(10, round(110 * scale)))

    @cached_property
    def all_consultants(self) -> frozenset[Hand]:
        """Every external consultant."""
        return frozenset(hand for hands in self.consultants.values() for hand in hands)

    def body(
        self,
        kind: Kind,
        name: str,
        *,
        serves: Iterable[str] = (),
        municipality: str | None = None,
        founded_on: date | None = None,
    ) -> Body:
        """A new organisation with the staff its kind has."""
        pk = self._ids(Organisation)
        self.organisations.append(
            Organisation(
                pk=pk,
                kind=kind,
                name=name[:200],
                nit=tax_number(pk),
                founded_on=founded_on,
                municipality_id=municipality,
            )
        )
        self.served += [(pk, code) for code in serves]
        self.name_of[pk] = name
        body = Body(pk, name)
        body.staff = [self.hire(body, ROLE_OF[kind]) for _ in range(STAFF.get(kind, 0))]
        return body

    def hire(self, body: Body, role: Role, user: User | None = None) -> Hand:
        """A membership in the body, of a new person unless one is given."""
        user = user or self.person(self._dice)
        pk = self._ids(Membership)
        self.memberships.append(
            Membership(pk=pk, user_id=user.pk, organisation_id=body.pk, role=role, valid_from=SINCE)
        )
        return Hand(user.pk, body.pk, pk)

    def person(self, dice: Dice) -> User:
        """A new user, whom no password opens."""
        pk = self._ids(User)
        first, last = person(dice)
        user = User(
            pk=pk,
            username=f"persona{pk}",
            first_name=first,
            last_name=last,
            password=UNUSABLE_PASSWORD,
            date_joined=JOINED_AT,
        )
        self.users.append(user)
        return user

    def write(self) -> None:
        """Write what was added since the last time."""
        copy_objects(self.organisations)
        copy_objects(self.users)
        copy_objects(self.memberships)
        through = Organisation.departments.through
        copy_objects(
            [
                through(pk=self._ids(through), organisation_id=body, department_id=code)
                for body, code in self.served
            ]
        )
        for model, new in ((Organisation, self.organisations), (Membership, self.memberships)):
            tell_new(model, [row.pk for row in new], acting=None, at=JOINED_AT)
        for rows in (self.organisations, self.users, self.memberships, self.served):
            rows.clear()

    def _named(self, kind: Kind, count: int) -> list[Body]:
        """Bodies with invented names, numbered once the words run out."""
        patterns = words()["ogas" if kind == Kind.OGA else "allies"]
        stems = words()["oga_words" if kind == Kind.OGA else "ally_words"]
        found = []
        for place in range(count):
            again = place // (len(stems) * len(patterns))
            pattern = patterns[(place + place // len(stems)) % len(patterns)]
            name = pattern.format(word=stems[place % len(stems)]) + (f" {again + 1}" * bool(again))
            found.append(self.body(kind, name))
        return found
