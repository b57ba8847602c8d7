"""The words of an impact run by code: outcomes, checks and what they find, settings, treatments."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from kit.tones import Tone

#: Outcomes that every wave has, in both languages; the others are named by the wave's dictionary.
OUTCOMES: dict[str, tuple[Promise, Promise]] = {
    "productivity_kg_ha": (gettext_lazy("Productivity"), gettext_lazy("kg per hectare")),
    "sales_cop": (gettext_lazy("Sales of the main crop"), gettext_lazy("COP a year")),
    "profit_cop": (gettext_lazy("Profit of the main crop"), gettext_lazy("COP a year")),
}
#: The unit in which the programme's own dictionary asks for them.
STANDARD_UNITS = {
    "productivity_kg_ha": "kg por hectárea",
    "sales_cop": "COP al año",
    "profit_cop": "COP al año",
}
STATUSES: dict[str, tuple[Tone, Promise]] = {
    "passed": (Tone.GOOD, pgettext_lazy("check", "Passed")),
    "look": (Tone.ATTENTION, pgettext_lazy("check", "Look at it")),
    "failed": (Tone.LATE, pgettext_lazy("check", "Failed")),
    "absent": (Tone.NONE, pgettext_lazy("check", "Not enough data")),
}
CHECKS: dict[str, Promise] = {
    "shared_score": gettext_lazy("Errors allow for shared scores"),
    "density": gettext_lazy("Density of scores at the cut-off"),
    "density_departments": gettext_lazy("The same in each department"),
    "heaping": gettext_lazy("Scores that pile up"),
    "balance": gettext_lazy("Differences between both sides beforehand"),
    "first_stage": gettext_lazy("The cut-off decides who takes part"),
    "bias": gettext_lazy("Freed of bias, it stays where it was"),
    "holm": gettext_lazy("It holds for so many outcomes at once"),
    "bandwidths": gettext_lazy("Other bandwidths"),
    "specifications": gettext_lazy("Other settings"),
    "donut": gettext_lazy("Without the scores nearest to the cut-off"),
    "placebo": gettext_lazy("Cut-offs where nothing happened"),
    "cutoffs": gettext_lazy("At the cut-off of each call and region"),
    "honest": gettext_lazy("An interval that few scores do not spoil"),
    "alliances": gettext_lazy("Without each alliance"),
    "left_out": gettext_lazy("Without each department"),
    "with_all": gettext_lazy("With the departments left out"),
}
SENTENCES: dict[str, Promise] = {
    "own_scores": gettext_lazy("Every producer has a score of their own."),
    "shared_clustered": gettext_lazy(
        "Members share their alliance's score; errors are worked out by cluster."
    ),
    "shared_unclustered": gettext_lazy(
        "Members share their alliance's score, and the study counts each alone: its errors are "
        "too small."
    ),
    "density_absent": gettext_lazy("No test was possible: %(reason)s."),
    "density_jumps": gettext_lazy(
        "There are more profiles on one side of the cut-off than chance gives (p %(p)s)."
    ),
    "density_may_jump": gettext_lazy(
        "One side of the cut-off may hold too many profiles (p %(p)s)."
    ),
    "density_few": gettext_lazy(
        "Only %(n)s profiles are near the cut-off (p %(p)s): the test would hardly notice."
    ),
    "density_even": gettext_lazy(
        "No difference was detected between profiles just above and just below (p = %(p)s)."
    ),
    "departments_jump": gettext_lazy("Scores look bent in: %(departments)s."),
    "departments_few": gettext_lazy(
        "Too few profiles for a test in each department (departments: %(n)s)."
    ),
    "departments_even": gettext_lazy(
        "No difference was detected where there are enough profiles for a test (departments: "
        "%(tested)s of %(n)s)."
    ),
    "exclusions_explained": gettext_lazy(
        "Bent scores explain why these are left out: %(departments)s."
    ),
    "exclusions_explained_together": gettext_lazy(
        "Scores look bent at the cut-off with these together (p %(p)s); without them that was not "
        "detected: %(departments)s."
    ),
    "exclusions_unexplained": gettext_lazy(
        "Their scores do not show why these are left out: %(departments)s."
    ),
    "heaping_absent": gettext_lazy("No test was possible: %(reason)s."),
    "heap_at_cutoff": gettext_lazy(
        "%(n)s profiles have exactly the cut-off for score, more than its neighbours promise "
        "(p %(p)s)."
    ),
    "heaps": gettext_lazy("Round scores with too many profiles: %(n)s."),
    "uneven_sides": gettext_lazy("The profiles nearest to the cut-off lie on one side (p %(p)s)."),
    "nothing_round": gettext_lazy("There is no round score to look at."),
    "no_heaps": gettext_lazy(
        "No heap was detected at the cut-off or at round scores (%(n)s tested)."
    ),
    "no_covariates": gettext_lazy("The study names nothing to compare."),
    "balance_absent": gettext_lazy("Nothing could be compared near the cut-off."),
    "unbalanced": gettext_lazy("Producers just above and just below differed (joint p %(p)s)."),
    "covariates_jump": gettext_lazy("One by one, a difference was detected in: %(covariates)s."),
    "balanced": gettext_lazy(
        "No difference was detected in %(n)s characteristics together (joint p = %(p)s)."
    ),
    "balanced_each": gettext_lazy(
        "No difference was detected in any of %(n)s characteristics (smallest q = %(p)s)."
    ),
    "weak_first_stage": gettext_lazy(
        "The jump is not measured well enough: %(share)s more take part just above it (F %(f)s, "
        "under 10)."
    ),
    "backward_first_stage": gettext_lazy(
        "%(share)s fewer take part just above it (F %(f)s): look how the treatment is coded."
    ),
    "strong_first_stage": gettext_lazy("%(share)s more take part just above it (F %(f)s)."),
    "all_complied": gettext_lazy("Near it everybody did as the score said."),
    "no_estimate": gettext_lazy("No estimate: %(reason)s."),
    "bias_moves": gettext_lazy(
        "The correction for bias moves the estimate by %(errors)s standard errors."
    ),
    "bias_small": gettext_lazy(
        "The correction for bias moves the estimate by %(errors)s standard errors, not more than "
        "one."
    ),
    "holm_loses": gettext_lazy("Counting all outcomes it cannot be told from zero (p = %(p)s)."),
    "holm_holds": gettext_lazy("Counting all outcomes it can still be told from zero (p %(p)s)."),
    "holm_nothing": gettext_lazy(
        "No difference was detected, counting all outcomes or not (p = %(p)s)."
    ),
    "few_points": gettext_lazy("Only %(n)s of the others could be estimated."),
    "found_elsewhere": gettext_lazy(
        "%(changed)s of %(n)s would call something a finding that this one does not."
    ),
    "none_significant": gettext_lazy(
        "They say the same: %(changed)s of %(n)s can be told from zero."
    ),
    "sign_turns": gettext_lazy("%(turned)s of %(n)s point the other way."),
    "sometimes_lost": gettext_lazy(
        "%(changed)s of %(n)s cannot be told from zero; %(turned)s point the other way."
    ),
    "holds": gettext_lazy(
        "All %(n)s point the same way; %(changed)s of them cannot be told from zero."
    ),
    "few_placebos": gettext_lazy("Only %(n)s other cut-offs could be estimated."),
    "placebos_jump": gettext_lazy(
        "%(changed)s of %(n)s jump, though nothing happened there: the curve may be misread."
    ),
    "placebo_not_first": gettext_lazy(
        "The true jump comes in place %(rank)s among %(n)s others by size."
    ),
    "placebos_quiet": gettext_lazy(
        "%(changed)s of %(n)s jump, as chance may do; the true jump comes in place %(rank)s by "
        "size."
    ),
    "cutoffs_differ": gettext_lazy(
        "The mean of the estimates at %(n)s of %(tested)s cut-offs (with %(covered)s of the "
        "weight) lies %(errors)s robust errors from the pooled one: one bandwidth may not fit all."
    ),
    "cutoffs_agree": gettext_lazy(
        "The mean of the estimates at %(n)s of %(tested)s cut-offs (with %(covered)s of the "
        "weight) lies %(errors)s robust errors from the pooled one, not more than one."
    ),
    "honest_alone": gettext_lazy(
        "There is no estimate, but if the mean bends no more than it does elsewhere, reaching the "
        "cut-off brought %(interval)s."
    ),
    "honest_agrees": gettext_lazy(
        "If the mean bends no more than it does elsewhere, reaching the cut-off brought "
        "%(interval)s: zero is in it or out of it as above."
    ),
    "honest_holds_zero": gettext_lazy(
        "If the mean bends no more than it does elsewhere, reaching the cut-off brought "
        "%(interval)s: it holds zero, which the robust interval does not."
    ),
    "honest_finds": gettext_lazy(
        "If the mean bends no more than it does elsewhere, reaching the cut-off brought "
        "%(interval)s: it leaves zero out, which the robust interval does not."
    ),
    "alliance_turns": gettext_lazy("It turns its sign without one alliance (%(turned)s of %(n)s)."),
    "alliance_decides": gettext_lazy(
        "Whether it can be told from zero depends on one alliance (%(changed)s of %(n)s)."
    ),
    "no_alliance_decides": gettext_lazy("None of the %(n)s alliances left out decides the answer."),
    "department_turns": gettext_lazy("It turns its sign without: %(departments)s."),
    "department_carries": gettext_lazy("It cannot be told from zero without: %(departments)s."),
    "department_hides": gettext_lazy("It would be a finding without: %(departments)s."),
    "no_department_carries": gettext_lazy("None of the %(n)s departments decides the answer."),
    "exclusion_decides": gettext_lazy(
        "Whether it can be told from zero depends on leaving them out."
    ),
    "exclusion_moves": gettext_lazy(
        "Putting them back moves the estimate by %(errors)s standard errors."
    ),
    "exclusion_little": gettext_lazy(
        "Putting them back moves the estimate by %(errors)s standard errors, not more than one."
    ),
}
#: What may be said of an outcome, by ``ConclusionKind``; the other kinds have sentences apart.
CONCLUSIONS: dict[str, Promise] = {
    "effect": gettext_lazy(
        "%(outcome)s: the effect of %(who)s is %(value)s (robust interval of %(level)s: "
        "%(interval)s; p %(p)s)."
    ),
    "unchecked": gettext_lazy(
        "%(outcome)s: a difference of %(value)s (robust interval of %(level)s: %(interval)s; "
        "p %(p)s). The checks of the design are still missing: do not quote it yet."
    ),
    "untested": gettext_lazy(
        "%(outcome)s: a difference of %(value)s (robust interval of %(level)s: %(interval)s; "
        "p %(p)s). There are not enough data for a check of the design (%(checks)s), so it "
        "cannot be said that %(who)s brought it."
    ),
    "doubtful": gettext_lazy(
        "%(outcome)s: a difference of %(value)s (robust interval of %(level)s: %(interval)s; "
        "p %(p)s). Since the design failed a check (%(checks)s), it cannot be said that "
        "%(who)s brought it."
    ),
    "inconclusive": gettext_lazy(
        "%(outcome)s: %(value)s, which cannot be told from zero (robust interval of %(level)s: "
        "%(interval)s; p %(p)s)."
    ),
}
SETTINGS: dict[str, Promise] = {
    "kernel_triangular": gettext_lazy("Triangular kernel"),
    "kernel_epanechnikov": gettext_lazy("Epanechnikov kernel"),
    "kernel_uniform": gettext_lazy("Uniform kernel"),
    "p_1": gettext_lazy("Straight lines (order 1)"),
    "p_2": gettext_lazy("Parabolas (order 2)"),
    "bwselect_mserd": gettext_lazy("One bandwidth, least squared error"),
    "bwselect_msetwo": gettext_lazy("A bandwidth a side, least squared error"),
    "bwselect_cerrd": gettext_lazy("One bandwidth, least error of coverage"),
    "bandwidth_on_reduced_form": gettext_lazy("Bandwidth chosen on the outcome"),
    "bandwidth_on_fuzzy": gettext_lazy("Bandwidth chosen on the ratio"),
    "masspoints_adjust": gettext_lazy("Allowing for repeated scores"),
    "masspoints_off": gettext_lazy("Repeated scores not allowed for"),
    "vce_cr3": gettext_lazy("Errors by cluster, cr3"),
    "vce_cr2": gettext_lazy("Errors by cluster, cr2 with Student's t"),
    "vce_cr1": gettext_lazy("Errors by cluster, cr1"),
    "vce_nn_cluster": gettext_lazy("Errors by neighbours, summed by cluster"),
    "vce_nn": gettext_lazy("Errors by neighbours (not valid when scores are shared)"),
    "alliance_means": gettext_lazy("Means of alliances"),
}
