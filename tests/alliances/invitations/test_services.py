"""Coming in by a link that serves once, and the second person that some roles take."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.timezone import localdate, now

from alliances.invitations.models import SERVES_FOR, Invitation
from alliances.invitations.selectors import hash_of_token
from alliances.invitations.services import (
    InvalidLink,
    NewPerson,
    Offer,
    accept_as,
    accept_as_new,
    confirm_invitation,
    invite,
    invite_as_owner,
    invite_first_administrator,
    renew_link,
    withdraw_invitation,
)
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.duties import CONFIRMED_ROLES
from alliances.lifecycle.models import Event, chain_of
from alliances.people.models import Membership, OrganisationKind, User
from alliances.people.roles import ROLES_OF, Role
from alliances.register.services import end_at_once, end_membership, grant_membership
from kit.errors import Conflict, NotAllowed, Unconfirmed
from tests.application import as_application
from tests.factories.alliances import make_membership, make_organisation, make_user

pytestmark = pytest.mark.django_db
ROSA = NewPerson("Rosa", "Pantoja", "rosa@example.org", "una frase que solo yo digo")
WHY = {"reason": "Ya no trabaja en la entidad", "reason_code": "organisation"}


@pytest.fixture
def admin() -> Membership:
    return make_membership("admin")


@pytest.fixture
def second(admin: Membership) -> Membership:
    return make_membership("admin", organisation=admin.organisation)


def offer(acting: Membership, role: str = "ogr", **more: Any) -> Any:
    body = more.pop("organisation", None) or make_organisation(_kind_of(role))
    how = {name: more.pop(name) for name in ("despite", "key") if name in more}
    whom = Offer(body, role, **{"email": ROSA.email} | more)
    return invite(whom, acting=acting, at=now(), **how)


def _kind_of(role: str) -> str:
    return next(kind for kind, roles in ROLES_OF.items() if role in roles)


def test_every_kind_of_body_says_which_roles_its_people_have() -> None:
    assert set(ROLES_OF) == set(OrganisationKind.values)
    assert {role for roles in ROLES_OF.values() for role in roles} == set(Role)
    assert frozenset({"eip", "cir", "trustee", "admin"}) == CONFIRMED_ROLES


def test_who_is_invited_comes_in_once_and_the_event_names_who_invited(admin: Membership) -> None:
    issued = offer(admin)
    assert issued.token not in str(vars(issued.invitation))
    assert issued.invitation.token_hash == hash_of_token(issued.token)
    with as_application():
        member = accept_as_new(token=issued.token, about=ROSA, at=now())
    assert (member.role, member.user.username) == ("ogr", ROSA.email)
    assert member.user.check_password(ROSA.password)
    event = Event.objects.filter(chain=chain_of(member.organisation)).latest("sequence")
    assert (event.verb, event.actor) == ("grant_membership", admin.user)
    assert event.data["invitation"] == issued.invitation.pk
    with pytest.raises(InvalidLink):
        accept_as_new(token=issued.token, about=ROSA, at=now())
    assert verify_audit().is_well


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_an_unknown_link_serves_nobody(admin: Membership, token: str) -> None:
    offer(admin)
    with pytest.raises(InvalidLink):
        accept_as_new(token=token, about=ROSA, at=now())


def test_a_link_serves_for_seven_days_and_can_be_renewed(admin: Membership) -> None:
    issued = offer(admin)
    late = now() + SERVES_FOR
    with pytest.raises(InvalidLink):
        accept_as_new(token=issued.token, about=ROSA, at=late)
    again = renew_link(invitation_id=issued.invitation.pk, acting=admin, at=now())
    with pytest.raises(InvalidLink):
        accept_as_new(token=issued.token, about=ROSA, at=now())
    assert accept_as_new(token=again.token, about=ROSA, at=now())


def test_a_withdrawn_link_serves_nobody_and_is_withdrawn_once(admin: Membership) -> None:
    issued = offer(admin)
    withdraw_invitation(invitation_id=issued.invitation.pk, acting=admin, at=now())
    with pytest.raises(InvalidLink):
        accept_as_new(token=issued.token, about=ROSA, at=now())
    with pytest.raises(Conflict):
        withdraw_invitation(invitation_id=issued.invitation.pk, acting=admin, at=now())
    used = pytest.raises(IntegrityError, match="stays so")
    with used, transaction.atomic():
        Invitation.objects.filter(pk=issued.invitation.pk).update(withdrawn_at=None)


def test_who_may_no_longer_invite_has_invited_nobody(admin: Membership) -> None:
    issued = offer(admin)
    end_membership(
        membership_id=admin.pk, valid_until=end_at_once(now()), acting=None, at=now(), **WHY
    )
    with pytest.raises(NotAllowed, match="may no longer"):
        accept_as_new(token=issued.token, about=ROSA, at=now())
    assert not User.objects.filter(username=ROSA.email).exists()


def test_a_poor_password_uses_no_link_up(admin: Membership) -> None:
    issued = offer(admin)
    with pytest.raises(ValidationError):
        accept_as_new(token=issued.token, about=NewPerson("R", "P", "", "corta"), at=now())
    assert accept_as_new(token=issued.token, about=ROSA, at=now())


def test_who_has_an_account_signs_in_and_accepts_and_nobody_else_does(admin: Membership) -> None:
    rosa, other = make_user(ROSA.email, email=ROSA.email), make_user()
    issued = offer(admin)
    with pytest.raises(Conflict, match="has an account"):
        accept_as_new(token=issued.token, about=ROSA, at=now())
    with pytest.raises(NotAllowed, match="This invitation is for"):
        accept_as(token=issued.token, user=other, at=now())
    assert accept_as(token=issued.token, user=rosa, at=now()).user == rosa


def test_a_registered_person_has_an_ordinary_role_at_once(admin: Membership) -> None:
    person = make_user()
    issued = offer(admin, person=person, email="")
    assert (issued.token, issued.invitation.membership.user) == ("", person)
    with pytest.raises(Conflict, match="already"):
        offer(admin, person=person, email="", organisation=issued.invitation.organisation)


@pytest.mark.parametrize("role", sorted(CONFIRMED_ROLES))
def test_a_second_administrator_confirms_such_a_role(
    admin: Membership, second: Membership, role: str
) -> None:
    issued = offer(admin, role)
    invitation = issued.invitation
    assert issued.token == ""
    assert invitation.waits_for_second
    for other in (admin, make_membership("coordinator", invitation.organisation)):
        with pytest.raises(NotAllowed):
            confirm_invitation(invitation_id=invitation.pk, acting=other, at=now())
    confirmed = confirm_invitation(invitation_id=invitation.pk, acting=second, at=now())
    with as_application():
        member = accept_as_new(token=confirmed.token, about=ROSA, at=now())
    assert member.role == role
    assert verify_audit().is_well


def test_nobody_confirms_or_grants_their_own_role(admin: Membership, second: Membership) -> None:
    issued = offer(admin, "eip", person=second.user, email="")
    with pytest.raises(NotAllowed, match="their own"):
        confirm_invitation(invitation_id=issued.invitation.pk, acting=second, at=now())
    with pytest.raises(NotAllowed, match="to themself"):
        offer(admin, "policy", person=admin.user, email="", organisation=admin.organisation)


def test_alone_the_first_administrator_makes_the_second_and_no_other_such_role() -> None:
    first = make_membership("admin")
    assert offer(first, "eip").token == ""
    issued = offer(first, "admin", email="dos@example.org")
    with as_application():
        accept_as_new(token=issued.token, about=ROSA, at=now())
    assert offer(first, "admin", email="tres@example.org").token == ""


@pytest.mark.parametrize(
    ("role", "verb"), [("ogr", "grant"), ("ogr", "end"), ("coordinator", "elsewhere")]
)
def test_the_database_refuses_the_register_to_who_does_not_keep_it(role: str, verb: str) -> None:
    """Whatever code the application runs: the same services without their own questions."""
    acting, victim = make_membership(role), make_membership("ogr")
    at_home = acting.organisation if verb != "elsewhere" else victim.organisation
    with pytest.raises(DatabaseError, match="register is kept"), transaction.atomic():
        _as_rogue_code(acting, victim, at_home, ends=verb == "end")


def _as_rogue_code(acting: Membership, victim: Membership, body: Any, *, ends: bool) -> None:
    with pytest.MonkeyPatch.context() as patch, as_application():
        for question in ("can_grant", "can_end"):
            patch.setattr(f"alliances.register.services.{question}", lambda *_, **__: True)
        patch.setattr("alliances.register.services.require", lambda _verdict: None)
        if ends:
            end_membership(
                membership_id=victim.pk, valid_until=localdate(), acting=acting, at=now(), **WHY
            )
        else:
            _grant(acting, victim.user, body, "ogr")


def _grant(acting: Membership, user: User, body: Any, role: str) -> None:
    grant_membership(
        user=user, organisation=body, role=role, valid_from=localdate(), acting=acting, at=now()
    )


@pytest.mark.parametrize("role", sorted(CONFIRMED_ROLES))
def test_the_database_refuses_such_a_role_without_two_people(
    admin: Membership, second: Membership, role: str
) -> None:
    body = make_organisation(_kind_of(role))
    with pytest.raises(DatabaseError, match="second person"), as_application():
        _grant(admin, make_user(), body, role)


def test_a_coordinator_keeps_the_people_of_their_own_body_alone(admin: Membership) -> None:
    coordinator = make_membership("coordinator", make_organisation("ogr"))
    own, other = coordinator.organisation, make_organisation("ogr")
    with as_application():
        issued = offer(coordinator, "ogr", organisation=own)
        member = accept_as_new(token=issued.token, about=ROSA, at=now())
        end_membership(
            membership_id=member.pk, valid_until=localdate(), acting=coordinator, at=now(), **WHY
        )
    with pytest.raises(NotAllowed):
        offer(coordinator, "ogr", organisation=other)
    with pytest.raises(NotAllowed, match="of this kind"):
        offer(coordinator, "eip", organisation=own)


def test_roles_that_no_alliance_lets_one_person_join_are_asked_about(admin: Membership) -> None:
    scorer = make_membership("scorer").user
    with pytest.raises(Unconfirmed, match="never use both"):
        offer(admin, "ogr", person=scorer, email="")
    issued = offer(
        admin, "ogr", person=scorer, email="", despite="Reemplaza a una colega por un mes entero"
    )
    event = Event.objects.get(verb="invite")
    assert event.data["despite"]["apart"] == "ogr"
    assert issued.invitation.membership.role == "ogr"


# -- Whoever runs the server -----------------------------------------------------------------------
def test_setup_lets_the_first_administrator_in_and_nobody_after() -> None:
    first = invite_first_administrator(at=now())
    again = invite_first_administrator(at=now())
    assert first
    assert again
    assert first.invitation == again.invitation
    with pytest.raises(InvalidLink):
        accept_as_new(token=first.token, about=ROSA, at=now())
    with as_application():
        member = accept_as_new(token=again.token, about=ROSA, at=now())
    assert (member.role, member.user.email) == ("admin", ROSA.email)
    assert invite_first_administrator(at=now()) is None
    assert verify_audit().is_well


def test_the_owner_gives_a_role_at_once_and_the_link_opens_the_account(capsys: Any) -> None:
    body = make_organisation("eip", "EIP")
    call_command("invite", ROSA.email, "--role", "eip", "--organisation", "eip")
    token = capsys.readouterr().out.strip().rsplit("/", 2)[1]
    assert Membership.objects.get(organisation=body).user.has_usable_password() is False
    assert accept_as_new(token=token, about=ROSA, at=now()).role == "eip"
    issued = invite_as_owner(
        organisation=make_organisation("madr"), role="admin", email=ROSA.email, at=now()
    )
    assert (issued.token, issued.invitation.membership.user.email) == ("", ROSA.email)


@pytest.mark.parametrize(
    ("role", "body", "message"),
    [("eip", "Nadie", "No body"), ("trustee", "EIP", "of this kind"), ("eip", "", "No body")],
)
def test_the_command_says_why_it_lets_nobody_in(role: str, body: str, message: str) -> None:
    make_organisation("eip", "EIP")
    with pytest.raises(CommandError, match=message):
        call_command("invite", ROSA.email, "--role", role, "--organisation", body)


def test_an_invitation_for_days_grants_those_days(admin: Membership) -> None:
    until = localdate() + timedelta(days=20)
    issued = offer(admin, valid_until=until)
    member = accept_as_new(token=issued.token, about=ROSA, at=now())
    assert (member.valid_from, member.valid_until) == (localdate(), until)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_offer_the_same_at_once_one_is_refused(admin: Membership) -> None:
    body, gate, answers = make_organisation("ogr"), threading.Barrier(4), []

    def invite_them() -> None:
        gate.wait()
        try:
            offer(admin, organisation=body)
            answers.append("invited")
        except Conflict:
            answers.append("refused")
        connection.close()

    threads = [threading.Thread(target=invite_them) for _number in range(gate.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["invited", *["refused"] * 3]
    assert Invitation.objects.count() == 1
