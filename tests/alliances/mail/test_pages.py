"""The page on which somebody chooses what they are written."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from alliances.people.models import User
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db
PAGE = "/cuenta/mensajes/"


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> None:
    settings.SENDS_MAIL = True


@pytest.fixture
def person() -> User:
    user = make_membership("oga").user
    user.email = "oga@example.org"
    user.save()
    return user


@pytest.fixture
def client(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def test_everybody_begins_with_the_message_of_each_day(client: Client) -> None:
    assert reverse("alliances:messages") == PAGE
    assert PAGE in client.get("/").content.decode()
    page = client.get(PAGE)
    assert page.context["form"].initial == {"notices": "daily", "language": "es-co"}
    assert "oga@example.org" in page.content.decode()


@pytest.mark.parametrize("notices", ["urgent", "none", "daily"])
def test_one_chooses_and_the_same_again_changes_nothing(
    client: Client, person: User, notices: str
) -> None:
    for _time in range(2):
        answer = client.post(PAGE, {"notices": notices, "language": "en"})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
    person.refresh_from_db()
    assert (person.notices, person.language) == (notices, "en")
    assert mail.outbox == []


@pytest.mark.parametrize("wrong", [{"notices": "weekly"}, {"language": "fr"}, {"notices": ""}])
def test_what_is_no_choice_is_refused(client: Client, person: User, wrong: dict[str, str]) -> None:
    answer = client.post(PAGE, {"notices": "none", "language": "en"} | wrong)
    assert answer.status_code == 422
    person.refresh_from_db()
    assert (person.notices, person.language) == ("daily", "es-co")


def test_to_read_the_page_changes_nothing(client: Client, person: User) -> None:
    client.get(PAGE, {"notices": "none", "language": "en"})
    person.refresh_from_db()
    assert person.notices == "daily"


def test_without_an_e_mail_it_says_that_nothing_is_sent(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(email="")
    assert "Your account has no e-mail" in client.get(PAGE).content.decode()


def test_without_mail_there_is_no_such_page(client: Client, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/").content.decode()


def test_a_stranger_signs_in_first() -> None:
    assert Client().get(PAGE)["Location"] == f"/cuenta/login/?next={PAGE}"
