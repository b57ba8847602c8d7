"""People by workbook: each row a role at a body, offered by the form and the service of one."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.invitations.forms import InviteForm
from alliances.invitations.mail import link_of
from alliances.invitations.services import KnownPeople, Offer, check_offer, invite
from alliances.people.models import Membership, Organisation
from alliances.people.roles import ROLES_OF, Role
from alliances.register.selectors import bodies_seen_by, can_see_register
from alliances.register.workbook import form_problems, words_of
from alliances.uploads.registry import (
    PlannedRow,
    Planner,
    RowOutcome,
    RowState,
    TableKind,
    refused,
    register,
)
from kit import identifiers
from kit.days import PROGRAMME_BEGAN
from kit.errors import Conflict, DomainError, Unconfirmed
from kit.files.columns import DAY, Column, Record
from kit.files.headings import plain
from kit.files.parsers import choice, day, text

WORD = "personas"


def columns() -> tuple[Column, ...]:
    """What a row says of a person and their role."""
    roles = words_of(Role)
    return (
        Column("name", "Nombre", text(150), "Ana Ruiz", is_required=False, width=28),
        Column("email", "Correo", text(254), "ana.ruiz@example.org", width=32),
        Column(
            "role",
            "Rol",
            choice(roles),
            roles["ogr"][0],
            words=tuple(names[0] for names in roles.values()),
            width=28,
        ),
        Column("organisation", "Entidad", text(200), "Corporación Los Pastos", width=38),
        Column(
            "nit",
            "NIT de la entidad",
            identifiers.nit,
            "900123456-8",
            _("Only where several bodies have the same name."),
            is_required=False,
        ),
        Column(
            "valid_from",
            "Desde",
            day(PROGRAMME_BEGAN),
            date(2026, 1, 15),
            _("Day/month/year. Blank: as soon as the person comes in."),
            is_required=False,
            number_format=DAY,
        ),
        Column(
            "valid_until",
            "Hasta",
            day(PROGRAMME_BEGAN),
            date(2026, 12, 31),
            _("The last day. Blank: without an end."),
            is_required=False,
            number_format=DAY,
        ),
        Column(
            "despite",
            "Por qué está bien",
            text(400),
            "",
            _("Only where the preview asks why the person may have both roles."),
            is_required=False,
            width=34,
        ),
    )


def planner(records: Sequence[Record], acting: Membership, at: datetime) -> Planner:
    """Judge rows by the bodies that this keeper sees and by what is known of who they name."""
    bodies = list(bodies_seen_by(acting, localtime(at).date()))
    known = KnownPeople.read((record.get("email") or "" for record in records), at)
    return partial(_plan, bodies, known, acting, at)


def _plan(
    bodies: Sequence[Organisation],
    known: KnownPeople,
    acting: Membership,
    at: datetime,
    record: Record,
) -> PlannedRow:
    """What would become of a row: invited, left because that stands, or refused and why."""
    label = " · ".join(filter(None, (record.get("name"), record.get("email"))))
    problems: dict[str, str] = {}
    body = _body(bodies, record, problems)
    if body is None:
        return refused(record, label, problems)
    cells = ("name", "email", "role", "valid_from", "valid_until", "despite")
    data = {key: record.get(key) for key in cells} | {"key": UUID(int=0)}
    form = InviteForm(data, body=body, acting=acting)
    if not form.is_valid():
        return refused(record, label, form_problems(form.errors, record))
    values = form.arguments(organisation=body)
    del values["key"]  # each row is invited under one of its own
    offer, despite = values["offer"], values["despite"]
    try:
        invitation = check_offer(offer, known, acting=acting, at=at, despite=despite)
    except Conflict as conflict:
        return PlannedRow(record.row, label, RowState.LEFT, conflict.message)
    except Unconfirmed as doubt:
        return refused(record, label, {"despite": doubt.message})
    except ValidationError as error:
        return refused(record, label, form_problems(error.message_dict, record, "valid_until"))
    except DomainError as error:
        return refused(record, label, {"despite" if despite else "role": error.message})
    says = [str(invitation.get_role_display()), str(body), _days(offer)]
    if invitation.needs_confirmation:
        says.append(_("waits for a second administrator, who confirms it"))
    return PlannedRow(
        record.row,
        label,
        RowState.NEW,
        " · ".join(filter(None, says)),
        identity=(offer.email.lower(), offer.role, body.pk),
        values=values,
    )


def _body(
    bodies: Sequence[Organisation], record: Record, problems: dict[str, str]
) -> Organisation | None:
    """The body that a row names, by its NIT where it has one."""
    key = "nit" if record.get("nit") else "organisation"
    named = plain(record.get("organisation"))
    matches = [
        body
        for body in bodies
        if (body.nit == record.get("nit") if key == "nit" else plain(body.name) == named)
    ]
    role = record.get("role")
    if len(matches) > 1:  # one tax number may be of two kinds of body
        matches = [body for body in matches if role in ROLES_OF[body.kind]] or matches
    if len(matches) == 1:
        return matches[0]
    problems[key] = (
        _("Several bodies are called so: write the NIT of the one that is meant.")
        if matches
        else _("There is no such body among yours: register it first, or correct its name.")
    )
    return None


def _days(offer: Offer) -> str:
    """The days of the role, as far as they are set."""
    day_of = {"from": offer.valid_from, "until": offer.valid_until}
    days = {name: date_format(day, "SHORT_DATE_FORMAT") for name, day in day_of.items() if day}
    if len(days) == 2:
        return _("from %(from)s until %(until)s") % days
    if "from" in days:
        return _("from %(from)s on") % days
    return _("until %(until)s") % days if days else ""


def perform(row: PlannedRow, acting: Membership, at: datetime, key: UUID) -> RowOutcome:
    """Invite the person of a row; the link goes by mail, or is told once to who invites."""
    issued = invite(acting=acting, at=at, key=key, **row.values)
    link = ""
    if issued.invitation.waits_for_second:
        says = _("The role waits for a second administrator, who confirms it.")
    elif not issued.token:
        says = _("Invited already: a lost link is renewed on the page of invitations.")
    elif issued.is_mailed:
        says = _("The link goes to %(email)s within a minute.") % {"email": issued.invitation.email}
    else:
        says, link = _("Invited. The link:"), link_of(issued.token)
    return RowOutcome(row.number, row.label, RowState.NEW, says, link)


register(
    TableKind(
        word=WORD,
        title=gettext_lazy("Invite people with a workbook"),
        lead=gettext_lazy("Each row a person: name, e-mail, role, body, and the days of the role."),
        back="alliances:invitation-list",
        back_title=gettext_lazy("Invitations"),
        sheet="Personas",
        columns=columns,
        can=can_see_register,
        planner=planner,
        perform=perform,
    )
)
