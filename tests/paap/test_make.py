"""``make demo`` and ``make test`` at once in a fresh checkout install one after the other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paap.machine import ROOT

#: Stands for Python: makes an environment whose pip takes its time and says when it works.
PYTHON = """#!/bin/sh
case "$1" in
-m) echo venv >> log; mkdir -p .venv/bin; cp pip .venv/bin/pip ;;
*) exec {python} "$@" ;;
esac
"""
PIP = "#!/bin/sh\necho begin >> log; sleep 0.4; echo end >> log\n"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_two_makes_install_one_after_the_other(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    for name, script in (("python", PYTHON.format(python=sys.executable)), ("pip", PIP)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)

    makes = [
        subprocess.Popen(
            ["make", f"PYTHON={tmp_path / 'python'}", target],
            cwd=tmp_path,
            env={**os.environ, "MAKEFLAGS": ""},
            stdout=subprocess.DEVNULL,
        )
        for target in (".venv/runtime", ".venv/dev")
    ]

    assert [make.wait(30) for make in makes] == [0, 0]
    assert (tmp_path / "log").read_text().split() == ["venv", *["begin", "end"] * 2]
