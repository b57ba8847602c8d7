"""What the image for production holds: ``.dockerignore`` says what stays outside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paap.machine import ROOT

LEFT_OUT = (ROOT / ".dockerignore").read_text().splitlines()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The tree as the Dockerfile copies it; folders but the settings' own are links."""
    for entry in ROOT.iterdir():
        if entry.name in LEFT_OUT or entry.name.startswith("."):
            continue
        if entry.name == "paap":
            shutil.copytree(entry, tmp_path / entry.name)
        elif entry.is_dir():
            (tmp_path / entry.name).symlink_to(entry)
        else:
            shutil.copy(entry, tmp_path)
    return tmp_path


def test_it_starts_without_demonstration_and_benchmarks(image: Path) -> None:
    """As in the Dockerfile, the addresses of the servers are never opened."""
    servers = {"DATABASE_URL": "postgresql://unused/unused", "REDIS_URL": "redis://unused"}
    environment = {**os.environ, "SECRET_KEY": "unused", "ALIANZAS_HOME": str(image), **servers}

    def manage(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=image,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    assert not (image / "demo").exists()
    assert not (image / "bench").exists()
    manage("check")
    commands = set(manage("help", "--commands").split())
    assert "setup" in commands
    assert commands.isdisjoint({"bench", "demo", "seed_demo"})
