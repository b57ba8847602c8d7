"""A form sent after the session ended is given back after signing in, and only then."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from alliances.lifecycle.models import Event
from paap.resuming import LONGEST, Typed
from tests.factories.alliances import Cast, make_cast
from tests.pages import form_with

pytestmark = pytest.mark.django_db
PASSWORD = "una frase que solo yo diría"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    cast = make_cast("submitted")
    user = cast["ogr"].user
    user.set_password(PASSWORD)
    user.save()
    return cast


def sent_to(cast: Cast) -> tuple[str, dict[str, str]]:
    path = f"/alianzas/{cast.alliance.code}/actos/return_profile/"
    why = "Falta el <RUT>\ny la «firma» de doña Ángela"
    return path, {"key": str(uuid4()), "reason_code": "incomplete", "reason": why}


def test_what_was_typed_comes_back_after_a_wrong_password_too(cast: Cast) -> None:
    client = Client()
    path, sent = sent_to(cast)

    told = client.post(path, sent)

    assert told.status_code == 401
    assert "no-store" in told.headers["Cache-Control"]
    assert not Event.objects.filter(verb="return_profile").exists()
    entrance = reverse("account_login")
    fields = {k: v[0] for k, v in form_with(told.content.decode(), "typed").items()}
    wrong = client.post(entrance, fields | {"login": "nadie", "password": "x"})
    again = {k: v[0] for k, v in form_with(wrong.content.decode(), "typed").items()}
    assert again["typed"] == fields["typed"]
    me = {"login": cast["ogr"].user.username, "password": PASSWORD}
    back = client.post(entrance, again | me, follow=True)
    assert back.redirect_chain[-1][0] == reverse("account_resume")
    form = {k: v[0] for k, v in form_with(back.content.decode(), "reason").items()}
    assert {name: form[name] for name in sent} == sent
    assert client.post(path, form).status_code == 302
    assert Event.objects.get(verb="return_profile").reason.endswith("doña Ángela")


def test_files_are_named_and_passwords_are_not_kept(cast: Cast) -> None:
    client = Client()
    path, sent = sent_to(cast)
    paper = SimpleUploadedFile("acta.pdf", b"%PDF-1.4")
    assert "acta.pdf" in client.post(path, sent | {"file": paper}).content.decode()
    assert client.post(path, sent | {"oldpassword": "x"}).status_code == 302
    assert client.post(path, sent | {"reason": "x" * LONGEST}).status_code == 302


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "3", '["//x.org/", [], []]', '["https://x.org", [], []]', "[1, 2, 3]"]
)
def test_only_a_form_of_this_site_is_read(text: str) -> None:
    assert Typed.read(text) is None


def test_with_nothing_to_resume_one_is_at_home(cast: Cast) -> None:
    client = Client()
    client.force_login(cast["ogr"].user)
    assert client.get(reverse("account_resume")).headers["Location"] == "/"


def test_a_fragment_over_an_ended_session_leaves_the_page_as_it_is(cast: Cast) -> None:
    """htmx swaps no way in into a corner of the page; the script says what to do."""
    path, fields = sent_to(cast)
    asked = Client()

    answer = asked.post(path, fields, headers={"hx-request": "true"})
    read = asked.get(path, headers={"hx-request": "true"})

    assert (answer.status_code, answer.content) == (401, b"")
    assert read.status_code == 302
