"""What tests of runs share."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings

from evaluation.models import Run
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of

#: A drawing of nothing, in the form that drawings come in.
BLANK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9">'
    '<rect width="9" height="9"/></svg>'
)


@pytest.fixture(scope="module")
def module_media(tmp_path_factory) -> Iterator[None]:
    """A folder for the files of runs that all tests of a module read."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture
def charts_by_schema(monkeypatch) -> Callable[[Run], int]:
    """How many charts a run has, each as Vega-Lite's own schema asks for it.

    A word that Vega-Lite does not know is left out of the drawing, and nobody is told.
    """
    import altair

    plots: list[str] = []

    def not_drawn(plot: str, **_options: object) -> str:
        plots.append(plot)
        return BLANK

    def check(run: Run) -> int:
        for _chart in kind_of(run).drawings.draw(run, result_of(run, whole=False)):
            altair.Root.validate(json.loads(plots[-1]))
        return len(plots)

    monkeypatch.setattr("vl_convert.vegalite_to_svg", not_drawn)
    return check
