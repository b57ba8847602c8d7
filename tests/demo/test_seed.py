"""The synthetic portfolio: whole, alive, true to what it says of itself, with homes that say so.

All of this only reads one portfolio; ``test_seeding`` is about how it comes about.
"""

import hashlib
import re
from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Sum
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.desk import counts_of_tasks, expected_acts, waiting_for_task
from alliances.lifecycle.duties import HANDS, coincidences
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import (
    actions_for,
    alliances_visible_to,
    dossiers,
    judge_act,
    member_of,
)
from alliances.lifecycle.table import BY_VERB, Status
from alliances.models import DocumentVersion, Event, Membership, Producer, User
from alliances.overview.own import own_home
from alliances.preparation.returned import open_points, open_return
from demo import portfolio
from demo.ground import shape, truth
from demo.ground.outcomes import YIELD_SPREAD, Sample, simulate_chaining, simulate_impact
from demo.ground.shape import surveyed
from demo.progress import Progress
from demo.registers.cast import PEOPLE
from demo.rooms.producers import COME_BACK
from demo.rooms.surveys import IN_EXECUTION_BY
from demo.world import World
from evaluation.estimators.chaining.index import levels_of
from evaluation.estimators.chaining.spec import MILESTONE_ITEMS, ChainingSpec, Thresholds
from evaluation.models import Response, Run, Study, SurveyImport
from evaluation.runs.giving.formats import written
from evaluation.runs.kinds import KINDS
from evaluation.studies.dataset import chaining_rows
from fiduciary.disbursements.lists import REQUESTS
from fiduciary.disbursements.protocol import is_drawn
from fiduciary.disbursements.selectors import (
    actions_by_request,
    held_by,
    queue_for,
    queue_rows,
)
from fiduciary.disbursements.services.steps import steps_of
from fiduciary.disbursements.table import WRITERS, RequestStatus, Verb
from fiduciary.models import Account, DisbursementRequest, InputDelivery, Transaction
from kit.lists import Listing
from kit.tones import Tone
from paap.home import home_of
from paap.roles import as_owner
from tests.demo import truth_rows

pytestmark = pytest.mark.django_db
TODAY = truth_rows.TODAY
SCALE = 0.03
HANDFUL = 4


def seed(number: int = 42, today: date = TODAY) -> World:
    with as_owner():
        return portfolio.seed_portfolio(
            scale=SCALE, seed=number, today=today, progress=Progress(is_quiet=True)
        )


@pytest.fixture(scope="module")
def world(module_rows: None) -> World:
    """One portfolio for every test that only reads, taken back at the end."""
    return seed()


def memberships() -> dict[str, Membership]:
    """What each of the fifteen acts as, by username."""
    rows = Membership.objects.filter(user__username__in=PEOPLE).with_names()
    return {row.user.username: row for row in rows.prefetch_related("organisation__departments")}


# -- Size --------------------------------------------------------------------------------------
def test_shape_at_scale_one_is_that_of_phase_3():
    counts = portfolio_counts(1)
    assert sum(counts.values()) == truth.PROFILES == 1_600
    assert counts["in"] == truth.ALLIANCES == 549
    assert surveyed(1) == truth.SURVEYED == 1_126


def test_shape_at_scale_ten_is_ten_times_as_large():
    assert portfolio_counts(10) == {"in": 5_490, "out": 10_510}
    assert surveyed(10) == 11_260


def portfolio_counts(scale: float) -> Counter[str]:
    counts: Counter[str] = Counter()
    for share, count in shape.portfolio(scale):
        counts["in" if share.got_in else "out"] += count
    return counts


# -- Whole -------------------------------------------------------------------------------------
def test_every_status_is_present(world):
    found = Counter(Alliance.objects.values_list("status", flat=True))
    assert set(found) == {status.value for status in Status}
    assert sum(found.values()) == len(world.profiles)
    assert Producer.objects.count() == sum(row.size for row in world.profiles)


def test_audit_chain_verifies(world):
    report = verify_audit()
    assert report.events > 1_000
    assert report.is_well, report


