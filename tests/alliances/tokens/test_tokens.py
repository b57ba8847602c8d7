"""Access tokens: shown once, stored as a hash, for one membership, until a day."""

import json
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.models import AccessToken, Event, Membership
from alliances.people.roles import Role
from alliances.tokens.services import make_token, revoke_token
from kit.errors import Conflict, NotAllowed
from tests.application import as_application
from tests.factories.alliances import end, make_membership

pytestmark = pytest.mark.django_db
LIST = "/api/v1/alliances/"


def make(
    acting: Membership, scope: str = "read", *, had_factor: bool = True
) -> tuple[AccessToken, str]:
    token = make_token(
        name="Tablero del departamento",
        scope=scope,
        days=30,
        had_factor=had_factor,
        acting=acting,
        at=now(),
        key=uuid4(),
    )
    return token, token.text


def ask(text: str, path: str = LIST, method: str = "get"):  # type: ignore[no-untyped-def]
    headers = {"authorization": f"Bearer {text}"}
    return getattr(Client(enforce_csrf_checks=True), method)(path, headers=headers)


def reason(answer) -> str:  # type: ignore[no-untyped-def]
    return str(json.loads(answer.content)["detail"])


def test_it_reads_as_its_membership_and_nothing_else_of_its_person() -> None:
    acting = make_membership("oga")
    make_membership("evaluator", user=acting.user)
    token, text = make(acting)
    assert ask(text).status_code == 200
    assert ask(text, "/api/v1/runs/").status_code == 403  # the evaluator's
    token.refresh_from_db()
    assert token.used_on == localdate()


def test_the_database_holds_a_hash_alone() -> None:
    token, text = make(make_membership("oga"))
    assert token.digest == sha256(text.encode()).hexdigest()
    told = json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert text not in told
    assert Event.objects.filter(verb="make_token", data__token=token.pk).exists()


@pytest.mark.parametrize("text", ["", "alianzas_", "alianzas_x", "x" * 5000])
def test_what_is_no_token_opens_nothing(text: str) -> None:
    answer = ask(text)
    assert (answer.status_code, "not known" in reason(answer)) == (403, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alliances_accesstoken SET revoked_at = NULL",
        "INSERT INTO alliances_accesstoken (membership_id, name, scope, digest, made_at,"
        " expires_on, had_factor)"
        " SELECT membership_id, name, 'write', 'x', made_at, expires_on, true"
        " FROM alliances_accesstoken",
    ],
)
def test_the_application_writes_none_without_its_event(statement: str) -> None:
    AccessToken.objects.create(
        membership=make_membership("oga"),
        name="De la casa",
        scope="read",
        digest="f" * 64,
        made_at=now(),
        expires_on=localdate(),
        revoked_at=now(),
        had_factor=False,
    )
    together = pytest.raises(DatabaseError, match="only together with its event")
    with together, as_application(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_ends_when_revoked_expired_or_when_its_membership_ends() -> None:
    acting = make_membership("oga")
    revoked, text = make(acting)
    revoke_token(token_id=revoked.pk, acting=acting, at=now(), key=uuid4())
    assert ask(text).status_code == 403
    with pytest.raises(Conflict):
        revoke_token(token_id=revoked.pk, acting=acting, at=now(), key=uuid4())

    expired, text = make(acting)
    for days, status in ((30, 200), (31, 403)):
        with time_machine.travel(now() + timedelta(days=days)):
            assert ask(text).status_code == status
    assert (expired.expires_on - localdate()).days == 30

    _token, text = make(acting)
    end(acting, localdate() - timedelta(days=1))
    assert ask(text).status_code == 403


def test_nobody_revokes_another_person_s() -> None:
    token, _text = make(make_membership("oga"))
    with pytest.raises(NotAllowed):
        revoke_token(token_id=token.pk, acting=make_membership("oga"), at=now(), key=uuid4())


def test_one_that_only_reads_writes_nothing_and_one_that_writes_needs_no_cookie() -> None:
    acting = make_membership("oga")
    _token, reads = make(acting)
    _token, writes = make(acting, "write")
    assert "only reads" in reason(ask(reads, "/api/v1/visits/", "post"))
    assert ask(writes, "/api/v1/visits/", "post").status_code == 400  # what is missing, not who


@pytest.mark.parametrize("role", sorted(GUARDED_ROLES))
def test_who_needs_a_second_factor_has_tokens_that_only_read(role: str) -> None:
    acting = make_membership(role)
    with pytest.raises(NotAllowed):
        make(acting, "write")
    assert ask(make(acting)[1]).status_code == 200
    assert "second factor" in reason(ask(make(acting, had_factor=False)[1]))


def test_a_token_from_before_the_guarded_role_stops_writing() -> None:
    acting = make_membership("oga")
    _token, text = make(acting, "write")
    make_membership(Role.TRUSTEE, user=acting.user)
    assert "only reads" in reason(ask(text, "/api/v1/visits/", "post"))
    assert ask(text).status_code == 200


def test_a_person_makes_one_in_the_page_and_sees_it_once(client: Client) -> None:
    acting = make_membership("oga")
    client.force_login(acting.user)
    key = str(uuid4())
    sent = {"name": "Hoja de cálculo", "scope": "read", "days": "30", "key": key}
    page = client.post(reverse("alliances:token-list"), sent)
    made, text = page.context["made"], page.context["made"].text
    assert text in page.content.decode()
    assert ask(text).status_code == 200
    assert text not in client.get(reverse("alliances:token-list")).content.decode()
    assert client.post(reverse("alliances:token-list"), sent).status_code == 409

    client.post(reverse("alliances:token-revoke", args=[made.pk]), {"key": str(uuid4())})
    assert ask(text).status_code == 403
