"""The scoring sheet: the rubric with its answers on one side, the evidence in figures beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.utils.translation import gettext as _

from alliances.calls.models import Call, Criterion
from alliances.calls.rules import age_on, years_in_words
from alliances.calls.selectors import Eligibility, eligibility_of, rubric_of
from alliances.documents.selectors import DocumentRow, document_rows, documents_of
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.reasons import is_sentence
from alliances.people.models import Membership, Producer
from alliances.preparation.eligibility import RuleRow, rule_rows
from alliances.selection.models import Score, ScoreLine
from alliances.selection.rules import is_extreme
from kit.figures import count
from kit.versions import NOTHING, version_of

YOUNG_UNTIL = 28  # Ley 1622 of 2013: young people are 14 to 28


@dataclass(frozen=True)
class SheetRow:
    """One criterion of the sheet with the answer given so far."""

    criterion: Criterion
    line: ScoreLine | None

    @property
    def is_answered(self) -> bool:
        """An option is chosen and, when it is an extreme one, a reason is written."""
        return self.line is not None and not self.needs_reason

    @property
    def needs_reason(self) -> bool:
        """An extreme option is chosen and nobody has said why."""
        line = self.line
        return line is not None and is_extreme(line.option.points) and not is_sentence(line.comment)


def version_of_answer(line: ScoreLine | None) -> str:
    """What a form of one answer showed."""
    return version_of(line.option_id, line.comment) if line else NOTHING


def version_of_sheet(score: Score) -> str:
    """What a page of its answers showed."""
    answers = score.lines.order_by("criterion").values_list("criterion", "option", "comment")
    return version_of(*answers)


def frozen_by_sealing(score: Score, rows: Sequence["SheetRow"]) -> list[tuple[str, str]]:
    """What stays as it is once a sheet is sealed; its total is not told before."""
    reasons = sum(bool(row.line and row.line.comment.strip()) for row in rows)
    answered = {"given": count(sum(row.is_answered for row in rows)), "total": count(len(rows))}
    return [
        (_("Kind of score"), score.get_kind_display()),
        (_("Answers"), _("%(given)s of %(total)s") % answered),
        (_("Reasons written"), count(reasons)),
        (_("Name beside it"), f"{score.scorer.user.display_name} · {score.scorer.organisation}"),
    ]


def sheet_of(score: Score | None, call: Call) -> list[SheetRow]:
    """The rubric with the answers of a score; empty answers when there is no score yet."""
    lines = score.lines.select_related("option") if score else ScoreLine.objects.none()
    given = {line.criterion_id: line for line in lines}
    return [SheetRow(criterion, given.get(criterion.pk)) for criterion in rubric_of(call)]


@dataclass(frozen=True)
class Progress:
    """How far a sheet is; it says nothing of the total."""

    answered: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.answered == self.total

    @property
    def percent(self) -> int:
        return 100 * self.answered // self.total if self.total else 0

    @classmethod
    def of(cls, rows: Sequence[SheetRow]) -> "Progress":
        return cls(sum(row.is_answered for row in rows), len(rows))


@dataclass(frozen=True)
class SheetFigures:
    """The producers of a profile in figures; nobody can be told apart."""

    count: int
    women_share: Decimal | None
    young_share: Decimal | None
    member_share: Decimal | None
    special_group_share: Decimal | None
    median_area_ha: Decimal | None
    median_experience_years: Decimal | None
    median_income_cop: Decimal | None

    @property
    def median_experience(self) -> str:
        """In words; empty without producers."""
        years = self.median_experience_years
        return "" if years is None else years_in_words(years)


def producer_figures(eligibility: Eligibility) -> SheetFigures:
    """Shares (0 to 1) and medians over the producers already read for their eligibility."""
    rows, on = [producer for producer, _findings in eligibility.producers], eligibility.as_of
    answers = [row.is_member for row in rows if row.is_member is not None]
    return SheetFigures(
        count=len(rows),
        women_share=_share([row.sex == Producer.Sex.FEMALE for row in rows]),
        young_share=_share([age_on(row.born_on, on) <= YOUNG_UNTIL for row in rows]),
        member_share=_share(answers),
        special_group_share=_share([bool(row.special_group) for row in rows]),
        median_area_ha=_median([row.farm_area_ha for row in rows]),
        median_experience_years=_median([Decimal(row.experience_years) for row in rows]),
        median_income_cop=_median([row.monthly_income_cop for row in rows]),
    )


def _share(marks: list[bool]) -> Decimal | None:
    return Decimal(sum(marks)) / len(marks) if marks else None


def _median(values: list[Decimal]) -> Decimal | None:
    return median(values) if values else None


@dataclass(frozen=True)
class Evidence:
    """What a scorer reads beside the rubric; of the producers, only figures."""

    alliance: Alliance
    documents: list[DocumentRow]
    eligibility: Eligibility
    producers: SheetFigures
    tallies: list[RuleRow]

    @property
    def incentive_each_cop(self) -> Decimal | None:
        """The incentive per producer; None without producers."""
        count = self.producers.count
        return self.alliance.incentive_cop / count if count else None

    @property
    def incentive_share(self) -> Decimal | None:
        """The incentive as a share (0 to 1) of the total value."""
        total = self.alliance.total_value_cop
        return self.alliance.incentive_cop / total if total else None


def evidence_of(alliance: Alliance, membership: Membership) -> Evidence:
    """Documents this membership may read, eligibility with its figures, producers in aggregate."""
    eligibility = eligibility_of(alliance)
    return Evidence(
        alliance=alliance,
        documents=document_rows(documents_of(alliance, membership), None),
        eligibility=eligibility,
        producers=producer_figures(eligibility),
        tallies=rule_rows(eligibility, membership),
    )
