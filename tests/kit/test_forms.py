"""How a form answers: done, to be mended, or not for this person."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from alliances.models import Alliance
from kit.errors import Conflict, DomainError, NotAllowed
from kit.forms import DayInput, KeyedForm, attempt
from kit.web import status_of

DONE = Alliance(name="Papa")


class NameForm(forms.Form):
    name = forms.CharField()


def refusing(error: Exception):
    def act() -> Alliance:
        raise error

    return act


def test_what_was_done_is_handed_back() -> None:
    form = NameForm({"name": "Papa"})

    assert attempt(form, lambda: DONE) is DONE
    assert status_of(form) == 200


def test_nothing_is_done_with_a_form_to_mend() -> None:
    form = NameForm({})

    assert attempt(form, refusing(AssertionError("it was done"))) is None
    assert status_of(form) == 422


def test_a_form_not_sent_yet_has_nothing_to_mend() -> None:
    assert status_of(NameForm()) == 200


@pytest.mark.parametrize(
    ("error", "field", "errors"),
    [
        (DomainError("No"), None, {"__all__": ["No"]}),
        (DomainError("No"), "name", {"name": ["No"]}),
        (ValidationError("No"), None, {"__all__": ["No"]}),
        (ValidationError({"name": "No"}), None, {"name": ["No"]}),
        (ValidationError({"nit": "No"}), None, {"__all__": ["No"]}),
    ],
)
def test_a_refusal_that_can_be_mended_is_an_error_of_the_form(
    error: Exception, field: str | None, errors: dict[str, list[str]]
) -> None:
    form = NameForm({"name": "Papa"})

    assert attempt(form, refusing(error), field=field) is None
    assert form.errors == errors
    assert status_of(form) == 422


@pytest.mark.parametrize("error", [NotAllowed("No"), Conflict("No")])
def test_a_refusal_that_cannot_be_mended_passes_through(error: DomainError) -> None:
    with pytest.raises(type(error)):
        attempt(NameForm({"name": "Papa"}), refusing(error))


def test_each_form_has_its_own_key_and_keeps_it() -> None:
    form, another = KeyedForm(), KeyedForm()

    assert form["key"].value() == form["key"].value()
    assert form["key"].value() != another["key"].value()
    assert 'type="hidden"' in str(form["key"])


def test_days_are_written_for_the_browsers_own_calendar() -> None:
    html = forms.DateField(widget=DayInput).widget.render("day", "2026-11-22")

    assert 'type="date"' in html
    assert 'value="2026-11-22"' in html
