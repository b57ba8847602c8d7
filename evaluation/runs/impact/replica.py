"""The replication kit of an impact run: data, specification, numbers, and the same estimates.

The estimates are listed once, from the study and the stored parts; Python reads the list, R and
Stata get it written out. Same run, same bytes.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from io import BytesIO
from typing import Any

import pandas as pd

from evaluation.estimators.discontinuity import RDEstimate, RDResult
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.results import ImpactResult
from evaluation.runs.impact.scripts import RDCall, as_it_is, in_r, in_stata, readme
from evaluation.runs.rows.columns import YES_NO, DataColumn
from evaluation.runs.rows.files import dictionary_rows
from evaluation.runs.rows.keeping import frame_of
from evaluation.runs.rows.models import RunRows
from evaluation.runs.rows.public import published
from evaluation.studies.dataset import SCORE
from evaluation.studies.impact_spec import ImpactSpec

#: ZIP keeps days from 1980 on; the same run gives the same bytes on any day.
_NO_DAY = (1980, 1, 1, 0, 0, 0)
IN_SAMPLE = "@in_sample"
STANDARDISED = "{}_std"
COEFFICIENTS = ("coef_conventional", "coef_bias_corrected", "n_effective")
ERRORS = ("se_conventional", "se_robust")
INFERENCE = ("pv_robust", "ci_robust")
#: Our variance that rdrobust no longer has, and the one that stands in for its coefficients.
LACKING, STAND_IN = "nn_cluster", "cr1"

Replicated = tuple[str, RDSpec, RDEstimate]


def replica(stored: RunRows, result: ImpactResult) -> bytes:
    """The kit as a ZIP. Raises DamagedRows."""
    run, frame = stored.run, frame_of(stored)
    design = Design(frame, ImpactSpec.from_data(run.specification), run.seed)
    frame, more = _with_sample(frame, design)
    rows, columns = published(frame, run, more)
    names = dict(zip(frame.columns, (column.name for column in columns), strict=True))
    estimates = [
        (_call(name, spec, ours, names), spec, ours)
        for name, spec, ours in _estimates(design, result)
    ]
    data = rows.to_csv(index=False, lineterminator="\n").encode()
    source = {"run": run.pk, "study": run.study.slug, "fingerprint": run.fingerprint}
    calls = [call for call, _spec, _ours in estimates]
    return _zipped(
        {
            "README.en.md": readme("en", run, design.spec, rows),
            "README.es.md": readme("es", run, design.spec, rows),
            "check.py": as_it_is("check.py"),
            "data.csv": data,
            "numbers.json": _json(
                {
                    **source,
                    "versions": run.versions,
                    "data_sha256": sha256(data).hexdigest(),
                    "estimates": {
                        call.name: _numbers(spec, ours) for call, spec, ours in estimates
                    },
                }
            ),
            "replicate.R": in_r(run, rows, calls),
            "replicate.do": in_stata(run, rows, calls),
            "replicate.py": as_it_is("replicate.py"),
            "specification.json": _json(
                {
                    **source,
                    "seed": run.seed,
                    "runs_finished_before": run.study.finished_before,
                    "specification": run.specification,
                    "columns": dictionary_rows(columns, {}),
                    "codes": [str(name) for name in rows.select_dtypes(exclude="number")],
                    "estimates": [asdict(call) for call in calls],
                }
            ),
        }
    )


def _with_sample(frame: pd.DataFrame, design: Design) -> tuple[pd.DataFrame, dict[str, DataColumn]]:
    """The rows with those of the analysis marked, and its standardised outcomes beside them."""
    marked = frame.assign(**{IN_SAMPLE: frame.index.isin(design.rows.index).astype(int)})
    more = {
        IN_SAMPLE: DataColumn("in_sample", "In the sample of the study", "yes_no", values=YES_NO)
    }
    for outcome in design.spec.standardised:
        name = STANDARDISED.format(outcome)
        marked[name] = design.rows[outcome]
        more[name] = DataColumn(name, f"{outcome}, standardised within crop", "number", "sd")
    return marked, more


def _estimates(design: Design, result: ImpactResult) -> Iterator[Replicated]:
    """Every estimate of the run that can be asked of rdrobust, with what was estimated."""
    for row in result.headline.rows if result.headline else ():
        yield from _if_there(f"headline/{row.outcome}", design.rd(row.outcome), row.found)
        if design.is_fuzzy:
            above = design.rd(row.outcome, treatment=None)
            name = f"intention_to_treat/{row.outcome}"
            yield from _if_there(name, above, row.intention_to_treat)
    for item in result.corrected:
        gone = {column for column, _why in getattr(item.inside, "dropped", ())}
        covariates = tuple(name for name in design.spec.covariates if name not in gone)
        adjusted = design.rd(item.outcome, covariates=covariates)
        yield from _if_there(f"covariates/{item.outcome}", adjusted, item.inside)
    settings = dict(design.settings())
    for path in result.specifications:
        for point in () if isinstance(path.points, NotEstimable) else path.points:
            if point.at in settings:
                other = design.rd(path.outcome, **settings[point.at])
                yield from _if_there(f"{point.at}/{path.outcome}", other, point.found)


def _if_there(name: str, spec: RDSpec, estimate: RDResult) -> Iterator[Replicated]:
    if isinstance(estimate, RDEstimate):
        yield name, spec, estimate


def _call(name: str, spec: RDSpec, estimate: RDEstimate, names: Mapping[str, str]) -> RDCall:
    standardised = STANDARDISED.format(spec.outcome)
    return RDCall(
        name=name,
        outcome=names.get(standardised, names[str(spec.outcome)]),
        score=names[SCORE],
        sample=names[IN_SAMPLE],
        covariates=tuple(names[str(covariate)] for covariate in spec.covariates),
        fuzzy=names[str(spec.treatment)] if spec.treatment else None,
        cluster=names[str(spec.cluster)] if spec.cluster else None,
        p=spec.p,
        q=spec.bias_order,
        kernel=spec.kernel,
        vce=STAND_IN if spec.variance == LACKING else spec.variance,
        h=estimate.h,
        b=estimate.b,
        level=spec.level,
        our_vce=spec.variance,
    )


def _numbers(spec: RDSpec, estimate: RDEstimate) -> dict[str, Any]:
    compared = [*COEFFICIENTS]
    if spec.variance != LACKING:
        compared += ERRORS
        if spec.distribution == "normal":
            compared += INFERENCE
    fields = (*COEFFICIENTS, *ERRORS, *INFERENCE, "h", "b")
    return {"compared": compared, **{name: getattr(estimate, name) for name in fields}}


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as kit:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(f"replica/{name}", _NO_DAY)
            entry.external_attr = 0o644 << 16
            kit.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
