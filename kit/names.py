"""Names as people sort and look for them: accents, case and the order of words are forgiven.

Context: bytes put Ángela after Rosa and Ñ after Z, and «narino» finds nothing.
Decision: two keys, written once for Python and once as an expression of core PostgreSQL. The
embedded server is built without ICU and without extensions, and the application may make neither,
so that a collation ``es-CO`` or ``unaccent`` would work on some servers only.
Consequence: a list by name says ``order_by(*by_name(…))``, a search ``with_words``; a test refuses
a name in a bare ``order_by``.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from django.db.models import (
    CharField,
    F,
    Func,
    GeneratedField,
    Model,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Collate, Concat, Replace
from django.db.models.lookups import IRegex
from django.utils.translation import gettext_lazy as _

from kit.text import tidy

Row = TypeVar("Row", bound=Model)

#: The fields that hold a name which people read in a list.
NAMES = frozenset(
    {
        *("name", "name_es", "name_en", "given_names", "surnames", "first_name", "last_name"),
        *("title", "call_region", "concept", "payee_name", "label", "practice_taught", "topic"),
    }
)
_MOST_WORDS = 12
#: Sorts after every letter, so that «ñ» follows «nz» and precedes «o».
_ENYE, _AFTER_N = chr(0xF1), "n~"
#: A number in any spelling: a NIT with or without dots and dash.
_NUMBER = re.compile(r"[0-9][0-9.,'’-]*[0-9]")


def folded(text: str) -> str:
    """The text in lower case and without accents, as searches compare it."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def sort_key(name: str) -> str:
    """What names are sorted by in Spanish: accents do not count, and ñ is a letter after n."""
    return folded(unicodedata.normalize("NFC", name).lower().replace(_ENYE, _AFTER_N))


# -- The same in the database ---------------------------------------------------------------------
class NameKey(Func):
    """The text in lower case with ñ after n and without accents; it is stored composed (NFC).

    Tables of thousands of names have an index of it: without one, each page of a list sorts all.
    """

    template = (
        f"REGEXP_REPLACE(NORMALIZE(REPLACE(LOWER(%(expressions)s), '{_ENYE}', '{_AFTER_N}'), NFD),"
        " '[\u0300-\u036f]+', '', 'g')"
    )
    output_field = CharField()


def _spellings() -> dict[str, str]:
    """Every Latin letter with its marked forms, as alternatives of a regular expression."""
    forms: dict[str, set[str]] = defaultdict(set)
    for marked in map(chr, range(0xC0, 0x250)):
        if len(bare := folded(marked)) == 1 and bare != marked.lower():
            forms[bare].add(marked)
    return {bare: f"[{bare}{bare.upper()}{''.join(sorted(all_))}]" for bare, all_ in forms.items()}


_SPELLINGS = _spellings()


def _pattern(word: str) -> str:
    """The regular expression that finds a folded word in text as it was written.

    Text is not unmarked row by row: that takes ten times as long. Large tables keep it unmarked.
    """
    if _NUMBER.fullmatch(word):
        digits = re.sub("[^0-9]", "", word)
        return f"{re.escape(word)}|{'-?'.join(digits)}"
    return "".join(_SPELLINGS.get(letter) or re.escape(letter) for letter in word)


def by_name(*fields: str) -> list[Any]:
    """Expressions for ``order_by``, and for an index, that sort by names as ``sort_key`` does."""
    return [Collate(NameKey(F(field)), "C") for field in fields]


class Folded(Func):
    """The text in lower case and without accents, as ``folded`` has it."""

    template = (
        "REGEXP_REPLACE(NORMALIZE(LOWER(%(expressions)s), NFKD), '[\u0300-\u036f]+', '', 'g')"
    )
    output_field = TextField()


def folded_column(*fields: str) -> GeneratedField:
    """The column ``searched`` of a large table: these names as searches compare them.

    PostgreSQL keeps it. To find a word in it takes a tenth of finding a pattern in the names.
    """
    parts = [part for field in fields for part in (Value(" "), F(field))][1:]
    return GeneratedField(
        expression=Folded(Concat(*parts) if len(parts) > 1 else parts[0]),
        output_field=TextField(),
        db_persist=True,
        verbose_name=_("names as searches compare them"),
    )


def with_words(
    rows: QuerySet[Row],
    words: str,
    *,
    names: tuple[str, ...],
    numbers: tuple[str, ...] = (),
    whole: str = "",
) -> QuerySet[Row]:
    """The rows that have every word somewhere in ``names`` or ``numbers``, in any order.

    ``names`` may be ``searched`` for all that this column holds. ``numbers`` are identifiers with a
    check digit, found with or without dots and dash. ``whole`` is one that not everybody may read:
    a part of it finds nothing, so that it is not guessed digit by digit.
    """
    narrowed: Any = rows
    if whole:
        narrowed = narrowed.alias(whole=Replace(F(whole), Value("-"), Value("")))
    for word in folded(tidy(words) or "").split()[:_MOST_WORDS]:
        has_digit = any(map(str.isdigit, word))
        has_word = _has(rows.model, (*names, *numbers) if has_digit else names, word)
        if whole and _NUMBER.fullmatch(word):
            has_word |= Q(whole=re.sub("[^0-9]", "", word))
        narrowed = narrowed.filter(has_word)
    return cast(QuerySet[Row], narrowed)


def _has(model: type[Model], fields: Iterable[str], word: str) -> Q:
    """Whether the word is in one of the fields, or in those of a row that this one points to.

    Each table is searched once: joined to it, the name of one organisation would be read again for
    each of its producers.
    """
    beyond: dict[str, list[str]] = defaultdict(list)
    own: list[Any] = []
    condition = Q(pk__in=())
    for field in fields:
        relation, _mark, rest = field.partition("__")
        if rest:
            beyond[relation].append(rest)
        elif field == "searched" and not _NUMBER.fullmatch(word):
            condition |= Q(searched__contains=word)
        else:
            own.append(F(field))
    if own:
        condition |= Q(IRegex(_Joined(Value(" "), *own), Value(_pattern(word))))
    for relation, others in beyond.items():
        other: Any = model._meta.get_field(relation).related_model
        condition |= Q((f"{relation}__in", other._base_manager.filter(_has(other, others, word))))
    return condition


class _Joined(Func):
    """Texts behind a separator, in one; what is missing is left out."""

    function = "CONCAT_WS"
    output_field = CharField()
