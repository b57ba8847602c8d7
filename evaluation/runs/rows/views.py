"""The files of a finished run, for those who evaluate and those who check them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from alliances.people.access import acting_of
from evaluation.access import can_take_rows
from evaluation.runs.rows.exports import TYPES, download_name, file_of, files_of
from evaluation.runs.selectors import whole_runs
from evaluation.runs.services import note_reading
from kit.access import require


@require_GET
def run_file(request: HttpRequest, pk: int, file: str) -> HttpResponse:
    """One file of the run, in the language of the page."""
    acting = acting_of(request)
    require(can_take_rows(acting))
    run = get_object_or_404(whole_runs(), pk=pk)
    if file not in files_of(run):
        raise Http404
    note_reading(run=run, acting=acting, at=now())  # the rows hold the outcomes
    return HttpResponse(
        file_of(run, file),
        content_type=TYPES[file.rpartition(".")[2]],
        headers={"Content-Disposition": f'attachment; filename="{download_name(run, file)}"'},
    )
