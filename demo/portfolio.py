"""The whole portfolio, planned and written in one transaction: all of it or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import override

from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.people.models import Membership, Organisation, Producer, User
from alliances.territory.models import Municipality
from alliances.territory.services import load_reference
from demo.ground.writing import analyze
from demo.planning.profiles import plan_profiles, write_profiles
from demo.planning.rubrics import score_profiles
from demo.progress import Progress
from demo.registers.bodies import Bodies
from demo.registers.cast import PEOPLE, engage_cast, give_factors
from demo.registers.places import Places
from demo.rooms.appointments import write_appointments
from demo.rooms.budgets import write_budgets
from demo.rooms.calls import prepare_calls
from demo.rooms.clocks import set_clocks
from demo.rooms.disbursements import write_disbursements
from demo.rooms.events import write_events
from demo.rooms.field import write_field, write_plans
from demo.rooms.fund import write_fund
from demo.rooms.preparation import write_preparation
from demo.rooms.producers import write_producers
from demo.rooms.selection import write_selection
from demo.rooms.surveys import write_surveys
from demo.rooms.trade import write_trade
from demo.rooms.trusts import write_trusts
from demo.world import World
from fiduciary.disbursements.models import DisbursementRequest, StepRecord
from fiduciary.disbursements.services.protocols import load_protocols
from fiduciary.trust.models import Trust
from kit.errors import DomainError

#: Earlier days have no room for the histories of the latest calls.
EARLIEST_TODAY = date(2025, 9, 1)


class NotEmpty(DomainError):
    """The database already holds a portfolio."""


@transaction.atomic
def seed_portfolio(*, scale: float, seed: int, today: date, progress: Progress) -> World:
    """Write a portfolio as it would stand on the morning of ``today``.

    The same arguments give the same rows on an empty database, but for how long its run took.
    Raises NotEmpty when there are alliances or people of the demonstration, DomainError for a
    scale or day that cannot be.
    """
    _check(scale, today)
    _claim_empty_database()
    world = World(scale=scale, seed=seed, today=today)
    with override(settings.LANGUAGE_CODE), progress.running(), _files_kept_only_whole(world):
        for name, share, work in STEPS:
            with progress.step(name, share):
                work(world)
    return world


@contextmanager
def _files_kept_only_whole(world: World) -> Iterator[None]:
    """The store knows no transactions: take its files back when the rows fail."""
    try:
        yield
    except BaseException:
        world.documents.discard()
        raise


def _check(scale: float, today: date) -> None:
    if not 0 < scale <= 50:
        raise DomainError("The scale is a number above 0, up to 50.")
    if today < EARLIEST_TODAY:
        raise DomainError(f"Choose a day from {EARLIEST_TODAY.isoformat()} on.")


def _claim_empty_database() -> None:
    """Nobody else writes alliances until the portfolio is whole."""
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(Alliance._meta.db_table)
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        # Triggers plan their look-ups while their tables are still empty and keep those plans.
        cursor.execute("SET LOCAL jit = off; SET LOCAL enable_seqscan = off")
    if Alliance.objects.exists() or User.objects.filter(username__in=PEOPLE).exists():
        raise NotEmpty(
            "This database already has alliances or people of the demonstration, and its history "
            "cannot be removed. To begin anew: make reset."
        )


# -- The steps, in order ---------------------------------------------------------------------------
def _reference(world: World) -> None:
    if not Municipality.objects.exists():
        load_reference()
    load_protocols()
    world.places = Places(world.today)


def _people(world: World) -> None:
    world.bodies = Bodies(world.ids, world.dice("bodies"), world.places, scale=world.scale)
    world.cast = engage_cast(world.bodies)
    world.bodies.write()
    give_factors()
    prepare_calls(world)


def _profiles(world: World) -> None:
    plan_profiles(world, world.cast)
    world.bodies.write()
    write_profiles(world)
    analyze(Organisation, User, Membership, Alliance)


def _selection(world: World) -> None:
    score_profiles(world)
    write_selection(world)


def _producers(world: World) -> None:
    write_producers(world)
    analyze(Producer)


def _trade_and_field(world: World) -> None:
    write_trade(world)
    write_field(world)


def _money(world: World) -> None:
    write_trusts(world)
    plans = write_budgets(world)
    world.asks = write_disbursements(world, plans)


def _fund(world: World) -> None:
    write_fund(world, world.asks)


def _clocks(world: World) -> None:
    analyze(DisbursementRequest, StepRecord, Trust)
    set_clocks(world)


def _history(world: World) -> None:
    world.documents.write()
    write_appointments(world)
    write_plans(world)
    write_events(world)
    world.ids.settle()  # the services of the surveys write some more
    analyze(Appointment, Event)


def _settle(world: World) -> None:
    """Let every deferred constraint speak now, and tell the sequences what is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    world.ids.settle()


STEPS: tuple[tuple[str, int, Callable[[World], None]], ...] = (
    ("Reference data", 1, _reference),
    ("People and calls", 2, _people),
    ("Profiles", 4, _profiles),
    ("Producers", 8, _producers),
    ("Scores and decisions", 4, _selection),
    ("Studies and documents", 6, write_preparation),
    ("Agreements and visits", 4, _trade_and_field),
    ("Trusts and disbursements", 10, _money),
    ("Rotating funds", 14, _fund),
    ("Slack clocks", 4, _clocks),
    ("History", 18, _history),
    ("Surveys", 1, write_surveys),
    ("Checks", 24, _settle),
)
