"""What the frame around every page shows: where this person can go and for whom they act.

Nothing here decides what somebody may do; a hidden entry is kindness, not protection.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.people.roles import KEEPERS, Role
from kit.lists import Trail, trail_of
from kit.names import sort_key

THEMES = ("light", "dark")
BOTTOM_BAR = 5
"""How many entries a thumb can tell apart at 360 px."""

_PARTNERS = (Role.OGA, Role.TRUSTEE, Role.ALLY, Role.MANAGER, Role.ORGANISATION)
_SELECTION = (Role.EIP, Role.OGR, Role.CONSULTANT, Role.SCORER, Role.CIR)


@dataclass(frozen=True)
class NavEntry:
    """A place in the application and the roles that use it."""

    label: Promise
    url_name: str
    icon: str
    roles: frozenset[Role]


def _entry(label: Promise, url_name: str, icon: str, *roles: Role) -> NavEntry:
    return NavEntry(label, url_name, icon, frozenset(roles))


_EVERYBODY = (*_SELECTION, *_PARTNERS, Role.EVALUATOR, Role.POLICY, *KEEPERS)
NAV: tuple[NavEntry, ...] = (
    _entry(pgettext_lazy("navigation", "Home"), "home", "home", *_EVERYBODY),
    _entry(
        _("Alliances"),
        "alliances:alliance-list",
        "alliance",
        *_SELECTION,
        *_PARTNERS,
    ),
    _entry(_("Bodies"), "alliances:body-list", "organisation", *KEEPERS),
    _entry(_("People"), "alliances:person-list", "people", *KEEPERS),
    _entry(_("Invitations"), "alliances:invitation-list", "pen", *KEEPERS),
    _entry(_("Reference rows"), "alliances:reference-list", "document", Role.ADMIN),
    _entry(
        _("Programme"),
        "fiduciary:programme",
        "evaluation",
        Role.EIP,
        Role.EVALUATOR,
        Role.POLICY,
    ),
    _entry(
        _("Profiles"), "alliances:profile-list", "document", Role.OGR, Role.EIP, Role.CONSULTANT
    ),
    _entry(
        _("Calls"),
        "alliances:call-list",
        "call",
        *_SELECTION,
        Role.ORGANISATION,
        Role.EVALUATOR,
        Role.POLICY,
    ),
    _entry(
        _("Disbursements"),
        "fiduciary:request-list",
        "money",
        Role.EIP,
        Role.OGA,
        Role.TRUSTEE,
        Role.MANAGER,
        Role.ORGANISATION,
    ),
    _entry(
        pgettext_lazy("navigation", "Field"),
        "alliances:visit-list",
        "field",
        Role.EIP,
        Role.OGA,
        Role.MANAGER,
        Role.ORGANISATION,
    ),
    _entry(
        _("Evaluation"), "evaluation:run-list", "evaluation", Role.EIP, Role.EVALUATOR, Role.POLICY
    ),
)


@dataclass(frozen=True)
class DemoLogin:
    """One person of the demonstration: whom they are and what they come for."""

    username: str
    role: Promise
    purpose: Promise
    icon: str


DEMO_LOGINS: tuple[DemoLogin, ...] = (
    DemoLogin(
        "eip",
        _("National team (EIP)"),
        _("Directs the portfolio and gives its no objection"),
        "home",
    ),
    DemoLogin(
        "ogr",
        _("Regional organisation (OGR)"),
        _("Promotes profiles and verifies that they are eligible"),
        "pin",
    ),
    DemoLogin(
        "consultant",
        _("External consultant"),
        _("Writes the studies given and presents them"),
        "document",
    ),
    DemoLogin(
        "scorer", _("Independent scorer"), _("Scores profiles and seals each score"), "scale"
    ),
    DemoLogin(
        "cir",
        _("Regional committee (CIR)"),
        _("Reads the ranking and decides in session"),
        "people",
    ),
    DemoLogin(
        "oga", _("Field team (OGA)"), _("Visits producers and requests disbursements"), "field"
    ),
    DemoLogin(
        "trustee", _("Fiduciary officer"), _("Approves or returns by days of slack"), "money"
    ),
    DemoLogin(
        "trustee2",
        _("Fiduciary officer, payments"),
        _("Pays what a colleague approved"),
        "money",
    ),
    DemoLogin(
        "ally", _("Commercial ally"), _("Buys the harvest and answers for the agreement"), "truck"
    ),
    DemoLogin("manager", _("Apprentice manager"), _("Keeps the accounts of the alliance"), "pen"),
    DemoLogin(
        "organisation",
        _("Producer organisation"),
        _("Writes its profile, mends what is asked and runs its rotating fund"),
        "alliance",
    ),
    DemoLogin(
        "evaluator", _("Evaluator"), _("Launches studies and reads their results"), "evaluation"
    ),
    DemoLogin(
        "policy",
        _("Ministry (policy)"),
        _("Reads the programme in aggregates and writes nothing"),
        "organisation",
    ),
    DemoLogin(
        "admin",
        _("Administrator"),
        _("Registers bodies, invites their people and ends their roles"),
        "people",
    ),
    DemoLogin(
        "admin2",
        _("Second administrator"),
        _("Confirms whom a colleague invites to decide, approve, pay or administer"),
        "people",
    ),
)


@dataclass(frozen=True)
class NavLink:
    """One link of the rail, as this page shows it."""

    label: str
    url: str
    icon: str
    active: bool


class Frame:
    """The variables of ``base.html``, each worked out only when a page asks for it."""

    demo_logins = DEMO_LOGINS
    bottom_bar = BOTTOM_BAR

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.acting = getattr(request, "acting", None)
        self.demo = bool(settings.DEMO)
        self.sends_mail = bool(settings.SENDS_MAIL)

    @cached_property
    def nav(self) -> list[NavLink]:
        """Links of the role that acts, in the order of the table; unknown addresses drop out."""
        role = str(self.acting.role) if self.acting else ""
        known = [(entry, _url(entry.url_name)) for entry in NAV if role in entry.roles]
        here = _place(self._request.path)
        return [
            NavLink(str(entry.label), url, entry.icon, _place(url) == here)
            for entry, url in known
            if url
        ]

    @property
    def has_overflow(self) -> bool:
        """Whether the bottom bar of a phone needs a «more»."""
        return len(self.nav) > BOTTOM_BAR

    @property
    def memberships(self) -> list[Any]:
        """Every membership this person could act with today, by organisation."""
        rows = getattr(self._request, "memberships", [])
        return sorted(rows, key=lambda row: (sort_key(row.organisation.name), row.role, row.pk))

    @property
    def search_url(self) -> str:
        """Where the search box of the top bar asks, empty when this role has no list to search."""
        list_url = _url("alliances:alliance-list")
        return list_url if any(link.url == list_url for link in self.nav) else ""

    @cached_property
    def trail(self) -> Trail | None:
        """Where this page's row stands in the list that it was opened from."""
        return trail_of(self._request, self.acting)

    @property
    def demo_password(self) -> str:
        """The one printed password, and nothing at all outside the demonstration."""
        return settings.DEMO_PASSWORD if self.demo else ""

    @property
    def theme(self) -> str:
        """The theme this person chose on this browser, empty to follow the system."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""


def _url(name: str) -> str:
    """The address of a page, empty while no page has that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _place(path: str) -> str:
    """The first word of an address, by which a page belongs to a place; the home page has none."""
    return path.removeprefix(_url("home")).partition("/")[0]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: ``{{ frame }}`` in every template that is given a request."""
    return {"frame": Frame(request)}
