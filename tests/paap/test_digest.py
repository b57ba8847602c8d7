"""The mail of the day: who is written what, once, and never more than home says."""

from datetime import UTC, datetime, timedelta
from threading import Barrier
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings as the_settings
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from pytest_django import Settings

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.mail.models import Notice, NoticeKind, NoticeStatus
from alliances.mail.selectors import people_to_write
from alliances.mail.services import KEPT_FOR, deliver, forget_old_notices
from alliances.people.models import Membership, User
from fiduciary.disbursements.services.clock import refresh_clocks
from paap import digest
from paap.digest import write_notices
from paap.home import home_of
from paap.tasks import write_notices_of_the_day
from tests.alliances.preparation.conftest import at_once
from tests.factories.alliances import (
    AT,
    Cast,
    end,
    make_alliance,
    make_appointment,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
    walk_to,
)
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_request, make_windows

pytestmark = pytest.mark.django_db
#: At six in the morning of Bogotá: the profile waits, and has fifteen working days to be scored.
DAY = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
LATE = DAY + timedelta(days=28)


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> None:
    settings.SENDS_MAIL = True


def with_email(membership: Membership, **fields: str) -> User:
    user = membership.user
    for name, value in {"email": f"{user.username}@example.org", **fields}.items():
        setattr(user, name, value)
    user.save()
    return user


@pytest.fixture
def scorer() -> User:
    """Somebody of the body that scores one eligible profile."""
    return with_email(make_cast("eligible")["scorer"])


def another_profile(person: User, since: datetime = AT) -> Alliance:
    """One more to score, eligible since then."""
    alliance = make_alliance()
    make_appointment(alliance, Duty.SCORE, person.memberships.get().organisation)
    return walk_to(alliance, "eligible", since)


def leave(at: datetime) -> list[EmailMessage]:
    """What is written and leaves at that moment."""
    mail.outbox.clear()
    write_notices(at=at)
    deliver(clock=lambda: at)
    return list(mail.outbox)


# -- Who is written what --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("notices", "waits", "kinds"),
    [
        ("daily", "nothing", []),
        ("daily", "in time", ["digest"]),
        ("daily", "late", ["digest"]),
        ("urgent", "nothing", []),
        ("urgent", "in time", []),
        ("urgent", "late", ["urgent"]),
        ("none", "nothing", []),
        ("none", "in time", []),
        ("none", "late", []),
    ],
)
def test_by_what_one_chose_and_what_waits(notices: str, waits: str, kinds: list[str]) -> None:
    cast = make_cast("submitted" if waits == "nothing" else "eligible")
    person = with_email(cast["cir"] if waits == "nothing" else cast["scorer"], notices=notices)
    messages = leave(LATE if waits == "late" else DAY)
    assert [message.to for message in messages] == [[person.email]] * len(kinds)
    sent = Notice.objects.filter(status=NoticeStatus.SENT)
    assert list(sent.values_list("kind", flat=True)) == kinds


def test_nothing_waits_and_nobody_is_written_later_that_day() -> None:
    person = with_email(make_cast("submitted")["cir"])
    assert leave(DAY) == []
    (notice,) = Notice.objects.all()
    assert (notice.person, notice.status, notice.tasks) == (person, NoticeStatus.NEEDLESS, [])


@pytest.mark.parametrize("why", ["ended", "not yet", "no e-mail", "closed"])
def test_who_may_read_nothing_is_written_nothing(scorer: User, why: str) -> None:
    membership = scorer.memberships.get()
    if why == "ended":
        end(membership, (DAY - timedelta(days=1)).date())
    elif why == "not yet":
        end(membership, (DAY - timedelta(days=9)).date())
        make_membership(
            "scorer", membership.organisation, scorer, valid_from=(DAY + timedelta(days=1)).date()
        )
    elif why == "no e-mail":
        User.objects.filter(pk=scorer.pk).update(email="")
    else:
        User.objects.filter(pk=scorer.pk).update(is_active=False)
    assert leave(DAY) == []
    assert not Notice.objects.exists()


@pytest.mark.parametrize("why", ["ended", "chose nothing", "tomorrow"])
def test_what_was_written_does_not_leave_when_it_is_not_theirs_any_more(
    scorer: User, why: str
) -> None:
    write_notices(at=DAY)
    at = DAY
    if why == "ended":
        end(scorer.memberships.get(), (DAY - timedelta(days=1)).date())
    elif why == "tomorrow":
        at += timedelta(days=1)
    else:
        User.objects.filter(pk=scorer.pk).update(notices="none")
    deliver(clock=lambda: at)
    (notice,) = Notice.objects.all()
    assert (notice.status, notice.sealed, mail.outbox) == (NoticeStatus.NEEDLESS, "", [])


# -- Once -----------------------------------------------------------------------------------------
def test_a_day_has_one_message_and_the_next_day_another(scorer: User) -> None:
    assert len(leave(DAY)) == 1
    assert leave(DAY) == []
    assert leave(DAY + timedelta(hours=3)) == []
    assert len(leave(DAY + timedelta(days=1))) == 1


