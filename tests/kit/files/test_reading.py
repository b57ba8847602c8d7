"""The one reader of files: read right, or refused where it is wrong; whatever comes, it lives."""

import multiprocessing
import resource

import pytest
from django.utils import translation

from kit.cells import Broken
from kit.errors import InvalidFile
from kit.files import limits, reading
from kit.files.tables import Table, read_table
from tests.kit.files.odd_files import RIGHT, ROWS, TYPED, WRONG, text, xlsx


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def refusal_of(kind: str) -> list[tuple[int, str, str]]:
    """Every row, column and message by which a table is refused, or its cells are broken."""
    name, build, *_rest = WRONG[kind]
    try:
        table = read_table(name, build())
    except InvalidFile as error:
        whole = (0, "", error.message)
        return [whole, *((each.row, each.column, each.message) for each in error.errors)]
    return [
        (number, table.columns[place], cell.why)
        for number, row in zip(table.numbers, table.rows, strict=True)
        for place, cell in enumerate(row)
        if isinstance(cell, Broken)
    ]


@pytest.mark.parametrize("kind", RIGHT)
def test_it_is_read_right(kind):
    name, build, numbers = RIGHT[kind]

    table = read_table(name, build())

    assert list(table.columns) == ROWS[0]
    assert [list(row) for row in table.rows] in (ROWS[1:], TYPED[1:])
    assert table.numbers == numbers[1:]


@pytest.mark.parametrize("kind", WRONG)
def test_it_is_refused_where_it_is_wrong(kind):
    wrong = WRONG[kind]

    found = refusal_of(kind)

    assert any(wrong.says in message for _row, _column, message in found)
    assert wrong.place is None or wrong.place in [(row, column) for row, column, _message in found]


def test_hostile_files_cost_their_parent_no_memory():
    kinds = ("a cell far away and nothing else", "a value without text repeated")
    assert all(len(WRONG[kind].build()) < 1500 for kind in kinds)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for kind in kinds:
        assert refusal_of(kind)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # KiB


def test_a_child_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.001)

    with pytest.raises(InvalidFile, match="longer than"):
        read_table("e.csv", text().encode())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("os.abort()", "far more memory"),
        ("os.kill(os.getpid(), 9)", "far more memory"),
        ("os.kill(os.getpid(), 24)", "longer than"),
        ("int('27123456 Rosa')", "damaged"),
    ],
)
def test_a_child_that_dies_is_a_refusal(monkeypatch, caplog, code, says):
    monkeypatch.setattr(reading, "COMMAND", [*reading.COMMAND[:1], "-c", f"import os; {code}"])

    with pytest.raises(InvalidFile, match=says):
        read_table("e.csv", text().encode())

    assert "ended with" in caplog.text
    assert "Rosa" not in caplog.text


def test_a_child_has_no_more_memory_than_the_limit():
    code = "from kit.files.child import confine; confine(); bytearray({})"
    command = [*reading.COMMAND[:1], "-c", code.format(limits.MEMORY)]

    assert reading.run(command, b"").returncode == 1
    assert reading.run([*command[:2], code.format(limits.MEMORY // 2)], b"").returncode == 0


def test_an_answer_is_data_and_nothing_else(monkeypatch):
    code = "import pickle, sys, os; sys.stdout.buffer.write(pickle.dumps(os.getcwd))"
    monkeypatch.setattr(reading, "COMMAND", [*reading.COMMAND[:1], "-c", code])

    with pytest.raises(Exception, match="getcwd"):
        read_table("e.csv", text().encode())


def _read_as_a_worker() -> None:
    assert read_table("e.csv", text().encode()).numbers == (2, 3)


def test_it_reads_inside_a_worker_that_may_have_no_children():
    worker = multiprocessing.get_context("fork").Process(target=_read_as_a_worker, daemon=True)
    worker.start()
    worker.join()

    assert worker.exitcode == 0


def test_the_child_knows_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of ours")

    found = reading.run([*reading.COMMAND[:1], "-c", "import os; print(dict(os.environ))"], b"")

    assert b"of ours" not in found.stdout


def test_the_child_starts_without_django():
    code = "import sys, kit.files.child; print('django' in sys.modules, 'numpy' in sys.modules)"

    assert reading.run([*reading.COMMAND[:1], "-c", code], b"").stdout.split() == [b"False"] * 2


def test_other_sheets_with_data_are_told():
    def edit(workbook):
        workbook.create_sheet("Códigos").append(["a", 1])

    table = read_table("e.xlsx", xlsx(edit=edit))

    assert isinstance(table, Table)
    assert table.other_sheets == ("Códigos",)
