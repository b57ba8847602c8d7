"""Anchors: each names the one before, a key signs them, and Python alone checks them."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from alliances.lifecycle import anchors, audit
from alliances.lifecycle.anchoring import known_anchors, take_anchor
from alliances.lifecycle.anchors import disagreements, is_signed, read_anchors, write_anchor
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Event
from tests.factories.alliances import AT, make_alliance

KEY = b"una clave"


def write(folder: Path, length: int, head: str = "a", day: int = 1) -> Path:
    return write_anchor(
        folder,
        taken_at=datetime(2026, 3, day, tzinfo=UTC).isoformat(),
        chains={"7": (length, head * 64)},
        seals={},
        key=KEY,
    )


def script(*places: Path) -> "subprocess.CompletedProcess[str]":
    """The file itself, in a Python that sees nothing of this project."""
    command = [sys.executable, "-I", "-S", anchors.__file__, *map(str, places)]
    return subprocess.run(command, capture_output=True, text=True)


def test_anchors_name_each_other_and_are_signed(tmp_path: Path) -> None:
    for length in (2, 3, 3):
        write(tmp_path, length)
    kept = read_anchors(tmp_path)
    assert [anchor.number for anchor in kept] == [1, 2, 3]
    assert disagreements(kept) == []
    assert all(is_signed(anchor, KEY) for anchor in kept)
    assert not is_signed(kept[0], b"otra")


def test_the_script_needs_nothing_but_python(tmp_path: Path) -> None:
    write(tmp_path, 2)
    copy = tmp_path / "copia.json"
    copy.write_bytes(write(tmp_path, 3).read_bytes())
    done = script(tmp_path, copy)
    assert done.returncode == 0, done.stderr
    assert "3 files agree; the last one, anchor 2 of 2026-03-01" in done.stdout


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (lambda one, two: one.write_text(changed(one, length=1)), "does not name anchor 1"),
        (lambda one, two: two.write_text(changed(two, length=1)), "had 2 events in anchor 1"),
        (lambda one, two: two.write_text(changed(two, head="b")), "had 2 events in anchor 1"),
        (lambda one, two: two.unlink(), "Anchors 2 to 2 are missing"),
    ],
)
def test_what_was_changed_is_named(tmp_path: Path, tamper, found) -> None:  # type: ignore[no-untyped-def]
    one, two, three = (write(tmp_path, length) for length in (2, 2, 5))
    tamper(one, two)
    done = script(tmp_path)
    assert done.returncode == 1
    assert found in done.stderr
    assert three.exists()


def changed(path: Path, *, length: int = 2, head: str = "a") -> str:
    told = json.loads(path.read_text())
    return json.dumps(told | {"chains": {"7": [length, head * 64]}})


def test_a_copy_that_somebody_kept_speaks_against_all_files_rewritten(tmp_path: Path) -> None:
    published, rewritten = tmp_path / "published", tmp_path / "rewritten"
    published.mkdir()
    rewritten.mkdir()
    kept = write(published, 3)
    write(rewritten, 2)
    done = script(rewritten, kept)
    assert done.returncode == 1
    assert "two different files of number 1" in done.stderr


def test_what_is_no_anchor_is_said(tmp_path: Path) -> None:
    (tmp_path / "anchor-000001.json").write_text("{}")
    with pytest.raises(ValueError, match="is not an anchor"):
        read_anchors(tmp_path)


def test_two_at_once_write_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, 2)
    path.rename(tmp_path / "elsewhere.json")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))  # neither has seen the other
    write(tmp_path, 2)
    with pytest.raises(FileExistsError):
        write(tmp_path, 2)


@pytest.mark.django_db
def test_an_anchor_is_mailed_where_the_operator_chose(settings, tmp_path: Path) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    settings.ANCHOR_ADDRESS = "mailto:veeduria@example.org"
    make_alliance("eligible")
    path = take_anchor(at=AT)
    (sent,) = mail.outbox
    assert sent.to == ["veeduria@example.org"]
    assert known_anchors(path)[0].digest in sent.body


@pytest.mark.django_db
def test_an_address_that_is_none_is_said_and_the_file_is_kept(settings, tmp_path: Path) -> None:
    settings.ANCHOR_FOLDER, settings.ANCHOR_ADDRESS = tmp_path, "ftp://example.org"
    with pytest.raises(CommandError, match="neither mailto: nor https:"):
        call_command("anchor")
    assert len(read_anchors(tmp_path)) == 1


@pytest.mark.django_db
def test_the_audit_says_between_which_anchors_it_changed(settings, tmp_path: Path) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    alliance = make_alliance("eligible")
    take_anchor(at=AT)
    Event.objects.create(alliance=alliance, verb="note", at=AT)
    second = take_anchor(at=AT)
    told = json.loads(second.read_text())
    told["chains"][str(alliance.pk)][1] = "f" * 64  # as if the database had been another then
    second.write_text(json.dumps(told))

    (unsigned, wrong) = verify_audit(anchors=known_anchors()).differences

    assert "not signed" in unsigned.what
    assert wrong.where == f"chain {alliance.pk}, events 3 to 3"
    assert "they are not those of anchor 2" in wrong.what


@pytest.mark.django_db
def test_what_a_room_sealed_is_anchored(
    settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    sealed = {"run 1": "a", "run 2": "b"}
    monkeypatch.setattr(audit, "_seals", [lambda: sealed])
    take_anchor(at=AT)
    sealed["run 3"] = "c"
    take_anchor(at=AT)
    assert verify_audit(anchors=known_anchors()).is_well

    sealed["run 1"] = "z"
    del sealed["run 3"]

    differences = verify_audit(anchors=known_anchors()).differences
    assert [row.where for row in differences] == ["run 1", "run 3"]
    assert "not what it was in anchor 2" in differences[0].what
