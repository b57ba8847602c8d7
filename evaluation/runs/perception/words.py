"""A perception result in words: themes, figures and the plain paragraph. Pure.

It speaks the language that is active, and gives unit, interval and number of alliances.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.estimators.results import Estimate, NotEstimable
from evaluation.runs.perception.results import Cell, PerceptionResult, Sample
from evaluation.runs.words import hidden_or_why, interval_words
from kit.figures import number, percent

#: Themes by how the names of their variables begin, in the order of reading.
THEMES: dict[str, Promise] = {
    "wellbeing": gettext_lazy("Well-being"),
    "life": gettext_lazy("Well-being"),
    "income": gettext_lazy("Well-being"),
    "social": gettext_lazy("Social relations"),
    "motivation": gettext_lazy("What drew them to the programme"),
    "channel": gettext_lazy("How they heard of it"),
    "support": gettext_lazy("Support received"),
}
OTHER = gettext_lazy("Other questions")
KINDS: dict[str, Promise] = {
    "technical": gettext_lazy("Technical"),
    "business": gettext_lazy("Business and organisation"),
    "environmental": gettext_lazy("Environmental"),
    "marketing": gettext_lazy("To sell"),
}
PERSONS: dict[str, Promise] = {
    "oga": gettext_lazy("Professionals of the OGA"),
    "manager": gettext_lazy("Apprentice manager"),
    "ally": gettext_lazy("Commercial ally"),
}
_NONE = gettext_lazy("Not known")


def theme_of(name: str) -> str:
    """The theme that a question belongs to, by its name."""
    return str(THEMES.get(name.partition("_")[0], OTHER))


def theme_place(theme: str) -> int:
    """Where a theme is read; other questions come last."""
    themes = list(map(str, THEMES.values()))
    return themes.index(theme) if theme in themes else len(themes)


def group_label(labels: dict[str, str], group: str) -> str:
    """What a group is called."""
    return labels.get(group, group) or str(_NONE)


def share_words(share: Estimate | NotEstimable) -> str:
    """«53 % (48 % to 58 %)», or why not."""
    if isinstance(share, NotEstimable):
        return hidden_or_why(share)
    if isinstance(share.interval, NotEstimable):
        return percent(share.value)
    return f"{percent(share.value)} ({interval_words(share.interval, percent)})"


def paragraphs(result: PerceptionResult, labels: dict[str, str], level: float) -> list[str]:
    """What was found, from rules; ``labels``: question and answer, by «question/answer»."""
    shares = [_sample(result.sample, level), *_leading(result, labels)]
    if result.comparisons:
        shares.append(_compared(result, 1 - level / 100))
    return [
        *shares,
        _("This is what producers say: a description, not an effect of the programme."),
    ]


def _sample(sample: Sample, level: float) -> str:
    return _(
        "%(responses)s producers of %(alliances)s alliances in %(departments)s departments "
        "answered. Intervals of %(level)s are clustered by alliance."
    ) % {
        "responses": number(sample.responses),
        "alliances": number(sample.alliances),
        "departments": number(sample.departments),
        "level": percent(level / 100),
    }


def _leading(result: PerceptionResult, labels: dict[str, str]) -> list[str]:
    """The commonest answer of the first question of each theme; of yes or no, the most «yes»."""
    best: dict[str, tuple[str, Cell]] = {}
    for question in result.questions:
        cells = [cell for cell in question.rows[0].cells if isinstance(cell.share, Estimate)]
        yes = [cell for cell in cells if cell.code == "1"]
        is_yes_no = {cell.code for cell in question.rows[0].cells} == {"0", "1"}
        theme = theme_of(question.name)
        for cell in yes if is_yes_no else cells:
            earlier = best.get(theme)
            if earlier is None or (
                _value(cell) > _value(earlier[1]) and (is_yes_no or earlier[0] == question.name)
            ):
                best[theme] = (question.name, cell)
    return [
        _("%(theme)s. %(answer)s: %(share)s.")
        % {
            "theme": theme,
            "answer": labels[f"{name}/{cell.code}"],
            "share": share_words(cell.share),
        }
        for theme, (name, cell) in sorted(best.items(), key=lambda item: theme_place(item[0]))
    ]


def _value(cell: Cell) -> float:
    return cell.share.value if isinstance(cell.share, Estimate) else 0.0


def _compared(result: PerceptionResult, alpha: float) -> str:
    tested = [row for row in result.comparisons if row.adjusted is not None]
    apart = [row for row in tested if row.adjusted is not None and row.adjusted < alpha]
    return _(
        "Of %(tested)s comparisons between groups, %(apart)s can be told from chance after "
        "correcting for asking so often (Holm)."
    ) % {"tested": number(len(tested)), "apart": number(len(apart))}
