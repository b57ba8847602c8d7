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
from typing import Any, TypeVar, cast

from django.db.models import CharField, F, Func, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate, Concat, Lower, Replace

from kit.cells import tidy

Row = TypeVar("Row", bound=Model)

#: The fields that hold a name which people read in a list.
NAMES = frozenset(
    ("name", "name_es", "name_en", "given_names", "surnames", "first_name", "last_name", "title")
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
def _letters() -> tuple[str, str]:
    """Every Latin letter with a mark, in lower case, and the bare letter of each."""
    pairs = [(chr(point), folded(chr(point))) for point in range(0xC0, 0x250)]
    simple = [(c, bare) for c, bare in pairs if c.islower() and len(bare) == 1 and c != bare]
    return "".join(c for c, _bare in simple), "".join(bare for _c, bare in simple)


_MARKED, _BARE = _letters()


class _Composed(Func):
    """The text with each letter and its mark as one (NFC), the form in which text is stored."""

    function = "NORMALIZE"
    template = "%(function)s(%(expressions)s, NFC)"
    output_field = CharField()


class _Unmarked(Func):
    """The text without accents."""

    function = "TRANSLATE"
    template = f"%(function)s(%(expressions)s, '{_MARKED}', '{_BARE}')"
    output_field = CharField()


def _lower(text: Combinable) -> Func:
    return Lower(_Composed(text))


def by_name(*fields: str) -> list[Any]:
    """Expressions for ``order_by`` that sort by these names as ``sort_key`` does."""
    n, after = Value(_ENYE), Value(_AFTER_N)
    return [Collate(_Unmarked(Replace(_lower(F(field)), n, after)), "C") for field in fields]


def with_words(
    rows: QuerySet[Row], words: str, *, names: tuple[str, ...], numbers: tuple[str, ...] = ()
) -> QuerySet[Row]:
    """The rows that have every word somewhere in ``names`` or ``numbers``, in any order.

    ``numbers`` are identifiers with a check digit, found with or without dots and dash.
    """
    parts: list[Combinable] = [F(name) for name in names]
    parts += [Replace(F(number), Value("-"), Value("")) for number in numbers]
    spaced = [part for field in parts for part in (field, Value(" "))]
    narrowed: Any = rows.alias(
        searched=_Unmarked(_lower(Concat(*spaced, output_field=CharField())))
    )
    for word in folded(tidy(words) or "").split()[:_MOST_WORDS]:
        has_word = Q(searched__contains=word)
        if _NUMBER.fullmatch(word):
            has_word |= Q(searched__contains=re.sub("[^0-9]", "", word))
        narrowed = narrowed.filter(has_word)
    return cast(QuerySet[Row], narrowed)
