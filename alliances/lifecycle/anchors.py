"""Anchors: files outside the database that say how long each chain was, and how it ended.

Each names the SHA-256 of the one before, so whoever kept one copy can tell whether later files
still agree with it. Nothing but Python's standard library is imported here, so that anybody can
check what was published: ``python anchors.py FOLDER [COPY …]``. The signature (HMAC-SHA256) is for
the programme, which has its key; the chain of files is for everybody.
"""

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "anchor-{:06d}.json"


@dataclass(frozen=True)
class Anchor:
    """One file: ``chains`` gives length and last hash, ``seals`` what rooms sealed, by name."""

    number: int
    taken_at: str
    previous: str
    chains: Mapping[str, tuple[int, str]]
    seals: Mapping[str, str]
    signature: str
    digest: str  # of the file itself

    def __str__(self) -> str:
        return f"anchor {self.number} of {self.taken_at}"


def read_anchor(path: Path) -> Anchor:
    """The anchor in a file. Raises ValueError for a file that is none."""
    raw = path.read_bytes()
    try:
        content = json.loads(raw)
        return Anchor(
            number=content["number"],
            taken_at=content["taken_at"],
            previous=content["previous"],
            chains={name: (length, head) for name, (length, head) in content["chains"].items()},
            seals=content["seals"],
            signature=content["signature"],
            digest=hashlib.sha256(raw).hexdigest(),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not an anchor.") from error


def read_anchors(folder: Path) -> list[Anchor]:
    """Those of a folder, from the first to the last."""
    return [read_anchor(path) for path in sorted(folder.glob("anchor-*.json"))]


def write_anchor(
    folder: Path,
    *,
    taken_at: str,
    chains: Mapping[str, tuple[int, str]],
    seals: Mapping[str, str],
    key: bytes,
) -> Path:
    """Write the next anchor of the folder, whole or not at all.

    Raises FileExistsError when another process was quicker.
    """
    last = max(folder.glob("anchor-*.json"), default=None)
    before = read_anchor(last) if last else None
    content = {
        "number": before.number + 1 if before else 1,
        "taken_at": taken_at,
        "previous": before.digest if before else "",
        "chains": {name: list(end) for name, end in chains.items()},
        "seals": dict(seals),
    }
    content["signature"] = _signature(content, key)
    path = folder / NAME.format(content["number"])
    draft = folder / f".{path.name}.{os.getpid()}"
    draft.write_text(_spelled(content))
    try:
        os.link(draft, path)  # refuses to replace
    finally:
        draft.unlink()
    return path


def is_signed(anchor: Anchor, key: bytes) -> bool:
    """Whether the programme's own key signed it."""
    content = {
        "number": anchor.number,
        "taken_at": anchor.taken_at,
        "previous": anchor.previous,
        "chains": {name: list(end) for name, end in anchor.chains.items()},
        "seals": dict(anchor.seals),
    }
    return hmac.compare_digest(_signature(content, key), anchor.signature)


def disagreements(anchors: Iterable[Anchor]) -> list[str]:
    """What does not fit among anchors, copies of the same number included; empty when all does."""
    problems, before = [], None
    for anchor in sorted(anchors, key=lambda anchor: anchor.number):
        if before and before.number == anchor.number:
            if before.digest != anchor.digest:
                problems.append(f"There are two different files of number {anchor.number}.")
            continue
        if before is None and anchor.number == 1 and anchor.previous:
            problems.append("The first anchor names one before it.")
        if before:
            problems += _between(before, anchor)
        before = anchor
    return problems


def _between(before: Anchor, after: Anchor) -> list[str]:
    problems = []
    if after.number == before.number + 1 and after.previous != before.digest:
        problems.append(f"Anchor {after.number} does not name anchor {before.number} as here.")
    if after.number > before.number + 1:
        problems.append(f"Anchors {before.number + 1} to {after.number - 1} are missing.")
    if after.taken_at < before.taken_at:
        problems.append(f"Anchor {after.number} is dated before anchor {before.number}.")
    for name, (length, head) in before.chains.items():
        now_length, now_head = after.chains.get(name, (0, ""))
        if now_length < length or (now_length == length and now_head != head):
            problems.append(
                f"Chain {name} had {length} events in anchor {before.number}; in anchor"
                f" {after.number} it has {now_length}, or others."
            )
    return problems


def _signature(content: Mapping[str, object], key: bytes) -> str:
    return hmac.new(key, _spelled(content).encode(), hashlib.sha256).hexdigest()


def _spelled(content: Mapping[str, object]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def main(words: list[str]) -> int:
    """Check a folder of anchors, and copies of single ones that somebody kept."""
    if not words:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    paths = [Path(word) for word in words]
    anchors = [
        anchor
        for path in paths
        for anchor in (read_anchors(path) if path.is_dir() else [read_anchor(path)])
    ]
    problems = disagreements(anchors)
    for line in problems:
        sys.stderr.write(f"{line}\n")
    if problems or not anchors:
        sys.stderr.write(f"{len(anchors)} anchors do not agree.\n")
        return 1
    last = max(anchors, key=lambda anchor: anchor.number)
    events = sum(length for length, _head in last.chains.values())
    sys.stdout.write(
        f"{len(anchors)} files agree; the last one, {last}, holds {events} events"
        f" in {len(last.chains)} chains. Its SHA-256 is {last.digest}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
