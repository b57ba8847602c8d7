"""What the filters of every list share: words."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kit.names import with_words


class WordsFilter(django_filters.FilterSet):
    """``q``: every word somewhere in ``names``, ``numbers`` or ``whole`` (see ``with_words``)."""

    names: ClassVar[tuple[str, ...]]
    numbers: ClassVar[tuple[str, ...]] = ()
    whole: ClassVar[str] = ""

    q = django_filters.CharFilter(label=_("Search"), method="search")

    def search(self, rows: QuerySet[Any], _name: str, words: str) -> QuerySet[Any]:
        """The rows that have every one of these words."""
        return with_words(rows, words, names=self.names, numbers=self.numbers, whole=self.whole)
