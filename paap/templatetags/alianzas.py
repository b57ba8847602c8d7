"""What every template may use without loading it: figures, tones, icons and shared pieces.

Figures are written by ``figures``, drawings measured by ``drawing``, icons kept in ``icons``;
here they only become filters and tags. docs/components.md lists them with examples.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django import template
from django.forms.utils import flatatt
from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from alliances.territory.calendar import Occurrence
from kit import figures, tones
from kit.lists import ListColumn, Listing, Toned
from kit.tones import Tone
from paap.templatetags import drawing
from paap.templatetags.icons import ICONS

register = template.Library()

for _filter in (
    figures.cop,
    figures.cop_short,
    figures.count,
    figures.number,
    figures.percent,
    figures.percentage,
    figures.date_short,
    figures.date_time,
    figures.day_month,
    figures.duration,
):
    register.filter(_filter.__name__, _filter)
register.filter("slack", figures.slack)
register.filter("share_of", drawing.share_of)

#: Levels of Django's messages, in the words of tones.
_LEVELS = {
    "debug": Tone.INFO,
    "success": Tone.GOOD,
    "warning": Tone.ATTENTION,
    "error": Tone.LATE,
}


@register.filter
def tone(name: str | None) -> Tone:
    """A tone by its name or by a message's level; none is plain, an unknown one a ValueError."""
    return (_LEVELS.get(name) or Tone(name)) if name else Tone.PLAIN


@register.filter
def tone_word(name: str | None) -> str:
    """The tone in one word, for those who do not see its colour and shape."""
    return str(tones.WORDS[tone(name)])


@register.filter
def initials(name: str) -> str:
    """First letters of the first two words of a name: ``Ana Ruiz`` → ``AR``."""
    return "".join(word[0] for word in str(name).split()[:2]).upper()


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """One drawing in the text; with ``label`` it is read aloud, without it is decoration."""
    return _drawn(str(name), str(label), extra)


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str, extra: str) -> SafeString:
    attributes = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        extra,
        SafeString(attributes),
        ICONS[name],
    )


@register.simple_tag
def tone_icon(name: str | None, word: str = "") -> SafeString:
    """The shape and colour of a tone, with its word for screen readers."""
    return _toned(tone(name), str(word), get_language())


@lru_cache(maxsize=1024)
def _toned(name: Tone, word: str, _language: str | None) -> SafeString:
    drawn = icon(name, label=word or tone_word(name), extra="tone-icon")
    return format_html('<span class="tone-{}">{}</span>', name, drawn)


@register.simple_tag
def fact(name: str | None, words: str, source: str = "") -> SafeString:
    """A sentence behind its tone, with where it is from; a profile has hundreds of them."""
    return SafeString(_fact(tone_icon(name), words, source))


@register.simple_tag
def chip(name: str | None, word: object) -> SafeString:
    """A state in one word, with its tone; drawn here because lists have one in every row."""
    shape = tone(name)
    drawn = "" if shape == Tone.PLAIN else icon(shape)
    return format_html('<span class="chip tone-{}">{}{}</span>', shape, drawn, word)


@register.simple_tag
def table_cells(row: Sequence[object], num_from: int | None = None) -> SafeString:
    """The cells of a row, the first of which names it; drawn here because pages have thousands."""
    name, *others = row
    written = [f'<th scope="row">{conditional_escape(str(localize(name)))}</th>']
    for place, cell in enumerate(others, start=2):
        is_number = getattr(cell, "num", False) or (num_from and place >= num_from)
        mark = ' class="num"' if is_number else ""
        written.append(f"<td{mark}>{conditional_escape(str(localize(cell)))}</td>")
    return SafeString("".join(written))


@register.simple_tag
def slack_light(
    name: str | None,
    days: int | None = None,
    word: str = "",
    need_by_on: date | None = None,
    detail: str = "",
    *,
    big: bool = False,
) -> SafeString:
    """The time to spare with its tone, the day of need and a detail; in every row of the queue."""
    shape = tone(name)
    needed = need_by_on and _("needed by %(day)s") % {"day": figures.date_short(need_by_on)}
    notes = [(note,) for note in (needed, detail) if note]
    return format_html(
        '<span class="slack tone-{}{}">{}<span><b>{}</b>{}</span></span>',
        shape,
        " slack-big" if big else "",
        icon(shape, label=tone_word(shape)),
        word or figures.slack(days),
        format_html_join("", "<small>{}</small>", notes),
    )