def test_a_late_task_is_told_once_and_what_becomes_late_the_same_day(scorer: User) -> None:
    User.objects.filter(pk=scorer.pk).update(notices="urgent")
    first = Alliance.objects.get()
    (message,) = leave(LATE)
    assert first.code in message.body
    assert leave(LATE + timedelta(hours=1)) == []
    second = another_profile(scorer)
    (message,) = leave(LATE + timedelta(hours=2))
    assert second.code in message.body
    assert first.code not in message.body
    assert leave(LATE + timedelta(days=1)) == []


def test_the_message_of_the_day_tells_late_tasks_too(scorer: User) -> None:
    (message,) = leave(LATE)
    assert "is late" in message.body
    assert leave(LATE + timedelta(hours=1)) == []
    second = another_profile(scorer)
    (message,) = leave(LATE + timedelta(hours=2))
    assert message.subject == "Alianzas: 1 task of yours is late"
    assert second.code in message.body


def test_what_never_left_is_told_the_next_day(scorer: User) -> None:
    User.objects.filter(pk=scorer.pk).update(notices="urgent")
    write_notices(at=LATE)
    assert len(leave(LATE + timedelta(days=1))) == 1


def test_of_more_than_is_looked_at_what_follows_is_no_news(
    scorer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who works off the first of many late ones is not written about each that follows."""
    User.objects.filter(pk=scorer.pk).update(notices="urgent")
    monkeypatch.setattr(digest, "ROWS", 1)
    assert len(leave(LATE)) == 1
    another_profile(scorer, since=AT - timedelta(days=30))
    assert leave(LATE + timedelta(hours=1)) == []
    assert len(leave(LATE + timedelta(days=1))) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("notices", ["daily", "urgent"])
def test_two_workers_at_once_write_it_once(notices: str) -> None:
    person = with_email(make_cast("eligible")["scorer"], notices=notices)
    gate = Barrier(2, timeout=10)
    write = digest.write_of_the_day

    def write_together(**notice: object) -> None:
        gate.wait()  # both have read that nothing was written
        write(**notice)  # type: ignore[arg-type]

    with patch.object(digest, "write_of_the_day", write_together):
        at_once(lambda: write_notices(at=LATE), lambda: write_notices(at=LATE))
    assert Notice.objects.get().person == person


def test_the_database_keeps_one_of_a_day(scorer: User) -> None:
    write_notices(at=DAY)
    notice = Notice.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            kind=NoticeKind.DIGEST,
            to=notice.to,
            person=scorer,
            day=notice.day,
            written_at=DAY,
            due_at=DAY,
        )
    for wrong in ({"day": None}, {"number": 1}, {"kind": NoticeKind.INVITATION}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.filter(pk=notice.pk).update(**wrong)


def test_one_whose_work_cannot_be_told_keeps_nobody_from_their_message(scorer: User) -> None:
    with_email(make_cast("eligible")["scorer"])
    reads = digest.waiting_at
    broken: list[object] = []

    def break_once(desk: object) -> object:
        if not broken:
            broken.append(desk)
            raise RuntimeError("a mistake of ours")
        return reads(desk)  # type: ignore[arg-type]

    with patch.object(digest, "waiting_at", break_once):
        assert len(leave(DAY)) == 1
    assert [message.to for message in leave(DAY + timedelta(hours=1))] == [[scorer.email]]


def test_who_was_not_written_yet_comes_first(scorer: User) -> None:
    leave(DAY)
    later = with_email(make_cast("eligible")["scorer"])
    assert list(people_to_write(DAY.date())) == [later, scorer]
    assert list(people_to_write((DAY + timedelta(days=1)).date())) == [scorer, later]


# -- What it says ---------------------------------------------------------------------------------
@pytest.fixture
def busy() -> Cast:
    """An alliance with money asked for before its sowing, and people with their data."""
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "04-30"))
    for _one in range(2):
        make_producer(cast.alliance, given_names="Zoraida", surnames="Ñustes Quilindo")
    make_request(cast, departure="Otro proveedor", description="Semilla para Zoraida Ñustes")
    make_request(cast, description="Semilla para Zoraida Ñustes")
    return cast


def test_each_role_reads_what_home_says_and_no_word_of_producers(busy: Cast) -> None:
    people = {with_email(busy[role]).email: busy[role] for role in (*busy.people, "payer")}
    messages = leave(MONDAY)
    written = {message.to[0]: message for message in messages}
    for email, membership in people.items():
        count = home_of(membership, MONDAY).waiting_count
        assert (email in written) is (count > 0), membership.role
        if count:
            assert written[email].subject.startswith(f"Alianzas: {count} task")
            for word in ("Zoraida", "Ñustes", "Quilindo"):
                assert word not in written[email].body
    assert {"eip", "trustee"} <= {people[email].role for email in written}


GOLDEN = """Marcela Rincón:

Hoy, 20 abr 2026, le esperan 8 tareas. 5 van tarde.

EIP · Equipo nacional

Iniciar cierre financiero: 1
http://localhost:8000/alianzas/?task=begin_closing
- A-1 · Papa de Ipiales
  quedan 10 días hábiles · la siembra de Papa se cierra antes, el 30 abr 2026

Designar a quien acompaña: 1
http://localhost:8000/alianzas/?task=appoint_oga
- A-1 · Papa de Ipiales
  Nadie la acompaña. No tiene fiduciaria. Su dinero espera eso. quedan 10 días hábiles

Solicitudes de desembolso: 1
http://localhost:8000/desembolsos/
- {alliance} · Papa
  La ventana se perdió el 13 abr 2026

Designar a la fiduciaria: 1
http://localhost:8000/alianzas/?task=appoint_trustee

Equipo de la OGR · OGR del Sur

Presentar perfil: 4
http://localhost:8000/perfiles/?task=submit
- D-1 · Cuyes de Túquerres
  No hay productores · 12 días hábiles tarde
- D-2 · Cuyes de Túquerres
  No hay productores · 12 días hábiles tarde
- D-3 · Cuyes de Túquerres
  No hay productores · 12 días hábiles tarde
- y 1 más

--
Recibe este mensaje los días hábiles en que algo le espera.
Para elegir otra cosa: http://localhost:8000/cuenta/mensajes/
"""


def test_the_whole_message_in_spanish(busy: Cast, spanish: None) -> None:
    """One person acts for two bodies: each with its tasks, the most urgent kind first."""
    at = MONDAY + timedelta(days=49)
    eip = make_membership("eip", make_organisation("eip", "Equipo nacional"))
    person = with_email(eip, first_name="Marcela", last_name="Rincón")
    make_membership("ogr", make_organisation("ogr", "OGR del Sur"), person)
    for number in range(1, 5):
        make_alliance(code=f"D-{number}", name="Cuyes de Túquerres")
    walk_to(make_alliance(code="A-1", name="Papa de Ipiales"), "approved", at)
    refresh_clocks(at=at)
    (message,) = leave(at)
    assert message.subject == "Alianzas: le esperan 8 tareas"
    assert message.body.replace("\N{NO-BREAK SPACE}", " ") == GOLDEN.format(alliance=busy.alliance)
    assert message.message().get_content_charset() == "utf-8"


GOLDEN_OF_LATE = """Rosa Pantoja:

Desde el último mensaje hay 1 tarea suya que ya va tarde.

Calificador independiente · Puntajes S.A.S.

Sellar puntaje
http://localhost:8000/alianzas/A-1/puntaje/
- A-1 · Papa de Ipiales
  5 días hábiles tarde

--
Recibe este mensaje una sola vez por cada tarea que va tarde.
Para elegir otra cosa: http://localhost:8000/cuenta/mensajes/
"""


def test_the_whole_message_of_what_became_late_in_spanish(spanish: None) -> None:
    body = make_organisation("scorer", "Puntajes S.A.S.")
    person = with_email(
        make_membership("scorer", body),
        first_name="Rosa",
        last_name="Pantoja",
        notices="urgent",
    )
    alliance = make_alliance(code="A-1", name="Papa de Ipiales")
    make_appointment(alliance, Duty.SCORE, body)
    walk_to(alliance, "eligible")
    (message,) = leave(LATE)
    assert message.to == [person.email]
    assert message.subject == "Alianzas: 1 tarea suya va tarde"
    assert message.body.replace("\N{NO-BREAK SPACE}", " ") == GOLDEN_OF_LATE


def test_everybody_reads_their_own_language(scorer: User, spanish: None) -> None:
    other = with_email(make_cast("eligible")["scorer"], language="en")
    subjects = {message.to[0]: message.subject for message in leave(DAY)}
    assert subjects == {
        scorer.email: "Alianzas: le espera 1 tarea",
        other.email: "Alianzas: 1 task waits for you",
    }


# -- When -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "is_set_up", "count"),
    [(3, True, 1), (7, True, 0), (8, True, 0), (3, False, 0)],  # 7 and 8 March: a weekend
)
def test_the_tick_writes_on_working_days_where_mail_is_set_up(
    scorer: User, settings: Settings, day: int, is_set_up: bool, count: int
) -> None:
    settings.SENDS_MAIL = is_set_up
    with time_machine.travel(datetime(2026, 3, day, 11, 0, tzinfo=UTC), tick=False):
        write_notices_of_the_day()
    assert Notice.objects.count() == count


def test_beat_asks_for_it_from_six_in_the_morning_of_bogota() -> None:
    row = the_settings.CELERY_BEAT_SCHEDULE["notices"]
    assert row["task"] == write_notices_of_the_day.name
    assert (min(row["schedule"].hour), max(row["schedule"].hour)) == (6, 18)
    assert (the_settings.CELERY_TIMEZONE, row["schedule"].minute) == ("America/Bogota", {0})


def test_what_closed_long_ago_is_forgotten_and_what_waits_is_not(scorer: User) -> None:
    leave(DAY)
    write_notices(at=DAY + timedelta(days=1))
    forget_old_notices(at=DAY + KEPT_FOR)
    assert Notice.objects.count() == 2
    forget_old_notices(at=DAY + KEPT_FOR + timedelta(minutes=1))
    assert [row.status for row in Notice.objects.all()] == [NoticeStatus.WAITING]
