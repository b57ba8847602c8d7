"""What changed since one came last: a visit is a sign-in, and reading home writes nothing."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from alliances.lifecycle.models import Event
from alliances.models import User
from tests.factories.alliances import Cast, make_alliance, make_cast, walk_to

pytestmark = pytest.mark.django_db
PASSWORD = "una frase que solo yo diría"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    cast = make_cast("eligible")
    cast["eip"].user.set_password(PASSWORD)
    cast["eip"].user.save()
    return cast


def sign_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    sent = {"login": user.username, "password": PASSWORD}
    assert client.post(reverse("account_login"), sent).status_code == 302
    return client


def came_before(user: User, days: int) -> None:
    User.objects.filter(pk=user.pk).update(last_login=now() - timedelta(days=days))


def test_the_first_time_nothing_is_called_new(cast: Cast) -> None:
    page = sign_in(cast["eip"].user).get("/")

    assert page.context["since"] is None
    assert page.context["changed"]
    assert not any(row.is_new for row in page.context["changed"])


def test_what_others_changed_since_the_last_sign_in_is_marked_and_counted(cast: Cast) -> None:
    eip = cast["eip"].user
    came_before(eip, days=3)
    changed, own = (make_alliance("study_submitted", call=cast.alliance.call) for _one in range(2))
    for alliance, actor in ((changed, None), (own, eip)):
        Event.objects.create(
            alliance=alliance,
            verb="declare_viable",
            duty="direct",
            actor=actor,
            at=now() - timedelta(days=1),
            from_status="study_submitted",
            to_status="viable",
        )
    client = sign_in(eip)

    page = client.get("/")

    new = {row.alliance_id for row in page.context["changed"] if row.is_new}
    assert new == {changed.pk}
    assert page.context["news_count"] == 1
    listed = client.get(page.context["news_url"]).context["page"]
    assert [row.pk for row in listed.object_list] == [changed.pk]
    html = page.content.decode()
    assert html.count('class="chip tone-info"') == 1
    assert "1 alliance changed" in html


def test_of_more_changes_than_are_shown_the_count_is_the_length_of_the_list(cast: Cast) -> None:
    came_before(cast["eip"].user, days=3)
    for _number in range(15):
        walk_to(make_alliance(call=cast.alliance.call), "submitted", now())
    client = sign_in(cast["eip"].user)

    page = client.get("/")

    assert page.context["news_count"] == 15
    assert client.get(page.context["news_url"]).context["page"].paginator.count == 15


def test_nothing_new_says_so(cast: Cast) -> None:
    came_before(cast["eip"].user, days=0)

    page = sign_in(cast["eip"].user).get("/")

    assert page.context["news_count"] == 0
    assert page.context["changed"]
    assert "Nothing changed since you signed in on" in " ".join(page.content.decode().split())


def test_looking_at_home_changes_nothing(cast: Cast) -> None:
    """The news of a visit stay news until its end: to open the page again is no visit."""
    came_before(cast["eip"].user, days=3)
    walk_to(make_alliance(call=cast.alliance.call), "submitted", now() - timedelta(days=1))
    client = sign_in(cast["eip"].user)

    counts = [client.get("/").context["news_count"] for _time in range(3)]

    assert counts == [1, 1, 1]
    assert sign_in(cast["eip"].user).get("/").context["news_count"] == 0


def test_an_address_that_names_no_moment_is_left_out(cast: Cast) -> None:
    client = sign_in(cast["eip"].user)
    for rubbish in ("yesterday", "9999999999", "2026-13-45T00:00:00Z"):
        answer = client.get("/alianzas/", {"changed_since": rubbish})
        assert answer.status_code == 200
