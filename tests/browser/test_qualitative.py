"""An evaluator reads the qualitative register in a real browser, on a phone and on a desk."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor
from tests.factories.alliances import make_membership
from tests.factories.evaluation import make_excerpt, make_exercise

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "light")])
def test_what_people_said_is_read_and_coded(
    visitor: Callable[..., Visitor], size: str, scheme: str
) -> None:
    evaluator = make_membership("evaluator")
    exercise = make_exercise(evaluator)
    for theme in ("support", "market", "fund"):
        make_excerpt(evaluator, exercise, theme=theme)
    someone = visitor(evaluator, size, scheme)

    for title, path in (
        ("said", ""),
        ("exercises", "ejercicios/"),
        ("exercise-new", "ejercicios/nuevo/"),
        ("exercise", f"ejercicios/{exercise.pk}/"),
    ):
        someone.go(f"/evaluacion/cualitativo/{path}")
        someone.look(title)