@register.simple_tag
def select_options(groups: Sequence[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """The options of a select in one pass: Django makes a group of each of a hundred crops."""
    return SafeString("".join(_group(name, options) for name, options, _index in groups))


def _group(name: str | None, options: list[dict[str, Any]]) -> str:
    inside = "".join(map(_option, options))
    return f'<optgroup label="{conditional_escape(name)}">{inside}</optgroup>' if name else inside


def _option(row: dict[str, Any]) -> str:
    chosen = flatatt(row["attrs"]) if row["attrs"] else ""
    value, words = conditional_escape(row["value"]), conditional_escape(_label_of(row))
    return f'<option value="{value}"{chosen}>{words}</option>'


def _label_of(option: dict[str, Any]) -> Any:
    """Its words; in place of Django's dashes, what to do."""
    is_blank = not option["value"] and option["label"] == "---------"
    return _("Choose one") if is_blank else option["label"]


@register.simple_tag
def facts(findings: Sequence[Any], look: str = "") -> SafeString:
    """A paragraph for each finding (``tone figure source``), in one pass."""
    opening = f'<p class="{look}">' if look else "<p>"
    language = get_language()
    facts = (
        _fact(_toned(tone(finding.tone), "", language), finding.figure, finding.source)
        for finding in findings
    )
    return SafeString("".join(f"{opening}{words}</p>" for words in facts))


def _fact(drawn: SafeString, words: str, source: str) -> str:
    origin = f' <small class="muted">{conditional_escape(source)}</small>' if source else ""
    return f"{drawn} {conditional_escape(words)}{origin}"


# -- Rows of a list: drawn here in one pass, because a page has hundreds of cells ------------------
@register.simple_tag
def list_rows(listing: Listing, can_pick: bool = False) -> SafeString:
    """The rows of a page: a box to tick, the key that opens the row, the other chosen columns.

    Roles are written out: a telephone shows rows as cards, which takes the table away from readers
    of the screen. What is the same in every row is worked out once.
    """
    openings = [(column, _opening(column)) for column in listing.columns]
    words = str(_("Choose %(name)s"))
    shown: dict[Toned, str] = {}
    drawn = []
    for row in listing.rows:
        cells = [_picked(listing, row, words)] if can_pick else []
        for column, opening in openings:
            under = column.under(row) if column.under else None
            note = f"<small>{conditional_escape(under)}</small>" if under else ""
            if column.is_key:
                name, way = column.value(row), conditional_escape(listing.opening(row))
                anchor = conditional_escape(listing.anchor(row))
                link = f'<a data-open id="{anchor}" href="{way}">{conditional_escape(name)}</a>'
                cells.append(f"{opening}{link}{note}</th>")
            else:
                inside = _inside(column, row, shown)
                cells.append(f"{opening}<div>{inside}{note}</div></td>")
        if listing.shape.begins:
            cells.append(_begun(listing, row))
        drawn.append(f'<tr data-row role="row">{"".join(cells)}</tr>')
    return SafeString("".join(drawn))


def _begun(listing: Listing, row: Any) -> str:
    """The button of a row: the list is in its address, as in that of the row."""
    assert listing.shape.begins is not None
    words, address = listing.shape.begins(row)
    button = ""
    if address:
        key = next(column for column in listing.columns if column.is_key)
        name = f'<span class="visually-hidden">: {conditional_escape(key.value(row))}</span>'
        way = conditional_escape(f"{address}?{listing.came_from}")
        words = conditional_escape(words)
        button = f'<a class="btn btn-secondary btn-sm" href="{way}">{words}{name}</a>'
    return f'<td role="cell" class="list-begin">{button}</td>'


@register.simple_tag
def list_facts(columns: Sequence[ListColumn], row: Any) -> list[tuple[str, SafeString]]:
    """What columns say of one row, each with its label: for the page of that row."""
    shown: dict[Toned, str] = {}
    return [(str(column.label), SafeString(_inside(column, row, shown))) for column in columns]


def _inside(column: ListColumn, row: Any, shown: dict[Toned, str]) -> str:
    """What stands in a cell, or in place of it on the page of the row."""
    markup = column.markup(row) if column.markup else ""
    return markup or _shown(column.value(row), column, shown)


def _opening(column: ListColumn) -> str:
    """The tag that opens a cell of the column."""
    if column.is_key:
        return '<th scope="row" role="rowheader">'
    look = ' class="num"' if column.is_money or column.is_number else ""
    look = ' class="list-wide"' if column.is_wide else look
    return f'<td role="cell" data-label="{conditional_escape(str(column.label))}"{look}>'


def _picked(listing: Listing, row: Any, words: str) -> str:
    assert listing.shape.pick is not None  # the template asks for boxes only then
    key = next(column for column in listing.columns if column.is_key)
    label = conditional_escape(words % {"name": key.value(row)})
    return (
        f'<td role="cell" class="list-pick"><input type="checkbox" name="row" data-key="x"'
        f' value="{conditional_escape(listing.shape.pick(row))}" aria-label="{label}"></td>'
    )


def _shown(value: Any, column: ListColumn, shown: dict[Toned, str]) -> str:
    """A value as a page shows it, by its kind; ``shown`` are the states drawn before."""
    if value is None or value == "":
        return "—"
    if isinstance(value, Toned):
        if value not in shown:
            word = value.word
            shown[value] = chip(
                value.tone, figures.date_short(word) if isinstance(word, date) else word
            )
        return shown[value]
    if isinstance(value, tuple):
        return "".join(f"<span>{conditional_escape(line)}</span>" for line in value)
    if isinstance(value, date):
        return figures.date_short(value)
    if column.is_money:
        return figures.cop(value)
    return figures.number(value) if column.is_number else conditional_escape(value)


@register.simple_tag(takes_context=True)
def csrf_field(context: Context) -> SafeString:
    """``{% csrf_token %}`` for components, which ``only`` cuts off from the page's variables."""
    request = getattr(context, "request", None)
    token = get_token(request) if request else context.get("csrf_token", "")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


@register.simple_tag(takes_context=True)
def act_fields(context: Context, seen: str = "") -> SafeString:
    """What a button sends: the token, a key of its own, and the version of what was ``seen``."""
    hidden = '<input type="hidden" name="{}" value="{}">'
    named = [("key", uuid4()), *([("seen", seen)] if seen else [])]
    return csrf_field(context) + format_html_join("", hidden, named)


# -- Pieces that wrap what a page writes -----------------------------------------------------------
def _wrapped(context: Context, name: str, values: dict[str, Any]) -> str:
    """The component with these variables only."""
    assert context.template is not None  # it is being rendered
    component = context.template.engine.get_template(f"components/{name}.html")
    return component.render(context.new(values))


@register.simple_block_tag(takes_context=True)
def panel(
    context: Context,
    content: str,
    title: str = "",
    *,
    id: str = "",
    url: str = "",
    url_label: str = "",
    flush: bool = False,
) -> str:
    """A raised box with a heading: ``{% panel _("Money") %} … {% endpanel %}``.

    ``flush`` lets a table or list touch the edges; ``url`` puts a link beside the heading.
    """
    values = {
        "content": content,
        "title": title,
        "id": id,
        "url": url,
        "url_label": url_label or _("See all"),
        "flush": flush,
    }
    return _wrapped(context, "panel", values)


@register.simple_block_tag(takes_context=True)
def scroll(context: Context, content: str, label: str) -> str:
    """Lets a wide table scroll sideways, by finger and by keyboard; ``label`` names the table."""
    return _wrapped(context, "table_scroll", {"content": content, "label": label})


@register.simple_block_tag(takes_context=True)
def table(context: Context, content: str, caption: str) -> str:
    """A table in its scroll; ``caption`` names it for those who do not see what stands above."""
    return _wrapped(context, "table_plain", {"content": content, "caption": caption})


@register.simple_block_tag(takes_context=True)
def freezing(context: Context, content: str, frozen: Sequence[tuple[str, str]]) -> str:
    """What an act freezes, term by term, above the one button that does it, which asks no more."""
    return _wrapped(context, "freezing", {"content": content, "frozen": frozen})


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, id: str, title: str) -> str:
    """A native dialog, opened by ``<a href="#id" data-dialog>``."""
    return _wrapped(context, "dialog", {"content": content, "id": id, "title": title})


@register.simple_tag(takes_context=True)
def page_title(context: Context) -> SafeString:
    """What the block ``title`` says, once more: a page is headed by what its tab is called."""
    return SafeString(context.render_context[BLOCK_CONTEXT_KEY].get_block("title").render(context))


# -- Pieces that must be measured ------------------------------------------------------------------
@register.inclusion_tag("components/window_band.html")
def window_band(
    windows: Sequence[Occurrence],
    today: date,
    p50_on: date | None = None,
    p90_on: date | None = None,
    need_by_on: date | None = None,
    tone_name: str = "",
) -> dict[str, Any]:
    """Crop windows as bands, with today, the forecast P50–P90 and the day money is needed."""
    band = drawing.window_band(
        windows=[window for window in windows if window],
        today=today,
        p50_on=p50_on,
        p90_on=p90_on,
        need_by_on=need_by_on,
    )
    return {"band": band, "tone": tone(tone_name)}


@register.inclusion_tag("components/bars.html")
def bars(
    rows: Sequence[Any],
    caption: str,
    value_label: str,
    source: str = "",
    hide_caption: bool = False,
) -> dict[str, Any]:
    """A sorted bar per row with its figure beside it: a table that is also a drawing.

    Rows: ``label``, ``value``, ``text`` (the figure as it is read), and, where they exist,
    ``low``, ``high`` (interval), ``note`` and ``tone``.
    """
    drawn, zero = drawing.bars(rows)
    return {
        "bars": drawn,
        "zero": zero,
        "caption": caption,
        "value_label": value_label,
        "source": source,
        "hide_caption": hide_caption,
    }
