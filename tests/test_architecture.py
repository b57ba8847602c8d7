"""Guards over the whole tree: every address asks who you are, every setting is documented."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.alliances import make_cast

APPS = ("alliances", "fiduciary", "evaluation", "paap", "kit")
#: Addresses that answer to a stranger, and why.
PUBLIC = {
    "healthz": "machines ask whether the service lives",
    "set_language": "the language is chosen before signing in",
    "account_login": "signing in",
    "account_logout": "signing out",
    "account_inactive": "says that the account is closed",
}
SAMPLE = {"verb": "verify", "duty": "score", "pk": "999999", "version": "1", "format": "json"}
SAMPLE |= {"file": "datos.csv"}


def patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the project with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def address(route: str, code: str) -> str:
    """The route with sample values; ``code`` is the alliance's."""
    route = route.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".")

    def value(match: re.Match[str]) -> str:
        name = re.split("[:>]", match.group(1).strip("<>?P"))[-1 if ":" in match.group(1) else 0]
        return code if name in ("code", "alliance") else SAMPLE.get(name, "999999")

    route = re.sub(r"\(\?P(<\w+>)(?:\[[^\]]*\]|[^)])*\)", value, route)
    return "/" + re.sub(r"(<[^>]+>)", value, route).replace("/?", "/").replace("?", "")


def all_routes() -> list[tuple[str, str]]:
    return [(route, entry.name or "") for route, entry in patterns()]


@pytest.mark.django_db
def test_every_address_asks_a_stranger_to_sign_in() -> None:
    client = Client()
    for route, name in all_routes():
        if name in PUBLIC or route.startswith("static"):
            continue
        for answer in (client.get(address(route, "X")), client.post(address(route, "X"))):
            assert answer.status_code in (302, 401, 403, 404, 405), (route, answer.status_code)
            if answer.status_code == 302:
                assert "/cuenta/" in answer.headers["Location"], route


@pytest.mark.django_db
def test_every_address_of_an_alliance_hides_it_from_outsiders() -> None:
    cast = make_cast("executing")
    client = Client()
    client.force_login(cast.outsider.user)
    checked = 0
    for route, _name in all_routes():
        if not re.search(r"(alianzas/<|v1/.*alliances/.*<)", route):
            continue
        for send in (client.get, client.post):
            answer = send(address(route, cast.alliance.code))
            assert answer.status_code in (404, 405), (route, answer.status_code)
        checked += 1
    assert checked > 15


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_setting_from_the_environment_is_documented() -> None:
    source = (settings.BASE_DIR / "paap" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'env\.\w+\("([A-Z_]+)"', source)) - {"TEST_DATABASE_NAME"}
    documented = (settings.BASE_DIR / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert sorted(name for name in names if f"`{name}`" not in documented) == []
