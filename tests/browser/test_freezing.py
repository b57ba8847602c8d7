"""What an act freezes, as people see it above its button: on a desk and on a telephone."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor
from tests.test_freezing import SCENES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
@pytest.mark.parametrize("verb", ["open_call", "score", "select", "sign_agreement", "freeze_study"])
def test_the_list_and_its_one_button(
    visitor: Callable[..., Visitor], verb: str, size: str, scheme: str
) -> None:
    scene = SCENES[verb]()
    someone = visitor(scene.acting, size, scheme)
    someone.go(scene.page)
    someone.look(f"congela-{verb}")

    assert someone.page.locator(".freezes").count() == 1
    assert someone.page.locator(".freezes button").count() == 1
