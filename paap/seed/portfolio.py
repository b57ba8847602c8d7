"""The whole portfolio, planned and written in one transaction: all of it or nothing."""

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import override

from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.people.models import Membership, Organisation, User
from alliances.territory.models import Municipality
from alliances.territory.services import load_reference
from fiduciary.disbursements.services.protocols import load_protocols
from paap.errors import DomainError
from paap.seed.appointments import write_appointments
from paap.seed.bodies import Bodies
from paap.seed.calls import prepare_calls
from paap.seed.cast import PEOPLE, engage_cast
from paap.seed.events import write_events
from paap.seed.places import Places
from paap.seed.profiles import plan_profiles, write_profiles
from paap.seed.progress import Progress
from paap.seed.rubrics import score_profiles
from paap.seed.selection import write_selection
from paap.seed.world import World
from paap.seed.writing import analyze

#: Earlier days have no room for the histories of the latest calls.
EARLIEST_TODAY = date(2025, 9, 1)


class NotEmpty(DomainError):
    """The database already holds a portfolio."""


@transaction.atomic
def seed_portfolio(*, scale: float, seed: int, today: date, progress: Progress) -> World:
    """Write a portfolio as it would stand on the morning of ``today``.

    The same arguments give the same rows on an empty database. Raises NotEmpty when there are
    alliances or people of the demonstration, DomainError for a scale or day that cannot be.
    """
    _check(scale, today)
    _claim_empty_database()
    world = World(scale=scale, seed=seed, today=today)
    with override(settings.LANGUAGE_CODE), progress.running():
        for name, share, work in STEPS:
            with progress.step(name, share):
                work(world)
    return world


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
        # Every trigger asks which triggers to pass over and, while nobody ever said, pays for an
        # exception on each row. «None of them» is the answer, and costs a sixth.
        cursor.execute("SET LOCAL \"pgtrigger.ignore\" = '{}'")
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
    world.places = Places()


def _people(world: World) -> None:
    world.bodies = Bodies(world)
    world.cast = engage_cast(world)
    world.bodies.write()
    prepare_calls(world)


def _profiles(world: World) -> None:
    plan_profiles(world, world.cast)
    world.bodies.write()
    write_profiles(world)
    analyze(Organisation, User, Membership, Alliance)


def _selection(world: World) -> None:
    score_profiles(world)
    write_selection(world)


def _history(world: World) -> None:
    write_appointments(world)
    write_events(world)
    analyze(Appointment, Event)


def _settle(world: World) -> None:
    """Let every deferred constraint speak now, and tell the sequences what is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    world.ids.settle()


STEPS: tuple[tuple[str, int, Callable[[World], None]], ...] = (
    ("Reference data", 2, _reference),
    ("People and calls", 2, _people),
    ("Profiles", 8, _profiles),
    ("Scores and decisions", 10, _selection),
    ("History", 20, _history),
    ("Checks", 8, _settle),
)
