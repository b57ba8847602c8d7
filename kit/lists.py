"""One list under every list of the product: what it shows, how it is narrowed, how it leaves.

Context: who works a hundred profiles narrows, sorts, chooses, acts and comes back, all day.
Decision: a list is a declaration (``ListShape``). All that a person chose (words, filters, order,
columns, page and its length) is in the address, so that it can be saved, sent, exported, acted
upon as a whole, and walked row by row from the page of one row (``Trail``).
Consequence: no list has a state of its own. Why no library draws it: docs/decisions/10.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

import django_filters
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lag, LastValue, Lead, RowNumber
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import NoReverseMatch, Resolver404, ResolverMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from kit.tones import Tone

SIZES = (50, 100, 200)
#: Rows that are read and written at once while a list leaves as a file.
CHUNK = 250
#: In a longer list a row that is not near the page it was opened from is not looked for.
MOST_NUMBERED = 20_000
#: Words of the address that say how a list is shown; its filters have the others.
SORT, SIZE, COLUMN, PAGE, FILE, FROM = "sort", "size", "col", "page", "file", "from"


@dataclass(frozen=True)
class Toned:
    """A state, or a day, as a value of a list: its word and its tone."""

    word: str | date
    tone: Tone

    def __str__(self) -> str:
        return str(self.word)


@dataclass(frozen=True)
class ListColumn:
    """One column: what it says of a row, and how the list is sorted by it.

    ``value`` is a text, a number, a day, a ``Toned``, a tuple of lines, or None; ``under`` is a
    second, smaller line. ``order``: expressions of the query, none for what it is not sorted by.
    ``markup``: how a page shows the value where it leads somewhere; files have the value.
    """

    name: str
    label: Promise | str
    value: Callable[[Any], Any]
    order: tuple[Any, ...] = ()
    under: Callable[[Any], Any] | None = None
    is_key: bool = False  # it names the row and opens it; it is always shown
    is_shown: bool = True  # to who chose no columns
    is_money: bool = False
    is_number: bool = False  # it stands at the right, as amounts of money do
    is_wide: bool = False  # long names: it has its room before the others share what is left
    is_personal: bool = False  # on the page alone: it never leaves in a file
    is_within: bool = True  # tells something where the list stands inside another thing
    markup: Callable[[Any], SafeString | str] | None = None

    def of(self, find: Callable[[Any], Any]) -> "ListColumn":
        """The same column in a list whose rows are not the thing, but know it."""
        value, under, markup = self.value, self.under, self.markup
        return replace(
            self,
            value=lambda row: value(find(row)),
            under=under and (lambda row: under(find(row))),
            markup=markup and (lambda row: markup(find(row))),
        )


@dataclass(frozen=True)
class ListShape:
    """The declaration of a list.

    ``source`` gives what a member sees; ``rows`` makes of the rows of one page, for that
    member, what the columns read, in a number of queries that does not grow; ``opens`` is the
    address of such a row, ``lookup`` the field that the addresses of one row name, ``key`` what
    they name of it, and ``pick`` what a ticked row sends. ``begins`` is what a row is there to
    begin, as its words and address; no address for who may not. Narrowed by the filter ``within``
    to the rows of one thing, the list stands at ``page_within``, the address of which names that
    thing alone.
    """

    name: str
    title: Promise | str
    page: str
    source: Callable[[Any], QuerySet[Any]]
    columns: tuple[ListColumn, ...]
    filters: type[django_filters.FilterSet]
    order: str
    opens: Callable[[Any], str]
    lookup: str = "pk"
    key: Callable[[Any], Any] = lambda row: row.pk
    rows: Callable[[Any, Any], Sequence[Any]] = lambda rows, acting: list(rows)
    pick: Callable[[Any], str] | None = None
    begins: Callable[[Any], tuple[str, str]] | None = None
    order_of: Callable[[QueryDict], str] | None = None  # where the usual order depends on filters
    within: str = ""
    page_within: str = ""

    @property
    def has_buttons(self) -> bool:
        """Whether something is begun from its rows."""
        return self.begins is not None

    def address(self, query: str = "") -> str:
        """Where the list stands as this query asks for it."""
        inside = QueryDict(query).get(self.within) if self.within else None
        place = reverse(self.page)
        if inside:
            with suppress(NoReverseMatch):  # it names nothing
                place = reverse(self.page_within, args=[inside])
        return f"{place}?{query}" if query else place

    def column(self, name: str) -> ListColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


_shapes: dict[str, ListShape] = {}


def declare(shape: ListShape) -> ListShape:
    """Make a list known by its name: to saved views, to acts on many rows, to trails."""
    if _shapes.setdefault(shape.name, shape) is not shape:
        raise ValueError(f"The list {shape.name!r} already exists.")
    return shape


def declared() -> list[ListShape]:
    """Every list of the product, by name; known once the addresses are."""
    return [_shapes[name] for name in sorted(_shapes)]


def shape_named(name: str) -> ListShape | None:
    """The list of that name."""
    return _shapes.get(name)


def in_full(rows: Iterable[Any], full: QuerySet[Any]) -> list[Any]:
    """The rows of a page as ``full`` reads them, in the order given.

    To narrow and sort thousands of rows is cheap while they are bare: what a page shows beside
    them is read for the page only.
    """
    bare = rows.values_list("pk", flat=True) if isinstance(rows, QuerySet) else None
    keys = [row.pk for row in rows] if bare is None else list(bare)
    by_key = full.in_bulk(keys)
    return [by_key[key] for key in keys if key in by_key]


def model_version(row: Any) -> str:
    """What a ticked row of a model sends: its key and the version that was on the page."""
    return f"{row.pk}:{row.version}"


@dataclass(frozen=True)
class ListHeading:
    """The head of a column: its label, and the order that a click on it asks for."""

    column: ListColumn
    sort: str = ""
    direction: str = ""  # "ascending" or "descending" where the list is sorted by it


class Listing:
    """A list as one member's address asks for it. Whatever the address gets wrong is left out."""

    def __init__(self, shape: ListShape, query: QueryDict, acting: Any) -> None:
        self.shape, self.params, self.acting = shape, query, acting
        self.filterset = shape.filters(query, queryset=shape.source(acting), request=acting)

    @property
    def form(self) -> BaseForm:
        form: BaseForm = self.filterset.form
        return form

    # -- What the address says ----------------------------------------------------------------
    @cached_property
    def sort(self) -> str:
        """The name of the column that sorts, with a dash for the other way round."""
        wanted = self.params.get(SORT, "")
        column = self.shape.column(wanted.removeprefix("-"))
        return wanted if column and column.order else self.usual_sort

    @property
    def usual_sort(self) -> str:
        """The order of a list whose address asks for none."""
        return self.shape.order_of(self.params) if self.shape.order_of else self.shape.order

    @property
    def sorts(self) -> list[tuple[str, ListColumn]]:
        """Every order that can be asked for, without a click on a head: telephones show none."""
        sortable = [column for column in self.shape.columns if column.order]
        return [(mark + column.name, column) for column in sortable for mark in ("", "-")]

    @cached_property
    def size(self) -> int:
        """Rows on a page."""
        wanted = self.params.get(SIZE, "")
        return int(wanted) if wanted in map(str, SIZES) else SIZES[0]

    @cached_property
    def columns(self) -> tuple[ListColumn, ...]:
        """The chosen columns in their order; the key is always among them."""
        wanted = set(self.params.getlist(COLUMN))
        if not wanted & {column.name for column in self.shape.columns}:
            return self._usual_columns
        return tuple(row for row in self.shape.columns if row.is_key or row.name in wanted)

    @cached_property
    def query(self) -> str:
        """The address of what is shown, without the page: as it is saved, sent and exported."""
        narrowing = [*self._narrowing]
        if self.sort != self.usual_sort:
            narrowing.append((SORT, self.sort))
        if self.size != SIZES[0]:
            narrowing.append((SIZE, str(self.size)))
        if self.columns != self._usual_columns:
            narrowing += [(COLUMN, column.name) for column in self.columns if not column.is_key]
        return urlencode(narrowing)

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out by words or filters."""
        return any(name != self.shape.within for name, _value in self._narrowing)

    @property
    def address(self) -> str:
        """Where the list stands as it is asked for."""
        return self.shape.address(self.query)

    @property
    def address_of_file(self) -> str:
        """Where all of it leaves as a file, but for the kind of file."""
        return f"{self.address}{'&' if self.query else '?'}{FILE}="

    @property
    def address_of_all(self) -> str:
        """Where it stands when nothing is left out."""
        inside = [pair for pair in self._narrowing if pair[0] == self.shape.within]
        return self.shape.address(urlencode(inside))

    @cached_property
    def _narrowing(self) -> list[tuple[str, str]]:
        """What the address says to the filters; a word that none of them knows is left out."""
        names = [name for name in self.params if name in self.filterset.filters]
        return [(name, value) for name in names for value in self.params.getlist(name) if value]

    @cached_property
    def _usual_columns(self) -> tuple[ListColumn, ...]:
        is_inside = bool(self.shape.within and self.params.get(self.shape.within))
        return tuple(
            row
            for row in self.shape.columns
            if row.is_key or (row.is_shown and (row.is_within or not is_inside))
        )

    # -- What is shown --------------------------------------------------------------------------
    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """All rows that the address asks for, in their order."""
        return self.in_order(self.filterset.qs)

    def in_order(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """These rows as the address sorts the list."""
        column = self.shape.column(self.sort.removeprefix("-"))
        assert column is not None  # ``sort`` names one
        is_descending = self.sort.startswith("-")
        return rows.order_by(*(_directed(row, is_descending) for row in column.order), "pk")

    @cached_property
    def page(self) -> Page[Any]:
        """The page that the address asks for; a wrong number gives the nearest one."""
        return Paginator(self.queryset, self.size).get_page(self.params.get(PAGE))

    @cached_property
    def rows(self) -> Sequence[Any]:
        """The rows of the page, as the columns read them."""
        return self.shape.rows(self.page.object_list, self.acting)

    @property
    def headings(self) -> list[ListHeading]:
        """The heads of the chosen columns."""
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: ListColumn) -> ListHeading:
        heading = ListHeading(column, column.name if column.order else "")
        if self.sort.removeprefix("-") != column.name:
            return heading
        if self.sort.startswith("-"):
            return replace(heading, direction="descending")
        return replace(heading, sort=f"-{column.name}", direction="ascending")

    def query_at(self, page: int) -> str:
        """The address of what is shown, with its page."""
        return "&".join(filter(None, (self.query, f"{PAGE}={page}" if page > 1 else "")))

    @cached_property
    def here(self) -> str:
        """The same at the page that is shown."""
        return self.query_at(self.page.number)

    def came_from_page(self, page: int) -> str:
        """What the address of a row of that page says of the list that it was opened from."""
        return urlencode({FROM: f"{self.shape.name}?{self.query_at(page)}"})

    @cached_property
    def came_from(self) -> str:
        """The same of the page that is shown."""
        return self.came_from_page(self.page.number)

    @property
    def asked_page(self) -> int:
        """The page that the address asks for, whether there is one or not."""
        wanted = self.params.get(PAGE, "")
        return max(int(wanted), 1) if wanted.isdecimal() and len(wanted) < 7 else 1

    def opening(self, row: Any) -> str:
        """The address of a row, with the way back to this list in it."""
        return f"{self.shape.opens(row)}?{self.came_from}"

    def anchor(self, row: Any) -> str:
        """The place of a row on the page of the list, to come back to."""
        return _anchor(self.shape.key(row))

    # -- What leaves ----------------------------------------------------------------------------
    @property
    def leaving(self) -> tuple[ListColumn, ...]:
        """The chosen columns that may leave in a file."""
        return tuple(column for column in self.columns if not column.is_personal)

    def exported(self) -> Iterator[list[Any]]:
        """Every row that is asked for, as values; few of them are in memory at a time."""
        keys = list(self.queryset.values_list("pk", flat=True))
        by_key = self.shape.source(self.acting)
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            read = by_key.in_bulk(chunk)
            rows = self.shape.rows([read[key] for key in chunk if key in read], self.acting)
            for row in rows:
                yield [_plain(column.value(row)) for column in self.leaving]


def _anchor(key: Any) -> str:
    return f"row-{key}"


def _directed(expression: Any, is_descending: bool) -> Any:
    """The expression of an ``order_by``, the other way round if it must be."""
    if isinstance(expression, str):
        expression = F(expression)
    if isinstance(expression, OrderBy):
        return expression.copy().reverse_ordering() if is_descending else expression
    return expression.desc() if is_descending else expression.asc()


def _plain(value: Any) -> Any:
    """A value as a file has it: numbers and days as they are, all else as text."""
    if isinstance(value, Toned):
        value = value.word
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, datetime):
        return localtime(value).date()
    if value is None or isinstance(value, date | int | float) or hasattr(value, "as_tuple"):
        return value
    return str(value)


# -- From the page of one row to the next ----------------------------------------------------------
@dataclass(frozen=True)
class Trail:
    """Where a row stands in the list that it was opened from, and the ways on and back.

    ``place`` is 0 when the row has left the list; the rows beside it are those it stood between.
    ``back`` is the page where it stands now, at its row, or at the one that took its place.
    """

    title: str
    back: str
    place: int
    total: int
    previous: str
    following: str


def trail_of(request: HttpRequest, acting: Any, before: "_Place | None" = None) -> Trail | None:
    """The trail of this page, when its address says from which list it was opened.

    ``before``: where the row stood before an act that may have taken it out of the list, or moved
    what the list is sorted by.
    """
    match = request.resolver_match
    if not match or not (opened := _opened_from(request, match, acting)):
        return None
    listing, here = opened
    place = _place_of(here, listing)
    if before and not place.is_in_it:
        place = replace(before, total=place.total, is_in_it=False)

    def address(key: Any, number: int) -> str:
        if key is None:
            return ""
        page = reverse(match.view_name, kwargs=match.kwargs | {listing.shape.lookup: key})
        return f"{page}?{listing.came_from_page(_page_of(number, listing))}"

    return Trail(
        title=str(listing.shape.title),
        back=_way_back(listing, place, here),
        place=place.number if place.is_in_it else 0,
        total=place.total,
        previous=address(place.previous, place.number - 1),
        following=address(place.following, place.number + place.is_in_it),
    )


def _opened_from(
    request: HttpRequest, match: ResolverMatch, acting: Any
) -> tuple[Listing, Any] | None:
    """The list that the address says the row was opened from, and how it looks that row up."""
    name, _mark, query = request.GET.get(FROM, "").partition("?")
    shape = shape_named(name)
    if shape is None or shape.lookup not in match.kwargs or not acting:
        return None
    return Listing(shape, QueryDict(query), acting), match.kwargs[shape.lookup]


def _place_before(request: HttpRequest) -> "_Place | None":
    """Where the row stands that this request is about to act upon."""
    acting = getattr(request, "acting", None)
    with suppress(Resolver404):
        opened = _opened_from(request, resolve(request.path_info), acting)
        return _place_of(opened[1], opened[0]) if opened else None
    return None


@dataclass(frozen=True)
class _Place:
    """The number of a row in a list, and what the rows beside it are looked up by.

    Of one that left it: the number that it would have.
    """

    number: int
    total: int
    previous: Any = None
    following: Any = None
    is_in_it: bool = True


#: Names that no field of a row has.
_PLACE = ("row_number", "row_total", "row_before", "row_after")


def _place_of(here: Any, listing: Listing) -> _Place:
    """Where a row stands, or would if it had not left the list: an act may have taken it away.

    It is looked for on the page that it was opened from and on the two beside it: to number every
    row of a long list takes seconds.
    """
    shape, most = listing.shape, 3 * listing.size + 2
    start = max((listing.asked_page - 2) * listing.size - 1, 0)
    near = list(listing.queryset.values_list(shape.lookup, flat=True)[start : start + most])
    total = len(near) if not start and len(near) < most else listing.page.paginator.count
    if here in near:
        at = near.index(here)
        beside = near[at - 1] if at else None, near[at + 1] if at + 1 < len(near) else None
        return _Place(start + at + 1, total, *beside)
    if total > MOST_NUMBERED:
        return _Place((listing.asked_page - 1) * listing.size + 1, total, is_in_it=False)
    if place := _counted(here, listing.queryset, shape.lookup):
        return _Place(*place)
    narrowed = Q(pk__in=listing.filterset.qs.order_by().values("pk"))
    rows = shape.source(listing.acting).filter(narrowed | Q(**{shape.lookup: here}))
    if place := _counted(here, listing.in_order(rows), shape.lookup):
        number, total, previous, following = place
        return _Place(number, total - 1, previous, following, is_in_it=False)
    return _Place(1, 0, is_in_it=False)


def _way_back(listing: Listing, place: _Place, here: Any) -> str:
    """The list at the page where the row stands now, or the one that took its place."""
    number = place.number if place.is_in_it else min(place.number, place.total)
    at = here if place.is_in_it else place.following or place.previous
    page = listing.shape.address(listing.query_at(_page_of(number, listing)))
    return f"{page}#{_anchor(at)}" if at is not None else page


def _page_of(number: int, listing: Listing) -> int:
    return max(number - 1, 0) // listing.size + 1


def _counted(here: Any, queryset: QuerySet[Any], lookup: str) -> tuple[Any, ...] | None:
    """A row's number, how many there are, and its neighbours: the database counts."""
    order = cast(Any, queryset.query.order_by)
    rows = queryset.annotate(
        # The row itself, as the last one of its window: a plain condition would empty the window.
        row_own=Window(LastValue(lookup), order_by=order),
        row_number=Window(RowNumber(), order_by=order),
        row_total=Window(Count("*")),
        row_before=Window(Lag(lookup), order_by=order),
        row_after=Window(Lead(lookup), order_by=order),
    ).order_by()
    return rows.filter(row_own=here).values_list(*_PLACE).first()


def keep_trail(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Middleware: whoever acts on a row opened from a list comes back to it as they left it.

    An act answers with the address of the row, or of a part of it: the list stays in it. One that
    answers with the list answers with it as it was left, at the same row.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        came_from = request.GET.get(FROM)
        if not came_from or request.method != "POST":
            return get_response(request)
        before = _place_before(request)
        response = get_response(request)
        where, of_row = response.headers.get("Location", ""), "/".join(request.path.split("/")[:3])
        if not where or "?" in where:
            return response
        if where.startswith(of_row):
            response.headers["Location"] = f"{where}?{urlencode({FROM: came_from})}"
        elif trail := trail_of(request, getattr(request, "acting", None), before):
            place, _mark, _query = trail.back.partition("#")[0].partition("?")
            response.headers["Location"] = trail.back if place == where else where
        return response

    return answer
