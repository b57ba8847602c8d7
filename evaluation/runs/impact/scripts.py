"""The texts of a replication kit, from templates: what it is, and its estimates in R and Stata."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from evaluation.runs.models import Run
from evaluation.studies.impact_spec import ImpactSpec

if TYPE_CHECKING:
    import pandas as pd

TEMPLATES = Path(__file__).with_name("data") / "replica"
#: Stata's names of our variances by group. Of others only the coefficients are ours.
_STATA_VARIANCES = {"cr1": "cluster {}", "nn_cluster": "nncluster {}"}


@dataclass(frozen=True)
class RDCall:
    """One estimate as rdrobust is asked for it.

    Names are columns of data.csv; both bandwidths, (left, right), are given. our_vce: the variance
    that our run used, which rdrobust may lack; it is asked for vce.
    """

    name: str
    outcome: str
    score: str
    sample: str
    covariates: tuple[str, ...]
    fuzzy: str | None
    cluster: str | None
    p: int
    q: int
    kernel: str
    vce: str
    h: tuple[float, ...]
    b: tuple[float, ...]
    level: float
    our_vce: str


def as_it_is(name: str) -> bytes:
    """A file of the kit that is the same in each."""
    return (TEMPLATES / f"{name}.txt").read_bytes()


def readme(language: str, run: Run, spec: ImpactSpec, rows: "pd.DataFrame") -> bytes:
    """What the kit holds, what is replicated, what differs and why."""
    # What depends on the study, in each language: kits leave in both, whoever asks.
    words = json.loads((TEMPLATES / "words.json").read_text(encoding="utf-8"))[language]
    is_fuzzy = spec.treatment != "none"
    figures = {
        "codes": ", ".join(spec.excluded),
        "least": str(spec.minimum_controls),
        "count": str(len(run.study.finished_before)),
    }

    def words_if(name: str, when: object) -> str:
        return Template(words[name]).substitute(figures) if when else ""

    return _filled(
        f"README.{language}.md",
        run,
        title=run.study.title,
        wave=str(run.study.wave),
        rows=str(len(rows)),
        columns=", ".join(f"`{name}`" for name in rows),
        fuzzy=words_if("fuzzy", is_fuzzy),
        known=words_if("known", is_fuzzy),
        excluded=words_if("excluded", spec.excluded),
        standardised=words_if("standardised", spec.standardised),
        stamp=words_if("stamp", True),
    )


def in_r(run: Run, rows: "pd.DataFrame", calls: Sequence[RDCall]) -> bytes:
    """The estimates for R."""
    codes = _codes(rows)
    return _filled(
        "replicate.R",
        run,
        text_columns=", ".join(f'{name} = "character"' for name in codes),
        factors="\n".join(f"data${name} <- as.integer(factor(data${name}))" for name in codes),
        sample=calls[0].sample if calls else "in_sample",
        calls="\n".join(map(_r_call, calls)),
    )


def _r_call(call: RDCall) -> str:
    options = [f"data${call.outcome}", f"data${call.score}", "c = 0"]
    if call.fuzzy:
        options.append(f"fuzzy = data${call.fuzzy}")
    if call.covariates:
        names = ", ".join(f'"{name}"' for name in call.covariates)
        options.append(f"covs = as.matrix(data[, c({names})])")
    if call.cluster:
        options.append(f"cluster = data${call.cluster}")
    h, b = (", ".join(map(repr, sides)) for sides in (call.h, call.b))
    options += [
        f'kernel = "{call.kernel}"',
        f"p = {call.p}, q = {call.q}, h = c({h}), b = c({b})",
        f'vce = "{call.vce}", level = {call.level:g}, masspoints = "off"',
    ]
    return f'show("{call.name}", rdrobust({", ".join(options)})){_differs(call, call.vce, "  #")}'


def in_stata(run: Run, rows: "pd.DataFrame", calls: Sequence[RDCall]) -> bytes:
    """The estimates for Stata."""
    codes = _codes(rows)
    return _filled(
        "replicate.do",
        run,
        text_places=" ".join(str(list(rows).index(name) + 1) for name in codes),
        encode="\n".join(f"encode {name}, generate({name}_n)" for name in codes),
        sample=calls[0].sample if calls else "in_sample",
        calls="\n".join(_stata_call(call, codes) for call in calls),
    )


def _stata_call(call: RDCall, codes: Sequence[str]) -> str:
    h, b = (" ".join(map(repr, sides)) for sides in (call.h, call.b))
    options = ["c(0)", f"p({call.p})", f"q({call.q})", f"h({h})", f"b({b})"]
    options.append(f"kernel({call.kernel})")
    if call.fuzzy:
        options.append(f"fuzzy({call.fuzzy})")
    if call.covariates:
        options.append(f"covs({' '.join(call.covariates)})")
    variance = call.our_vce
    if call.cluster:
        group = f"{call.cluster}_n" if call.cluster in codes else call.cluster
        variance = _STATA_VARIANCES.get(call.our_vce, "cluster {}").format(group)
        used = call.our_vce if call.our_vce in _STATA_VARIANCES else "cluster"
    else:
        used = variance
    options += [f"vce({variance})", f"level({call.level:g})", "masspoints(off)"]
    command = f"rdrobust {call.outcome} {call.score}, {' '.join(options)}"
    return f"* {call.name}{_differs(call, used, ':')}\n{command}"


def _differs(call: RDCall, used: str, mark: str) -> str:
    if used == call.our_vce:
        return ""
    return f"{mark} our variance is {call.our_vce}, so the standard errors are others"


def _codes(rows: "pd.DataFrame") -> list[str]:
    return [str(name) for name in rows.select_dtypes(exclude="number")]


def _filled(name: str, run: Run, **values: str) -> bytes:
    source = {"run": str(run.pk), "study": run.study.slug, "fingerprint": run.fingerprint}
    text = (TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(source | values).encode()
