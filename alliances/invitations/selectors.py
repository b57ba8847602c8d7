"""Reads about invitations: by their link, and those that a keeper of the register sees."""

from hashlib import sha256

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliances.invitations.models import Invitation
from alliances.people.models import Membership, User
from alliances.people.roles import Role
from kit.access import ALLOWED, Verdict, refused


def hash_of_token(token: str) -> str:
    """What is stored of the token of a link."""
    return sha256(token.encode()).hexdigest()


def invitation_of(token: str) -> Invitation | None:
    """The invitation whose link has this token, whatever became of it."""
    rows = Invitation.objects.select_related("person", "organisation", "invited_by__user")
    return rows.filter(token_hash=hash_of_token(token)).first()


def invitations_seen_by(acting: Membership) -> QuerySet[Invitation]:
    """Those that wait, the newest first: of every body, or of the coordinator's own."""
    rows = Invitation.objects.waiting().select_related(
        "person", "organisation", "invited_by__user", "confirmed_by__user"
    )
    if acting.role != Role.ADMIN:
        rows = rows.filter(organisation=acting.organisation_id)
    return rows.order_by("-invited_at", "-pk")


def can_confirm(invitation: Invitation, acting: Membership) -> Verdict:
    """Confirm as the second person: an administrator who neither invited nor is invited."""
    if acting.role != Role.ADMIN:
        return refused(_("Only an administrator confirms an invitation."))
    inviting = invitation.invited_by
    if inviting and inviting.user_id == acting.user_id:
        return refused(_("You invited this person: another administrator confirms it."))
    if invitation.person_id == acting.user_id or is_email_of(acting.user, invitation.email):
        return refused(_("Nobody confirms their own role."))
    return ALLOWED


def is_email_of(user: User, email: str) -> bool:
    """Whether this person is who the e-mail invites."""
    return bool(email) and email.lower() in (user.email.lower(), user.username.lower())


def person_of(email: str) -> User | None:
    """The registered person with this e-mail."""
    if not email:
        return None
    by_username = User.objects.filter(username__iexact=email).first()
    return by_username or User.objects.filter(email__iexact=email).order_by("pk").first()
