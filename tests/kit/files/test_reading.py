"""The one reader of files: read right, or refused where it is wrong; whatever comes, it lives."""

import multiprocessing
import os
import resource
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import translation

from kit.cells import Broken
from kit.errors import InvalidFile
from kit.files import limits, reading
from kit.files.tables import Table, read_table
from tests.kit.files.odd_files import RIGHT, ROWS, TYPED, WRONG, text, two_tables, xlsx


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


def test_a_child_that_answers_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "ANSWER", 1024 * 1024)
    code = "import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))"
    monkeypatch.setattr(reading, "COMMAND", [*reading.COMMAND[:1], "-c", code])

    with pytest.raises(InvalidFile, match="more text than can be taken"):
        read_table("e.csv", text().encode())


def test_a_child_that_hears_nothing_of_a_long_question_is_a_refusal(monkeypatch):
    monkeypatch.setattr(reading, "COMMAND", [*reading.COMMAND[:1], "-c", "exit(1)"])

    with pytest.raises(InvalidFile, match="damaged"):
        read_table("e.csv", text().encode() * 100_000)


def test_only_so_many_files_are_read_at_a_time(monkeypatch):
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0.01)
    taken = [reading._places.acquire(blocking=False) for _place in range(limits.CHILDREN)]

    with pytest.raises(reading.Busy, match="Many files are being read"):
        read_table("e.csv", text().encode())
    for _place in taken:
        reading._places.release()

    assert all(taken)
    assert read_table("e.csv", text().encode()).numbers == (2, 3)


def test_a_place_is_given_back_whatever_happens(monkeypatch):
    for code in ("exit(1)", "import os; os.abort()"):
        monkeypatch.setattr(reading, "COMMAND", [*reading.COMMAND[:1], "-c", code])
        for _again in range(limits.CHILDREN + 1):
            with pytest.raises(InvalidFile):
                read_table("e.csv", text().encode())
    monkeypatch.undo()

    assert read_table("e.csv", text().encode()).numbers == (2, 3)


def test_every_type_of_cell_is_read_by_a_child_that_opens_nothing():
    moment = datetime.fromisoformat("2021-03-01T08:30")
    row = [date(2021, 3, 1), moment, time(8, 30), timedelta(hours=30), True, 1]

    table = read_table("e.xlsx", xlsx(list("abcdef"), row))

    assert isinstance(table.rows[0][0], date)
    assert table.rows[0][4:] == (True, 1)
    assert str(table.rows[0][1]) == "2021-03-01 08:30:00"


@pytest.mark.parametrize("act", ["open('/proc/self/status')", "socket.socket()", "os.pipe()"])
def test_a_child_that_reads_text_or_workbooks_opens_nothing(act):
    code = f"import os, socket; from kit.files import child; child.open_nothing_more(''); {act}"

    done = reading.run([*reading.COMMAND[:1], "-c", code], b"")

    assert done.returncode == 1
    assert b"Too many open files" in done.stderr


def test_a_child_writes_no_file(tmp_path):
    path = tmp_path / "kept"
    code = f"from kit.files import child; child.confine(); open({str(path)!r}, 'w').write('x')"

    reading.run([*reading.COMMAND[:1], "-c", code], b"")

    assert not path.read_text()


def test_the_child_inherits_no_file_of_ours():
    code = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"
    with open(os.devnull) as ours:
        os.set_inheritable(ours.fileno(), True)
        found = reading.run([*reading.COMMAND[:1], "-c", code], b"").stdout

    assert len(found.split(b",")) == 4  # its three pipes, and the folder it lists


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
    """Nor with what reading text does not need: starting is most of what a small file costs."""
    heavy = {"django", "numpy", "zipfile", "xml", "python_calamine", "pathlib", "dataclasses"}
    code = f"import sys, kit.files.child; print({heavy} & set(sys.modules))"

    assert reading.run([*reading.COMMAND[:1], "-c", code], b"").stdout.strip() == b"set()"


def test_other_sheets_with_data_are_told():
    def edit(workbook):
        workbook.create_sheet("Códigos").append(["a", 1])

    table = read_table("e.xlsx", xlsx(edit=edit))

    assert isinstance(table, Table)
    assert table.other_sheets == ("Códigos",)


@pytest.mark.parametrize(
    ("options", "sheet"),
    [({"sheet": "codigos "}, "Códigos"), ({"known": {"documento", "ventas"}}, "Sheet")],
)
def test_the_sheet_is_the_one_named_or_the_one_with_known_headings(options, sheet):
    assert read_table("e.xlsx", xlsx(edit=two_tables), **options).sheet == sheet


def test_a_sheet_that_is_not_there_is_told():
    with pytest.raises(InvalidFile, match=r"no sheet «Datos» with data.*Sheet, Códigos"):
        read_table("e.xlsx", xlsx(edit=two_tables), sheet="Datos")


def test_known_headings_are_found_below_other_rows_and_what_is_above_is_told():
    content = "Encuesta;2026;\nCódigo;52;\n;;\n" + text()

    table = read_table("e.csv", content.encode(), known={"ventas", "situacion"})

    assert (table.columns, table.above) == (("documento", "ventas", "situación"), (1, 2))
    assert table.numbers == (5, 6)


@pytest.mark.parametrize(
    "true", ["CAFÉ»", "SÃO", "D’Costa", "Bogotá–Cali", "Nº 5", "25 °C", "¿Sí?"]
)
def test_true_letters_are_left_alone(true):
    content = text().replace("Peor", true).encode()

    assert read_table("e.csv", content).rows[1][2] == true
