"""One vocabulary: the field's words in the statistics, and one class by each name."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from tests.sources import PACKAGES, modules, text_of, trees

#: Words that say nothing of what a name holds; say estimate, residuals, mask, weights, draws …
BANNED = {"found", "each", "said", "asked", "told", "kept", "mine", "hand", "files", "standing"}
BANNED |= {"dressed", "peopled", "law", "turned"}
#: Fields of stored results keep their names: rows written before must still be read.
STORED_FIELDS = frozenset({"found"})
#: Classes that share a name, and why.
TWICE = {
    "Command": "what Django calls every management command",
}


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names of functions, classes, parameters, variables and attributes, with their lines."""
    fields = {
        id(item.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and getattr(item.target, "id", "") in STORED_FIELDS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif (
            isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and id(node) not in fields
        ):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def refused(tree: ast.Module) -> list[str]:
    return [f"{line} {name}" for line, name in names(tree) if name.strip("_").lower() in BANNED]


def doubles(code: Iterable[tuple[Path, ast.Module]]) -> dict[str, list[str]]:
    """Top-level classes by name, where there are several."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, tree in code:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path))
    return {name: paths for name, paths in places.items() if len(paths) > 1}


@pytest.mark.parametrize("room", PACKAGES)
def test_names_are_words_of_the_field(room):
    assert {str(path): bad for path, tree in trees(room) if (bad := refused(tree))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "def _dressed(): ...",
        "class Law: ...",
        "def f(told): ...",
        "def f(*, asked=1): ...",
        "[each for each in ()]",
        "self._kept = {}",
        "class A:\n    said: int = 1",
        "class A:\n    def f(self):\n        found: int = 1",
    ],
)
def test_a_banned_name_is_refused(source):
    assert refused(ast.parse(source))


def test_a_stored_field_keeps_its_name():
    assert not refused(ast.parse("class Point:\n    found: int"))


def test_one_class_has_each_name_but_those_that_django_gives():
    assert doubles(trees()).keys() == set(TWICE)


def test_a_figure_is_a_number_and_a_chart_is_none():
    assert [str(path) for path in modules() if "figure" in path.stem] == ["kit/figures.py"]
    assert not [model for model in apps.get_models() if "Figure" in model.__name__]


#: Tables whose rows are read one below the other; the formatter lays out everything else.
LAID_OUT = {
    "alliances/lifecycle/table.py",
    "alliances/preparation/workbook/columns.py",
    "demo/ground/shape.py",
}


def test_the_formatter_lays_out_all_but_three_tables():
    written = {
        str(path)
        for path in modules(*PACKAGES, "demo", "bench", "tests")
        if re.search(r"# fmt: (off|skip)$", text_of(path), re.M)
    }
    assert written == LAID_OUT


def test_a_second_class_of_a_name_is_seen():
    tree = ast.parse("class Sample: ...")
    assert doubles([(Path("a.py"), tree), (Path("b.py"), tree)]) == {"Sample": ["a.py", "b.py"]}


def unique_keys(model: type[models.Model]) -> set[str]:
    """Fields of UUIDs that, alone or with others, stand once: they tell what is sent twice."""
    together = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    }
    return {
        field.name
        for field in model._meta.local_fields
        if isinstance(field, models.UUIDField) and (field.unique or field.name in together)
    }


def test_the_idempotency_key_has_one_name_in_every_table():
    ours = [model for model in apps.get_models() if model._meta.app_label in PACKAGES]
    keys = {model.__name__: names for model in ours if (names := unique_keys(model))}
    assert {name: names for name, names in keys.items() if names != {"key"}} == {}
    assert {"Event", "Alliance", "Visit", "DisbursementRequest", "Run"} <= set(keys)


@pytest.mark.parametrize("is_alone", [True, False])
@isolate_apps()
def test_a_key_of_another_name_is_seen(is_alone):
    class Parcel(models.Model):
        client_key = models.UUIDField(unique=is_alone)

        class Meta:
            app_label = "tests"
            constraints = [models.UniqueConstraint(fields=["client_key"], name="once")]

    assert unique_keys(Parcel) == {"client_key"}
