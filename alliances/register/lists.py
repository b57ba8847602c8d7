"""The lists of bodies and of people: what they show of each, for whoever keeps the register."""

from django.db.models import F, Prefetch, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Membership, Organisation, User
from alliances.register.filters import BodyFilter, PersonFilter
from alliances.register.selectors import (
    bodies_seen_by,
    can_see_register,
    memberships_seen_by,
    people_seen_by,
)
from kit.lists import ListColumn, ListShape, declare
from kit.names import by_name


def _bodies(acting: Membership) -> QuerySet[Organisation]:
    if not can_see_register(acting):
        return Organisation.objects.none()
    return bodies_seen_by(acting, localdate()).select_related("municipality__department")


def _people(acting: Membership) -> QuerySet[User]:
    if not can_see_register(acting):
        return User.objects.none()
    today = memberships_seen_by(acting).valid_on(localdate()).order_by("pk")
    held = Prefetch("memberships", queryset=today, to_attr="held_today")
    return people_seen_by(acting).prefetch_related(held)


BODIES = declare(
    ListShape(
        name="bodies",
        title=_("Bodies"),
        page="alliances:body-list",
        source=_bodies,
        columns=(
            ListColumn("name", _("Name"), str, tuple(by_name("name")), is_key=True),
            ListColumn("kind", _("Kind"), lambda row: row.get_kind_display(), (F("kind"),)),
            ListColumn("nit", _("NIT"), lambda row: row.nit, (F("nit"),)),
            ListColumn(
                "place",
                _("Place"),
                lambda row: row.municipality and str(row.municipality),
                tuple(by_name("municipality__department__name", "municipality__name")),
                under=lambda row: row.municipality and str(row.municipality.department),
            ),
            ListColumn(
                "representative",
                _("Legal representative"),
                lambda row: row.legal_representative,
                tuple(by_name("legal_representative")),
                is_shown=False,
            ),
            ListColumn(
                "members",
                _("People today"),
                lambda row: row.members,
                (F("members"),),
                is_number=True,
            ),
        ),
        filters=BodyFilter,
        order="name",
        opens=lambda row: reverse("alliances:body-detail", args=[row.pk]),
    )
)
PEOPLE = declare(
    ListShape(
        name="people",
        title=_("People"),
        page="alliances:person-list",
        source=_people,
        columns=(
            ListColumn(
                "name", _("Name"), str, tuple(by_name("first_name", "last_name")), is_key=True
            ),
            ListColumn(
                "username", _("Signs in as"), lambda row: row.username, tuple(by_name("username"))
            ),
            ListColumn(
                "roles",
                _("Roles today"),
                lambda row: tuple(
                    f"{held.get_role_display()} · {held.organisation}" for held in row.held_today
                ),
            ),
            ListColumn("seen", _("Last sign-in"), lambda row: row.last_login, (F("last_login"),)),
        ),
        filters=PersonFilter,
        order="name",
        opens=lambda row: reverse("alliances:person-detail", args=[row.pk]),
    )
)
