"""The words of choices: what Django says of each, without a table of all of them for every row."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field, Model
from django.test.utils import isolate_apps
from django.utils import translation
from django.utils.translation import override, trans_real

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Status
from kit.labels import look_up_labels

CHOSEN = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.local_fields
    if field.choices and model.__module__.split(".")[0] in ("alliances", "fiduciary", "evaluation")
]


@pytest.mark.parametrize(("model", "field"), CHOSEN)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_choice_says_what_django_says(
    model: type[Model], field: "Field[Any, Any]", language: str
) -> None:
    with override(language):
        for value in [*(value for value, _label in field.flatchoices), "unknown", None]:
            row = model(**{field.attname: value})
            told = getattr(row, f"get_{field.name}_display")()
            assert told == row._get_FIELD_display(field)  # type: ignore[attr-defined]


def test_a_row_translates_its_own_word_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def say(*words: str) -> str:
        said.append(words[-1])
        return words[-1]

    for name in ("gettext", "pgettext"):
        monkeypatch.setattr(trans_real, name, say)
        monkeypatch.setattr(translation._trans, name, say, raising=False)
    assert [Alliance(status=Status.EXECUTING).get_status_display()] == said


@isolate_apps("alliances")
def test_a_method_of_the_models_own_stays() -> None:
    class Own(Model):
        kind = Alliance._meta.get_field("status").clone()

        class Meta:
            app_label = "alliances"

        def get_kind_display(self) -> str:
            return "its own"

    look_up_labels([Own])
    assert Own(kind=Status.DRAFT).get_kind_display() == "its own"
