"""The page of a list, wherever it is: the rows, the person's views, the acts on many, the file."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from alliances.lists.registry import verbs_for
from alliances.lists.selectors import views_of
from alliances.people.access import acting_of
from kit.exports import FILE_KINDS, list_file
from kit.lists import FILE, SIZES, Listing, ListShape


def list_page(
    request: HttpRequest,
    shape: ListShape,
    template: str,
    more: Callable[[Listing], dict[str, Any]] = lambda listing: {},
    inside: str = "",
    **context: Any,
) -> HttpResponseBase:
    """What the address asks for, drawn by ``template``; with ``file`` in it, as that file.

    ``more``: what the page says besides, worked out from the rows that it shows. ``inside``: the
    thing to the rows of which the list is narrowed, where it stands on a page of that thing.
    """
    acting, params = acting_of(request), request.GET.copy()
    if inside:
        params[shape.within] = inside
    listing = Listing(shape, params, acting)
    if request.GET.get(FILE) in FILE_KINDS:
        headings = [str(column.label) for column in listing.leaving]
        return list_file(request.GET[FILE], shape.name, headings, listing.exported())
    verbs = verbs_for(shape.name, acting) if shape.pick else []
    return render(
        request,
        template,
        {
            "listing": listing,
            "page": listing.page,
            "rows": listing.rows,
            "saved_views": list(views_of(acting.user, shape.name)),
            "verbs": verbs,
            "sizes": SIZES,
            **context,
            **more(listing),
        },
    )
