"""What a page was drawn from goes when it is drawn, without waiting for the collector."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tests.factories.alliances import make_cast


class Row:
    """Something that a page shows."""


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("asked", [None, RequestFactory().get("/")])
def test_the_variables_of_a_page_go_when_it_is_drawn(asked: object) -> None:
    row = Row()
    still_there = weakref.ref(row)
    render_to_string("400.html", {"row": row, "rows": [row]}, asked)  # type: ignore[arg-type]
    del row
    assert still_there() is None


@pytest.mark.django_db
def test_tests_still_read_what_a_page_was_given() -> None:
    client = Client()
    client.force_login(make_cast("submitted")["ogr"].user)
    assert client.get("/alianzas/").context["listing"].rows


def test_a_template_that_is_missing_is_named() -> None:
    with pytest.raises(TemplateDoesNotExist, match=r"no/such\.html"):
        render_to_string("no/such.html")
