"""The replication kit gives our numbers by another implementation, and says when it does not."""

import io
import json
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.rows.exports import file_of, files_of
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("module_media")]
OUTCOMES = ("productivity_kg_ha", "sales_cop")


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


def finished(evaluator, **changes) -> Run:
    asked = {"outcomes": OUTCOMES, "placebos": 0, "balance_draws": 0} | changes
    rows = impact_rows(alliances=80)
    return work_on(make_impact_run(evaluator, impact_spec(**asked)), rows, charts=False)


@pytest.fixture(scope="module")
def run(evaluator) -> Run:
    return finished(evaluator)


@pytest.fixture(scope="module")
def zipped(run) -> bytes:
    return file_of(run, "replica.zip")


def unpacked(zipped: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(zipped)) as kit:
        kit.extractall(folder)
    return folder / "replica"


@pytest.fixture
def checked(monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """How ``check.py`` ends, and what it prints. Its libraries are loaded once for all kits."""

    def check(kit: Path, *words: str) -> tuple[int, str]:
        monkeypatch.syspath_prepend(kit)
        monkeypatch.setattr(sys, "argv", ["check.py", *words])
        monkeypatch.delitem(sys.modules, "replicate", raising=False)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(kit / "check.py"), run_name="__main__")
        assert Path(sys.modules["replicate"].__file__).parent == kit
        return ended.value.code, capsys.readouterr().out

    return check


def change(file: Path, name: str, field: str) -> None:
    numbers = json.loads(file.read_text())
    numbers["estimates"][name][field] *= 1.00001
    file.write_text(json.dumps(numbers))


def test_the_kit_gives_our_numbers_and_a_changed_number_is_found(zipped, tmp_path, checked):
    kit = unpacked(zipped, tmp_path)

    found = subprocess.run(  # by itself: it needs nothing of ours
        [sys.executable, "check.py"], cwd=kit, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 differ" in found.stdout
    estimates = json.loads((kit / "numbers.json").read_text())["estimates"]
    names = {name.partition("/")[0] for name in estimates}
    assert {"headline", "intention_to_treat", "covariates", "kernel_uniform", "vce_nn"} < names
    assert "se_robust" in estimates["headline/sales_cop"]["compared"]  # cr3, ours by default
    assert "ci_robust" not in estimates["vce_cr2/sales_cop"]["compared"]
    assert "se_robust" not in estimates["vce_nn_cluster/sales_cop"]["compared"]

    change(kit / "numbers.json", "headline/sales_cop", "se_robust")
    code, printed = checked(kit, "--only", "headline")
    assert code == 1
    assert "headline/sales_cop: se_robust" in printed

    with open(kit / "data.csv", "a") as file:
        file.write("\n")
    assert "not the file" in checked(kit)[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"treatment": "none", "treated_by": None, "covariates": ()},
        {"cluster": "none", "vce": "nn", "exclusions": ()},
        {"cluster": "department", "vce": "cr1", "standardised": ()},
    ],
    ids=["sharp", "unclustered", "by department"],
)
def test_other_studies_are_replicated_too(evaluator, tmp_path, checked, changes):
    zipped = file_of(finished(evaluator, **changes), "replica.zip")

    code, printed = checked(unpacked(zipped, tmp_path))

    assert code == 0, printed
    assert "0 differ" in printed


def test_the_same_run_gives_the_same_bytes(run, zipped):
    assert "replica.zip" in files_of(run)
    assert file_of(Run.objects.get(pk=run.pk), "replica.zip") == zipped


def test_the_scripts_name_every_estimate_and_every_column_they_use(zipped, tmp_path):
    kit = unpacked(zipped, tmp_path)

    calls = json.loads((kit / "specification.json").read_text())["estimates"]
    r, stata = (kit / "replicate.R").read_text(), (kit / "replicate.do").read_text()
    header = (kit / "data.csv").read_text().partition("\n")[0].split(",")
    assert r.count("rdrobust(data$") == stata.count("\nrdrobust ") == len(calls)
    assert all(call["outcome"] in header for call in calls)
    assert 'vce = "cr3"' in r
    assert "our variance is cr3, so the standard errors are others" in stata
    assert "vce(nncluster alliance)" in stata
    assert "$" not in stata
    for language, word in (("es", "Qué difiere"), ("en", "What differs")):
        readme = (kit / f"README.{language}.md").read_text()
        assert word in readme
        assert "13" in readme  # the department left out
        assert "$" not in readme


#: What R's package would be asked: every argument is there, as long as the rows, and a number.
STAND_IN = """
library <- function(...) NULL
rdrobust <- function(y, x, c, fuzzy = x, covs = cbind(x), cluster = x, kernel, p, q, h, b, vce,
                     level, masspoints) {
  for (column in list(y, x, fuzzy, cluster, covs[, 1]))
    stopifnot(is.numeric(column), length(column) == nrow(data), nrow(data) > 0)
  stopifnot(length(h) == 2, length(b) == 2, all(is.finite(unlist(base::c(h, b, p, q, level)))))
  list(coef = 0:2, se = 0:2, pv = 0:2, ci = matrix(0, 3, 2))
}
source("replicate.R")
"""


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
@pytest.mark.parametrize("changes", [{}, {"treatment": "none", "treated_by": None}])
def test_the_script_for_r_runs_on_the_data(evaluator, tmp_path, changes):
    kit = unpacked(file_of(finished(evaluator, **changes), "replica.zip"), tmp_path)
    calls = json.loads((kit / "specification.json").read_text())["estimates"]

    found = subprocess.run(
        ["Rscript", "--vanilla", "-e", STAND_IN], cwd=kit, capture_output=True, text=True
    )

    assert found.returncode == 0, found.stderr
    assert found.stdout.count("robust p") == len(calls)
