"""Text arrives tidy through every door: forms, serializers that write, and files."""

import re
from typing import Any

import pytest
from django import forms
from rest_framework import serializers

import kit.machines
from kit.files.limits import Limits
from kit.files.reading import read_grids
from kit.forms import PasswordField, TextField
from kit.text import shortened, tidy, tidy_lines
from tests.sources import modules, text_of
from tests.test_forms import form_classes

WRITTEN = " Ángela\u200b  María\x07\u00ad "
KEPT = "Ángela María"
#: Fields of text that are one exact code: another sign in them is refused, not taken out.
CODES = (forms.UUIDField, forms.SlugField, forms.EmailField, PasswordField)
#: Modules that read the bytes of tables; every other import of rows goes through them.
READERS = {
    f"kit/files/{name}.py" for name in ("child", "text", "workbooks", "statistical", "marker")
}
#: Tables of the code itself, kept in the repository and reviewed as code.
OUR_OWN = {
    "alliances/territory/reference.py",
    "evaluation/runs/impact/published.py",
    "evaluation/runs/lettering.py",
    "evaluation/surveys/services.py",
}


@pytest.mark.parametrize("form", form_classes(), ids=lambda form: form.__name__)
def test_every_text_of_every_form_arrives_tidy(form: type[forms.BaseForm]) -> None:
    for name, field in form.base_fields.items():
        if isinstance(field, forms.CharField) and not isinstance(field, CODES):
            assert isinstance(field, TextField), f"{form.__name__}.{name}"
            assert field.to_python(WRITTEN) == KEPT


def test_no_form_makes_a_bare_text_field() -> None:
    """Those that a form makes while it opens are held too, and those of a model."""
    for path in modules():
        if "forms" in path.parts or path.name == "forms.py":
            text = text_of(path)
            assert "= forms.CharField(" not in text, path
            of_models = text.count("(forms.ModelForm)") + text.count(", forms.ModelForm)")
            assert of_models == text.count("formfield_callback = door_field"), path


def _writers() -> list[type[serializers.BaseSerializer[Any]]]:
    """The serializers that read what somebody sent."""
    names = {
        name for path in modules() for name in re.findall(r"(\w+Serializer)\(data=", text_of(path))
    }
    found = {cls.__name__: cls for cls in _subclasses(serializers.BaseSerializer)}
    return [found[name] for name in sorted(names)]


def _subclasses(base: type) -> set[type]:
    children = set(base.__subclasses__())
    return children.union(*(map(_subclasses, children)))


def test_every_text_that_a_program_writes_arrives_tidy() -> None:
    __import__("paap.urls")
    writers = _writers()
    assert len(writers) >= 6
    for writer in writers:
        for name, field in writer().fields.items():
            if isinstance(field, serializers.CharField):
                is_held = isinstance(field, kit.machines.TidyField | serializers.SlugField)
                assert is_held, f"{writer.__name__}.{name}"
    assert kit.machines.TidyField().run_validation(WRITTEN) == KEPT
    with pytest.raises(serializers.ValidationError):
        kit.machines.TidyField().run_validation("\u200b ")


def test_programs_write_through_those_serializers_alone() -> None:
    generic = re.compile(r"CreateModelMixin|UpdateModelMixin|\bModelViewSet\b|request\.data\[")
    for path in modules():
        assert not generic.search(text_of(path)), path


def test_a_cell_arrives_tidy() -> None:
    content = f"nombre;municipio\n{WRITTEN};Pasto \n".encode()
    (grid,), _left_out = read_grids("perfiles.csv", content, limits=Limits())
    assert list(map(list, grid.rows)) == [["nombre", "municipio"], [KEPT, "Pasto"]]


def test_rows_are_read_by_those_readers_alone() -> None:
    opens = re.compile(r"csv\.(reader|DictReader)|load_workbook|pyreadstat\.|python_calamine")
    openers = {str(path) for path in modules() if opens.search(text_of(path))}
    assert openers <= READERS | OUR_OWN, openers - READERS - OUR_OWN


def test_nothing_written_is_cut_without_saying_so() -> None:
    """A slice of twenty signs or more is a cut of text: ``kit.text.shortened`` leaves its «…»."""
    cut = re.compile(r"\[: ?(?:[2-9][0-9]|[0-9]{3,}|MAX_NAME\w*)\]")
    looks_ahead = {"kit/files/text.py", "kit/identifiers.py"}  # the whole text is kept
    cutters = {str(path) for path in modules() if cut.search(text_of(path))}
    assert cutters == looks_ahead
    assert shortened("palabras de más", 9) == "palabras…"
    assert shortened("palabras", 9) == "palabras"


def test_lines_stay_lines() -> None:
    assert tidy_lines("  Visita\u200b al  lote \r\n\r\nsin novedad\n\n") == (
        "Visita al lote\n\nsin novedad"
    )
    assert tidy_lines(" \n\u200b ") is None
    assert tidy("e\u0301") == "é"
