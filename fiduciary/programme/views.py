"""The page of the programme and its file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alliances.people.access import acting_of
from fiduciary.programme.forms import PartForm
from fiduciary.programme.selectors import (
    Figure,
    Programme,
    ProgrammeTable,
    can_read_programme,
    programme_at,
)
from fiduciary.programme.table import Unit
from kit.access import require
from kit.exports import table_file
from kit.figures import cop_short, count, number
from kit.small_cells import THRESHOLD


def _part_of(request: HttpRequest) -> tuple[Programme, PartForm]:
    require(can_read_programme(acting_of(request)))
    whole = programme_at(now())
    return whole, PartForm(request.GET, calls=whole.calls, departments=whole.departments)


@require_GET
def programme(request: HttpRequest) -> HttpResponse:
    """The programme, or a part of it, in tables without small cells."""
    whole, form = _part_of(request)
    head = whole.key_figures(form.place)
    context = {
        "form": form,
        "figures": [(label, _in_words(figure, unit)) for _name, label, unit, figure in head],
        "tables": [_in_short(table) for table in whole.tables_at(form.place)],
        "threshold": THRESHOLD,
        "at": whole.at,
        "query": request.GET.urlencode(),
    }
    return render(request, "fiduciary/programme/programme.html", context)


def _in_short(table: ProgrammeTable) -> dict[str, Any]:
    """A table for reading: pesos in millions."""
    columns = [{"label": label, "num": True} for _name, label, _unit in table.columns]
    units = [unit for _name, _label, unit in table.columns]
    return {
        "title": table.title,
        "columns": [{"label": _("Row")}, *columns],
        "rows": [[row.label, *map(_in_words, row.figures, units)] for row in table.rows],
    }


def _in_words(figure: Figure, unit: Unit) -> str:
    if figure is None:
        return count(None)
    return cop_short(figure) if unit is Unit.COP else number(figure)


@require_GET
def programme_file(request: HttpRequest) -> HttpResponse:
    """The same figures, one in each line, as a table to download."""
    whole, form = _part_of(request)
    headings = (_("Table"), _("Row"), _("Figure"), _("Value"))
    lines = [
        (table.title, row.label, label, count(None) if figure is None else figure)
        for table in whole.tables_at(form.place)
        for row in table.rows
        for (_name, label, _unit), figure in zip(table.columns, row.figures, strict=True)
    ]
    rows = [dict(zip(headings, line, strict=True)) for line in lines]
    return table_file("programa.csv", headings, rows)
