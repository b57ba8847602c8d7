"""Inviting, confirming and coming in. A role is granted when its link is used, in the name of who
invited: whoever may no longer give it invites nobody any more.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alliances.invitations.mail import subject_of, write_link
from alliances.invitations.models import SERVES_FOR, Invitation
from alliances.invitations.selectors import (
    can_confirm,
    hash_of_token,
    is_email_of,
    person_of,
)
from alliances.invitations.table import CONFIRM_INVITATION, INVITE, WITHDRAW_INVITATION
from alliances.lifecycle.acting import OpenAct, act_on
from alliances.lifecycle.reasons import check_sentence
from alliances.mail.services import drop_notices
from alliances.people.models import Membership, Organisation, OrganisationKind, User
from alliances.people.roles import ROLES_OF, Role
from alliances.register.selectors import (
    can_give,
    can_grant,
    is_confirmed_by_another,
    reasons_apart,
)
from alliances.register.services import grant_membership, register_organisation
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed, Unconfirmed
from kit.locks import take_turns
from kit.validation import clean_own_fields

#: Where the first administrator acts, until the register has bodies of its own.
MINISTRY = "Ministerio de Agricultura y Desarrollo Rural"
TOKEN_BYTES = 32
#: What becomes of an invitation; what it offers stays.
CHANGING = (
    "person",
    "token_hash",
    "expires_at",
    "confirmed_by",
    "confirmed_at",
    "membership",
    "accepted_at",
    "withdrawn_at",
)


class InvalidLink(DomainError):
    """The link serves nobody: it is unknown, was used, was withdrawn or is too old."""

    status = 404


@dataclass(frozen=True)
class Issued:
    """An invitation and, once, the token of its link; empty where there is none (yet).

    ``is_mailed``: the link goes to the e-mail; else whoever has the token hands it over.
    """

    invitation: Invitation
    token: str = ""
    is_mailed: bool = False


@dataclass(frozen=True)
class NewPerson:
    """What somebody says of themself when they come in for the first time."""

    first_name: str
    last_name: str
    email: str
    password: str


@dataclass(frozen=True)
class Offer:
    """A role at a body for somebody, between two days.

    ``name`` is how who invites calls them; what they say of themself when they come in counts.
    """

    organisation: Organisation
    role: str
    email: str = ""
    person: User | None = None
    name: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class KnownPeople:
    """What is known of whom offers name: read once, for one offer or for a whole table.

    ``people`` by e-mail; ``held``: body and role of each membership in force, by person;
    ``waiting``: body, role, person and e-mail of each invitation that nobody used yet.
    """

    people: Mapping[str, User]
    held: Mapping[int, Collection[tuple[int, str]]]
    waiting: Collection[tuple[int, str, int | None, str]]

    @classmethod
    def read(cls, emails: Iterable[str], at: datetime, person: User | None = None) -> Self:
        """Those with one of these e-mails, as ``person_of`` knows them, and one more person."""
        wanted = {email.lower() for email in emails if email}
        users = User.objects.annotate(name=Lower("username"), mail=Lower("email"))
        named = users.filter(Q(name__in=wanted) | Q(mail__in=wanted)).order_by("-pk")
        by_mail, by_name = ({getattr(row, of): row for row in named} for of in ("mail", "name"))
        people = {email: row for email, row in (by_mail | by_name).items() if email in wanted}
        everybody = {user.pk for user in [*people.values(), *filter(None, [person])]}
        held = defaultdict(set)
        memberships = Membership.objects.valid_on(localtime(at).date()).filter(user__in=everybody)
        for user, body, role in memberships.values_list("user", "organisation", "role"):
            held[user].add((body, role))
        waiting = Invitation.objects.waiting().filter(Q(email__in=wanted) | Q(person__in=everybody))
        return cls(people, held, {*waiting.values_list("organisation", "role", "person", "email")})


# -- Inviting --------------------------------------------------------------------------------------
def invite(
    offer: Offer,
    *,
    acting: Membership,
    at: datetime,
    despite: str | None = "",
    key: UUID | None = None,
) -> Issued:
    """Offer a role at a body: to an e-mail, by a link, or to a registered person, at once.

    A role of ``CONFIRMED_ROLES`` waits for a second person first. Raises NotAllowed, Conflict when
    the person has the role or the same invitation waits, Unconfirmed for roles that no regime lets
    one person use on one alliance, ValidationError.
    """
    known = KnownPeople.read([offer.email], at, offer.person)
    invitation, whom = _invitation(offer, known, acting, at)
    content = vars(offer) | {"despite": despite}
    with act_on(None, INVITE, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Issued(Invitation.objects.get(pk=act.earlier_row("invitation")))
        take_turns(f"invitation {whom.pk if whom else invitation.email}")
        known = KnownPeople.read([offer.email], at, whom)  # a twin may have been written meanwhile
        _refuse_twice(invitation, known, whom)
        act.go_on(despite, lambda: _doubt(offer.role, known, whom))
        invitation.full_clean()
        invitation.save(force_insert=True)
        _tell(act, invitation)
    return Issued(invitation) if invitation.needs_confirmation else _go_on(invitation, acting, at)


def check_offer(
    offer: Offer, known: KnownPeople, *, acting: Membership, at: datetime, despite: str = ""
) -> Invitation:
    """What ``invite`` would write, unsaved, by the same rules; it raises what ``invite`` would."""
    invitation, whom = _invitation(offer, known, acting, at)
    _refuse_twice(invitation, known, whom)
    if not despite.strip():
        _doubt(offer.role, known, whom)
    else:
        check_sentence(despite)
    clean_own_fields(invitation)
    return invitation


def _invitation(
    offer: Offer, known: KnownPeople, acting: Membership, at: datetime
) -> tuple[Invitation, User | None]:
    """The unsaved invitation, and who it is for when that is known.

    Raises NotAllowed, ValidationError for days the wrong way round.
    """
    require(can_give(acting, offer.organisation, offer.role))
    whom = offer.person or known.people.get(offer.email.lower())
    if whom:
        require(can_grant(acting, offer.organisation, offer.role, to=whom))
    invitation = Invitation(
        email=offer.email.lower() or (whom.email if whom else ""),
        name=offer.name,
        person=offer.person,
        organisation=offer.organisation,
        role=offer.role,
        valid_from=offer.valid_from or localtime(at).date(),
        valid_until=offer.valid_until,
        invited_by=acting,
        invited_at=at,
        needs_confirmation=is_confirmed_by_another(offer.role, acting=acting),
    )
    if invitation.valid_until and invitation.valid_until < invitation.valid_from:
        raise ValidationError({"valid_until": _("A membership cannot end before it begins.")})
    return invitation, whom


@transaction.atomic
def confirm_invitation(
    *, invitation_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Issued:
    """Say as the second person that the role is right: from now on the link serves.

    Raises NotAllowed, Conflict when it was confirmed, used or withdrawn already.
    """
    invitation = _locked(invitation_id)
    require(can_confirm(invitation, acting))
    content = {"invitation": invitation_id}
    with act_on(None, CONFIRM_INVITATION, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Issued(invitation)
        _require_waiting(invitation)
        if not invitation.waits_for_second:
            raise Conflict(_("This invitation needs no other confirmation."))
        invitation.confirmed_by, invitation.confirmed_at = acting, at
        invitation.full_clean()
        _save(invitation)
        _tell(act, invitation)
    return _go_on(invitation, acting, at)


@transaction.atomic
def withdraw_invitation(
    *, invitation_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Invitation:
    """Take back what nobody used yet. Raises NotAllowed, Conflict."""
    invitation = _locked(invitation_id)
    require(can_give(acting, invitation.organisation, invitation.role))
    content = {"invitation": invitation_id}
    with act_on(None, WITHDRAW_INVITATION, acting=acting, at=at, key=key, content=content) as act:
        if not act.earlier:
            _require_waiting(invitation)
            invitation.withdrawn_at = at
            _save(invitation)
            drop_notices(about=subject_of(invitation), at=at)
            _tell(act, invitation)
        return invitation


@transaction.atomic
def renew_link(*, invitation_id: int, acting: Membership, at: datetime) -> Issued:
    """Another link in place of one that was lost or is too old. Raises NotAllowed, Conflict."""
    invitation = _locked(invitation_id)
    require(can_give(acting, invitation.organisation, invitation.role))
    _require_waiting(invitation)
    if invitation.waits_for_second or invitation.person_id:
        raise Conflict(_("This invitation has no link to renew."))
    return _issue_and_send(invitation, at)


@transaction.atomic
def invite_as_owner(
    *,
    organisation: Organisation,
    role: str,
    at: datetime,
    email: str = "",
) -> Issued:
    """The same by whoever runs the server: the role is granted at once, the link opens its account.

    Somebody registered already needs no link. Raises NotAllowed for a role that the body has not.
    """
    if role not in ROLES_OF[organisation.kind]:
        raise NotAllowed(
            _("Nobody acts as «%(role)s» for a body of this kind: %(kind)s.")
            % {"role": Role(role).label, "kind": organisation.get_kind_display()}
        )
    user = person_of(email)
    waiting = Invitation.objects.waiting().filter(
        person=user, organisation=organisation, role=role, invited_by__isnull=True
    )
    if user and (renewed := waiting.select_for_update(of=("self",)).first()):
        return _issue(renewed, at)
    is_new = user is None
    user = user or _account(email or f"invitation-{secrets.token_hex(4)}", email)
    today = localtime(at).date()
    membership = grant_membership(
        user=user, organisation=organisation, role=role, valid_from=today, acting=None, at=at
    )
    invitation = Invitation.objects.create(
        email=email.lower(),
        person=user,
        organisation=organisation,
        role=role,
        valid_from=today,
        invited_at=at,
        membership=membership,
        accepted_at=None if is_new else at,
    )
    return _issue(invitation, at) if is_new else Issued(invitation)


@transaction.atomic
def invite_first_administrator(*, at: datetime) -> Issued | None:
    """The link of the first administrator; None once an administrator has come in.

    Again, while nobody has used it, it gives another link to the same account.
    """
    admins = Membership.objects.filter(role=Role.ADMIN)
    if any(row.user.has_usable_password() for row in admins.select_related("user")):
        return None
    waiting = Invitation.objects.waiting().filter(role=Role.ADMIN, invited_by__isnull=True)
    if known := waiting.select_for_update(of=("self",)).order_by("pk").first():
        return _issue(known, at)
    ministry = Organisation.objects.filter(kind=OrganisationKind.MADR).order_by("pk").first()
    if ministry is None:
        ministry = register_organisation(
            Organisation(kind=OrganisationKind.MADR, name=MINISTRY), acting=None, at=at
        )
    return invite_as_owner(organisation=ministry, role=Role.ADMIN, at=at)


# -- Coming in -------------------------------------------------------------------------------------
@transaction.atomic
def accept_as_new(*, token: str, about: NewPerson, at: datetime) -> Membership:
    """Come in for the first time: an account of one's own, and the role. The link is used then.

    Raises InvalidLink, Conflict when the e-mail has an account (sign in and accept), NotAllowed
    when who invited may no longer, ValidationError for a poor password.
    """
    invitation = _open(token, at)
    email = (invitation.email or about.email).lower()
    known = person_of(email)
    if known and known.pk != invitation.person_id:
        raise Conflict(_("This e-mail has an account: sign in with it and open the link again."))
    user = invitation.person or User()
    user.username = user.email = email
    user.first_name, user.last_name = about.first_name, about.last_name
    user.language = get_language() or user.language  # that of the page on which they came in
    validate_password(about.password, user)
    user.set_password(about.password)
    user.full_clean()
    user.save()
    return _take_up(invitation, user, at)


@transaction.atomic
def accept_as(*, token: str, user: User, at: datetime) -> Membership:
    """Take the role up as the person who signed in. Raises InvalidLink, NotAllowed."""
    invitation = _open(token, at)
    if not is_email_of(user, invitation.email):
        raise NotAllowed(
            _("This invitation is for %(email)s, and you are %(person)s.")
            % {"email": invitation.email, "person": user.display_name}
        )
    return _take_up(invitation, user, at)


def _open(token: str, at: datetime) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related(
        "person", "organisation", "invited_by__user", "invited_by__organisation", "membership"
    )
    invitation = rows.filter(token_hash=hash_of_token(token)).first()
    if invitation is None or not invitation.serves_at(at):
        raise InvalidLink(_("This link no longer serves. Ask whoever sent it for another one."))
    return invitation


def _take_up(invitation: Invitation, user: User, at: datetime) -> Membership:
    """Use the invitation up: its membership is granted, unless the owner granted it before."""
    membership = invitation.membership or _grant(invitation, user, invitation.invited_by, at)
    invitation.person, invitation.membership, invitation.accepted_at = user, membership, at
    _save(invitation)
    return membership


def _grant(
    invitation: Invitation, user: User, acting: Membership | None, at: datetime
) -> Membership:
    assert acting is not None  # what the owner of the tables offers is granted at once
    today = localtime(at).date()
    if not acting.is_valid_on(today):
        raise NotAllowed(
            _("%(person)s, who invited you, may no longer do so. Ask for another invitation.")
            % {"person": acting.user.display_name}
        )
    require(can_grant(acting, invitation.organisation, invitation.role, to=user))
    if invitation.valid_until and invitation.valid_until < today:
        raise InvalidLink(_("The days of this role are over. Ask for another invitation."))
    return grant_membership(
        user=user,
        organisation=invitation.organisation,
        role=invitation.role,
        valid_from=max(invitation.valid_from, today),
        valid_until=invitation.valid_until,
        invitation=invitation.pk,
        acting=acting,
        at=at,
    )


# -- Pieces ----------------------------------------------------------------------------------------
def _locked(invitation_id: int) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related(
        "person", "organisation", "invited_by__user", "invited_by__organisation"
    )
    return rows.get(pk=invitation_id)


def _save(invitation: Invitation) -> None:
    invitation.save(update_fields=CHANGING)


def _require_waiting(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.withdrawn_at:
        raise Conflict(_("This invitation was used or withdrawn already."))


def _go_on(invitation: Invitation, acting: Membership, at: datetime) -> Issued:
    """Nobody else is needed: a registered person has the role now, others get their link."""
    if invitation.person is None:
        return _issue_and_send(invitation, at)
    _take_up_for(invitation, invitation.person, acting, at)
    return Issued(invitation)


def _take_up_for(invitation: Invitation, user: User, acting: Membership, at: datetime) -> None:
    invitation.membership = _grant(invitation, user, acting, at)
    invitation.accepted_at = at
    _save(invitation)


def _issue(invitation: Invitation, at: datetime) -> Issued:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash, invitation.expires_at = hash_of_token(token), at + SERVES_FOR
    _save(invitation)
    return Issued(invitation, token)


def _issue_and_send(invitation: Invitation, at: datetime) -> Issued:
    issued = _issue(invitation, at)
    return replace(issued, is_mailed=write_link(invitation, issued.token, at))


def _account(username: str, email: str) -> User:
    """An account that no password opens yet."""
    user = User(username=username.lower(), email=email.lower())
    user.set_unusable_password()
    user.save()
    return user


def _refuse_twice(invitation: Invitation, known: KnownPeople, whom: User | None) -> None:
    offered = (invitation.organisation_id, invitation.role)
    if whom and offered in known.held.get(whom.pk, ()):
        raise Conflict(_("This person has this role at this body already."))
    by_person = whom if not invitation.email else None
    if any(
        (body, role) == offered
        and (person == by_person.pk if by_person else email == invitation.email)
        for body, role, person, email in known.waiting
    ):
        raise Conflict(_("The same invitation waits already: withdraw it or renew its link."))


def _doubt(role: str, known: KnownPeople, whom: User | None) -> None:
    """Ask when the person has a role that no alliance lets them use beside this one."""
    held = {of for _body, of in known.held.get(whom.pk, ())} if whom else set()
    reasons = reasons_apart(role, held)
    if reasons:
        raise Unconfirmed(
            _("This person may never use both roles on one alliance: %(reasons)s.")
            % {"reasons": "; ".join(reasons)},
            apart=role,
        )


def _tell(act: OpenAct, invitation: Invitation) -> None:
    act.body = invitation.organisation
    act.data |= {
        "invitation": invitation.pk,
        "stands": {"role": invitation.role, "whom": invitation.person_id},
    }
