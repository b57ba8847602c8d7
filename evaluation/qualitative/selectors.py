"""Reads of the qualitative register. Who does not evaluate gets quotable excerpts only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from alliances.models import Membership
from evaluation.access import can_evaluate
from evaluation.qualitative.models import Excerpt, Exercise
from evaluation.qualitative.table import ACTORS, THEMES
from evaluation.studies.models import Study
from kit.names import with_words
from kit.small_cells import ALL, Key, hide_table

#: Fewer excerpts than these are hidden from whoever does not evaluate.
THRESHOLD = 10


def exercises() -> QuerySet[Exercise]:
    """Every exercise, newest first, with how many excerpts stand."""
    return (
        Exercise.objects.select_related("municipality__department", "alliance", "body")
        .annotate(excerpt_count=Count("excerpts", filter=Q(excerpts__withdrawn_at__isnull=True)))
        .order_by("-held_on", "-pk")
    )


def excerpts_for(acting: Membership, *, words: str = "") -> QuerySet[Excerpt]:
    """The standing excerpts that somebody may read, newest first; ``words``: that have them all."""
    rows = Excerpt.objects.filter(withdrawn_at__isnull=True).select_related(
        "exercise__municipality__department", "study", "author__user"
    )
    if not can_evaluate(acting):
        rows = rows.filter(is_quotable=True)
    return with_words(rows, words, names=("text",)).order_by("-created_at", "-pk")


def quotations_of(study: Study) -> QuerySet[Excerpt]:
    """What people said, chosen to stand beside the numbers of a study; by theme."""
    rows = Excerpt.objects.filter(study=study, withdrawn_at__isnull=True)
    return rows.select_related("exercise__municipality__department").order_by("theme", "pk")


@dataclass(frozen=True)
class Counts:
    """Excerpts by theme (rows) and actor (columns), with totals; None where a count is hidden."""

    actors: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    totals: Sequence[int | None]


def counts_for(acting: Membership) -> Counts:
    """Of all standing excerpts: whole for evaluators, small cells hidden for others."""
    excerpts = (
        Excerpt.objects.filter(withdrawn_at__isnull=True)
        .values_list("theme", "actor")
        .annotate(n=Count("pk"))
        .order_by("theme", "actor")
    )
    cells: dict[Key, int] = {(theme, actor): n for theme, actor, n in excerpts}
    themes = [theme for theme in THEMES if any(key[0] == theme for key in cells)]
    actors = [actor for actor in ACTORS if any(key[1] == actor for key in cells)]
    hidden: frozenset[Key] = frozenset()
    if not can_evaluate(acting):
        hidden = hide_table((themes, actors), cells, threshold=THRESHOLD)

    def line(theme: str | None) -> list[int | None]:
        places = [*actors, ALL]
        return [
            None
            if (theme, actor) in hidden
            else sum(
                n
                for (row, column), n in cells.items()
                if theme in (row, ALL) and actor in (column, ALL)
            )
            for actor in places
        ]

    return Counts(
        actors=[str(ACTORS[actor]) for actor in actors],
        rows=[(str(THEMES[theme]), line(theme)) for theme in themes],
        totals=line(ALL),
    )
