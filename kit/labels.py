"""The words of choices, looked up.

Context: Django's ``get_…_display`` makes a table of all choices anew for each row, and translates
every one of them to hash it: a quarter of the time of a list.
Decision: the table of a field is made once, when the application starts.
"""

from collections.abc import Iterable
from functools import partialmethod
from typing import Any

from django.db.models import Model
from django.utils.encoding import force_str


def look_up_labels(models: Iterable[type[Model]]) -> None:
    """Let Django's ``get_…_display`` of these models look the word up; their own ones stay."""
    for model in models:
        for field in model._meta.local_fields:
            name = f"get_{field.name}_display"
            if field.choices and isinstance(model.__dict__.get(name), partialmethod):
                words = dict(field.flatchoices)
                setattr(model, name, partialmethod(_word_of, field.attname, words))


def _word_of(row: Model, attribute: str, words: dict[Any, Any]) -> Any:
    value = getattr(row, attribute)
    return force_str(words.get(value, value), strings_only=True)