def test_ledger_balances(world):
    moved = Transaction.objects.annotate(total=Sum("postings__amount_cop"))
    assert moved.count() > 500
    assert not moved.exclude(total=0).exists()
    accounts = Account.objects.annotate(total=Sum("postings__amount_cop"))
    assert not accounts.filter(total__isnull=False).exclude(total=F("balance_cop")).exists()
    assert InputDelivery.objects.count() > 200


def test_no_duties_are_joined_under_the_recommended_regime(world):
    rows = Alliance.objects.filter(call__regime="recommended").select_related(
        "call", "municipality"
    )
    files = dossiers(rows)
    assert files
    assert [pk for pk, dossier in files.items() if coincidences(dossier)] == []


def test_documents_open_as_they_were_uploaded(world):
    versions = DocumentVersion.objects.all()
    assert versions
    for version in versions[:20]:
        with version.file.open("rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == version.sha256


def test_second_portfolio_is_refused(world):
    with pytest.raises(CommandError, match="make reset"):
        call_command("seed_demo", scale=SCALE, today=TODAY, verbosity=0)


# -- Alive -------------------------------------------------------------------------------------
def test_demo_people_can_sign_in_and_nobody_else_can(world, settings):
    people = {row.username: row for row in User.objects.filter(username__in=PEOPLE)}
    assert set(people) == set(PEOPLE)
    assert all(row.check_password(settings.DEMO_PASSWORD) for row in people.values())
    assert not any(row.has_usable_password() for row in User.objects.exclude(username__in=PEOPLE))


@pytest.mark.parametrize(
    "username",
    [
        "eip",
        "ogr",
        "scorer",
        "cir",
        "oga",
        "trustee",
        "trustee2",
        "ally",
        "manager",
        "organisation",
    ],
)
def test_work_waits_for_each_of_the_demo(world, username):
    home = home_of(memberships()[username], world.now)
    assert len(home.waiting) >= HANDFUL
    assert len(home.changed) >= HANDFUL


def test_a_run_of_every_kind_can_be_given_away(world):
    finished = Run.objects.filter(status="succeeded").select_related(
        "study__wave", "requested_by__user", "requested_by__organisation"
    )
    assert {run.kind for run in finished} == set(KINDS)
    for run in finished:
        assert run.fingerprint in written(run, "md", whole=True).decode()
        assert written(run, "xlsx", whole=True).startswith(b"PK")
        assert written(run, "pdf", whole=True).startswith(b"%PDF-")


def test_work_waits_for_the_evaluator(world):
    frozen = Study.objects.filter(frozen_at__isnull=False).annotate(run_count=Count("runs"))
    assert not frozen.filter(run_count=0).exists()
    assert frozen.filter(runs__status="queued").count() == 1
    assert Study.objects.filter(frozen_at__isnull=True).count() == 1
    for name in ("impact", "chaining", "operations", "perception", "follow-up"):
        (run,) = Study.objects.get(slug=f"demo-{name}").runs.all()
        assert run.status == "succeeded", run.failure_detail
        assert run.versions["method"]
    assert SurveyImport.objects.filter(status="pending").count() == 1


#: What each alliance of the cluster lets one of the eleven do next, by its status.
NEXT = {
    "draft": ("submit", "organisation"),
    "returned": ("submit", "organisation"),
    "submitted": ("verify", "scorer"),
    "preparing": ("submit_study", "ogr"),
    "study_submitted": ("declare_viable", "eip"),
    "viable": ("approve", "cir"),
    "trust_constituted": ("start", "oga"),
    "executing": ("suspend", "eip"),
    "closed": ("open_fund", "organisation"),
    "fund_operating": ("graduate", "eip"),
}


def test_cluster_can_be_walked_by_the_eleven(world):
    people, walked = memberships(), set()
    cluster = Alliance.objects.filter(organisation=world.cast.federation.pk).select_related(
        "call", "municipality__department", "organisation", "crop"
    )
    for alliance in cluster:
        if alliance.status in NEXT:
            verb, username = NEXT[alliance.status]
            actions = {row.verb: row.verdict for row in actions_for(alliance, people[username])}
            assert actions[verb], f"{alliance}: {actions[verb].reason}"
            walked.add(alliance.status)
    assert walked == set(NEXT)


def test_the_organisation_has_a_profile_to_mend_and_earlier_support_shows(world):
    own = memberships()["organisation"]
    returned = Alliance.objects.get(organisation=own.organisation, status="returned")
    notice = open_return(returned, world.now)
    assert notice is not None
    assert notice.words
    assert {card.alliance.status for card in own_home(own, world.now).cards} >= {
        "draft",
        "returned",
        "executing",
    }
    unmet = [
        finding.figure
        for _producer, findings in eligibility_of(returned).producers
        for finding in findings
        if finding.code == "earlier_support" and finding.state == "not_met"
    ]
    assert len(unmet) == COME_BACK
    supported = Alliance.objects.filter(status="graduated").values_list("code", flat=True)
    assert all(any(code in figure for code in supported) for figure in unmet)
    points = [point.text for point in open_points(returned)]
    assert len([text for text in points if any(figure in text for figure in unmet)]) == COME_BACK


def test_the_consultant_has_studies_to_write_and_studies_that_others_read(world):
    consultant = memberships()["consultant"]
    cards = own_home(consultant, world.now).cards
    assert {card.alliance.status for card in cards} >= {
        "preparing",
        "study_returned",
        "study_submitted",
        "viable",
    }
    assert [card.to_do for card in cards if card.to_do]
    assert len(cards) <= 5  # what one may carry


def test_a_morning_waits_for_the_officer_who_approves_and_the_one_who_pays(world):
    people = memberships()
    waits = {
        username: [
            row.request.step.verb
            for row in queue_rows(held_by(queue_for(member), member), member, world.today)
            if any(act.verdict for act in row.actions)
        ]
        for username in ("trustee", "trustee2", "eip")
        for member in [people[username]]
    }
    assert waits["trustee"].count("approve") >= 20
    assert waits["trustee2"].count("pay") >= HANDFUL
    assert waits["eip"].count("clear") >= HANDFUL
    mine = held_by(queue_for(people["trustee"]), people["trustee"])
    approve = mine.filter(step__verb="approve", alliance__status="executing")
    assert set(approve.values_list("slack_state", flat=True)) >= {
        "on_time",
        "at_risk",
        "late",
        "missed",
    }


def test_every_request_was_in_four_hands_and_cleared_where_its_protocol_says(world):
    requests = DisbursementRequest.objects.prefetch_related("step_records__step")
    settled = requests.filter(status__in=["approved", "paid"])
    assert settled.filter(needs_clearance=True).count() > HANDFUL
    assert settled.filter(needs_clearance=False).count() > HANDFUL
    for request in requests:
        verbs = [step.verb for step in steps_of(request)]
        assert request.needs_clearance is ("clear" in verbs)
        drawn = is_drawn(request.key, request.requested_at, request.protocol.steps.all())
        assert request.is_drawn is drawn
        hands = {stay.step.duty: stay.by_id for stay in request.step_records.all() if stay.by_id}
        hands = {duty: by for duty, by in hands.items() if duty in HANDS}
        assert len(set(hands.values())) == len(hands)
        if request.needs_clearance and request.status in ("approved", "paid"):
            assert request.cleared_by_id == hands["clear"]


def test_requests_show_every_state_of_slack(world):
    states = set(DisbursementRequest.objects.still_open().values_list("slack_state", flat=True))
    assert {"on_time", "at_risk", "late", "missed", "no_data"} <= states
    assert set(DisbursementRequest.objects.values_list("status", flat=True)) == {
        "requested",
        "returned",
        "approved",
        "paid",
        "cancelled",
    }


# -- True --------------------------------------------------------------------------------------
def test_survey_holds_participants_and_refused(world):
    asked = Response.objects.select_related("producer__alliance")
    assert asked.count() == surveyed(SCALE)
    answered = Counter("wellbeing" in row.answers for row in asked)
    assert min(answered.values()) >= surveyed(SCALE) // 4
    assert all(row.producer.alliance.snapshot for row in asked)
    spec = ChainingSpec.from_data(Study.objects.get(slug="demo-chaining").specification)
    rows = chaining_rows(asked[0].wave, spec)
    assert len(rows) == sum(took_part(row) for row in asked)
    assert rows["agreement_in_force"].notna().all()


def took_part(response: Response) -> bool:
    return any(name in response.answers for name in MILESTONE_ITEMS)


def test_rows_of_the_survey_are_stored_as_they_were_planned(world):
    """So what ``test_truth`` finds at full size holds of the rows of the demo."""
    started = set(
        Event.objects.filter(verb="start", at__lt=IN_EXECUTION_BY).values_list(
            "alliance", flat=True
        )
    )
    stored = {
        row.producer_id: (
            float(row.producer.alliance.snapshot.score - row.producer.alliance.snapshot.cutoff),
            row.producer.alliance_id in started,
            {name: row.answers[name] for name in truth_rows.ANSWERED if name in row.answers},
        )
        for row in Response.objects.select_related("producer__alliance__snapshot")
    }
    planned = {
        row["producer"]: (
            row["margin"],
            bool(row["took_part"]),
            {name: row[name] for name in truth_rows.ANSWERED if row[name] == row[name]},
        )
        for row in truth_rows.survey_rows(world).to_dict("records")
    }
    assert stored == planned


def sample_of(alliances: int, members: int, chance: np.random.Generator) -> Sample:
    """A survey far larger than the portfolio's: fuzzy at the cut-off, members share their score."""
    margin = np.clip(chance.normal(0, 9, alliances), -30, 30)
    took = chance.random(alliances) < np.where(margin >= 0, 0.86, 0.05)
    each = np.repeat(np.arange(alliances), members)
    return Sample(
        margin=margin[each],
        alliance=each,
        took_part=took.astype(float)[each],
        link=chance.beta(2, 1, alliances)[each],
        crop_yield=chance.choice([480.0, 1100.0, 19_500.0], alliances)[each],
    )


def late(sample: Sample, outcome: np.ndarray) -> tuple[float, float]:
    """Effect of taking part and its error: two-stage least squares on alliance means near the
    cut-off, with a line on each side."""
    means = [
        np.bincount(sample.alliance, column) / np.bincount(sample.alliance)
        for column in (outcome, sample.took_part, sample.margin)
    ]
    y, took, margin = (column[np.abs(means[2]) < 12] for column in means)
    above = (margin >= 0).astype(float)
    controls = [np.ones_like(y), margin, margin * above]
    x, z = np.stack([took, *controls], 1), np.stack([above, *controls], 1)
    bread = np.linalg.inv(z.T @ x)
    beta = bread @ (z.T @ y)
    meat = (z * ((y - x @ beta) ** 2)[:, None]).T @ z
    return float(beta[0]), float(np.sqrt((bread @ meat @ bread.T)[0, 0]))


@pytest.mark.parametrize(
    ("outcome", "effect"),
    [
        ("productivity_kg_ha", truth.EFFECT_PRODUCTIVITY_SD),
        ("sales_cop", float(truth.EFFECT_SALES_COP)),
        ("profit_cop", float(truth.EFFECT_PROFIT_COP)),
    ],
)
def test_true_effects_are_recovered(outcome, effect):
    chance = np.random.default_rng(5)
    sample = sample_of(6_000, 8, chance)
    figures = simulate_impact(sample, chance)[outcome]
    if outcome == "productivity_kg_ha":  # in standard deviations of the crop among who did not
        figures = (figures / sample.crop_yield - 1) / YIELD_SPREAD
    estimate, error = late(sample, figures)
    assert error < 0.1 * effect
    assert abs(estimate - effect) < 3 * error


def test_chaining_shares_are_near_the_published_ones():
    chance = np.random.default_rng(5)
    answers = simulate_chaining(sample_of(2_000, 10, chance), chance)
    index = np.mean([answers[name] for name in MILESTONE_ITEMS], axis=0)
    shares = np.bincount(levels_of(index, Thresholds()), minlength=3) / len(index)
    published = [truth.CHAINING_SHARES[level] for level in ("low", "medium", "high")]
    assert np.abs(shares - published).max() < 0.06


def test_better_chained_producers_say_their_income_improved():
    chance = np.random.default_rng(5)
    answers = simulate_chaining(sample_of(500, 10, chance), chance)
    index = np.mean([answers[name] for name in MILESTONE_ITEMS], axis=0)
    for outcome in ("income_improved", "income_change_cop", "wellbeing"):
        better = answers[outcome][index >= 2.5].mean()
        assert better > 1.1 * answers[outcome][index < 1.5].mean()


def test_cutoffs_part_the_selected_from_the_others(world):
    undecided = (Status.SCORED, Status.WAITLISTED)
    decided = [row for row in world.profiles if row.score and row.status not in undecided]
    kept = [row for row in decided if (row.score >= row.cutoff) == row.share.got_in]
    assert len(kept) / len(decided) > 0.8


# -- Home ----------------------------------------------------------------------------------------
# Of each person, against the database: all their work, nothing else. What the judge allows them
# now, act by act, is what home counts and what its lists hold.
EVERYBODY = tuple(PEOPLE)
#: Words by which a sentence says that something is missing.
LACK = re.compile(r"\b(no|not|nobody|never|without|lacks?|missing|returned|refused)\b", re.I)
MOST_QUERIES = 13  # of the page's fifteen, less who asks


def person(name: str) -> Membership:
    """One of the fifteen."""
    return memberships()[name]


def allowed_acts(membership: Membership) -> dict[str, set[int]]:
    """By verb the alliances on which the judge lets this member do what is expected now.

    Of several acts that end a status the one that leads on, as home asks for one of them.
    """
    rows = list(alliances_visible_to(membership).select_related("call", "municipality"))
    dossier_of, member = dossiers(rows), member_of(membership)
    allowed: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        possible = (act for act in expected_acts() if row.status in act.sources)
        for act in possible:
            if judge_act(row, act, dossier_of[row.pk], member).verdict:
                allowed[act.verb].add(row.pk)
                break
    return dict(allowed)


@pytest.mark.parametrize("name", EVERYBODY)
def test_home_counts_exactly_what_the_judge_allows(world: World, name: str) -> None:
    membership = person(name)
    changes = {
        verb: count for verb, count in counts_of_tasks(membership).items() if verb in BY_VERB
    }
    listed = {verb: {row.pk for row in waiting_for_task(membership, verb)} for verb in changes}

    assert listed == allowed_acts(membership)
    assert {verb: len(rows) for verb, rows in listed.items()} == changes


def test_the_demonstration_asks_something_of_whoever_decides_or_writes(world: World) -> None:
    """Or the test above would compare nothing with nothing."""
    for name in ("eip", "ogr", "scorer", "cir", "oga", "trustee", "organisation", "consultant"):
        assert allowed_acts(person(name)), name


def is_awaited(request: DisbursementRequest, verb: Verb) -> bool:
    """Whether the act is that of the step at which the request stands."""
    return verb not in WRITERS or request.status == RequestStatus.RETURNED


@pytest.mark.parametrize("name", EVERYBODY)
def test_home_counts_exactly_the_requests_that_one_may_take(world: World, name: str) -> None:
    membership = person(name)
    queue = queue_for(membership).select_related("alliance__call", "alliance__municipality", "step")
    actions = actions_by_request(list(queue), membership)
    allowed = {  # who asked may also take back what waits for another: nobody waits for that
        row.pk
        for row in queue
        if any(act.verdict and is_awaited(row, act.verb) for act in actions[row.pk])
    }
    url = "/desembolsos/"
    counted = {kind.url: kind.count for kind in home_of(membership, world.now).kinds}

    assert counted.get(url, 0) == len(allowed)
    if allowed:
        listed = Listing(REQUESTS, QueryDict(""), membership).queryset
        assert {row.pk for row in listed} == allowed


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_tone_never_contradicts_its_words(world: World, name: str) -> None:
    """Nothing green says that something is missing."""
    home = home_of(person(name), world.now)
    rows = [*home.waiting, *home.changed]
    assert not [
        (row.title, row.why)
        for row in rows
        if row.tone == Tone.GOOD and LACK.search(f"{row.title} {row.why}")
    ]


@pytest.mark.parametrize("name", [name for name in EVERYBODY if name != "policy"])
def test_home_asks_the_database_little(world: World, name: str) -> None:
    membership = person(name)
    with CaptureQueriesContext(connection) as captured:
        home_of(membership, world.now)
    assert len(captured) <= MOST_QUERIES
