"""The reference tables of the tests: full as shipped, or empty."""

import shutil
from pathlib import Path

import pytest

from alliances.territory.models import (
    Crop,
    CropWindow,
    Department,
    ExternalShock,
    MinimumWage,
    Municipality,
    Practice,
    PriceIndex,
    SisterProgramme,
)
from alliances.territory.services import DATA, load_reference


@pytest.fixture(scope="module")
def shipped(module_rows: None) -> None:
    load_reference()


@pytest.fixture
def reference(shipped: None, db: None) -> None:
    """All tables, loaded once for a module; what a test changes in them is taken back."""


@pytest.fixture
def no_reference(db: None) -> None:
    for model in (
        CropWindow,
        Crop,
        Municipality,
        Department,
        MinimumWage,
        PriceIndex,
        ExternalShock,
        Practice,
        SisterProgramme,
    ):
        model.objects.all().delete()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reference files to spoil."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))
