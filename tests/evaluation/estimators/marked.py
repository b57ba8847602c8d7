"""The part of a page that a program writes, between two comments that readers do not see."""

from pathlib import Path


def put(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name:start -->`` and ``<!-- name:end -->``.

    Raises ValueError where the page lacks the two comments, each once.
    """
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    page = path.read_text(encoding="utf-8")
    if (page.count(start), page.count(end)) != (1, 1):
        raise ValueError(f"{path} has no single {start} … {end}")
    before, rest = page.split(start)
    _old, after = rest.split(end)
    path.write_text(f"{before}{start}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
