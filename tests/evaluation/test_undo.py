"""Open studies and waves that no frozen study reads can be mended and taken out of sight."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.desk import Desk
from alliances.models import Event
from evaluation.models import Response, Study, SurveyImport, Wave
from evaluation.qualitative.services import link_excerpt
from evaluation.runs.home import waiting_for
from evaluation.studies.selectors import studies
from evaluation.studies.services import (
    amend_study,
    create_study,
    discard_study,
    freeze_study,
    revise_study,
)
from evaluation.surveys.selectors import waves
from evaluation.surveys.services import (
    add_variable,
    confirm_import,
    discard_wave,
    receive_file,
    revise_wave,
    withdraw_import,
)
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken
from paap.roles import as_owner
from tests.alliances.preparation.conftest import at_once
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.evaluation.surveys.files import csv_file
from tests.factories.alliances import make_alliance, make_membership, make_producer
from tests.factories.evaluation import AT, make_excerpt, make_exercise, make_study, make_wave

pytestmark = pytest.mark.django_db
WHY = {"reason": "Se abrió con las fechas de otra ronda", "reason_code": "mistake"}
DATES = {"collected_from": date(2021, 4, 1), "collected_until": date(2021, 7, 31)}


def file_of(wave: Wave, evaluator, name: str = "encuesta.csv", *, taken: bool) -> SurveyImport:
    """A file with the answers of two producers, taken or still waiting."""
    alliance = make_alliance("executing")
    rows = [
        {"documento": make_producer(alliance).document_number, "wellbeing": "4"} for _ in range(2)
    ]
    received = receive_file(
        wave_id=wave.pk, file_name=name, content=csv_file(rows), acting=evaluator, at=AT
    )
    return confirm_import(import_id=received.pk, acting=evaluator, at=AT) if taken else received


def discard(wave: Wave, evaluator, **more) -> Wave:
    return discard_wave(**({"wave_id": wave.pk, "acting": evaluator, "at": AT, **WHY} | more))


# -- A study ---------------------------------------------------------------------------------------
def test_an_open_study_is_discarded_with_a_trace(evaluator):
    study = make_study(evaluator, frozen=False)

    discard_study(study_id=study.pk, acting=evaluator, at=AT, seen=study.version)

    assert not studies().filter(pk=study.pk).exists()
    event = Event.objects.get(verb="discard_study")
    assert (event.actor, event.data["study"], event.data["name"]) == (
        evaluator.user,
        study.pk,
        study.title,
    )
    assert not verify_audit(chain=0).broken


def test_a_discarded_study_is_neither_mended_nor_frozen_nor_discarded_again(evaluator):
    study = make_study(evaluator, frozen=False)
    key, asked = uuid4(), {"study_id": study.pk, "acting": evaluator, "at": AT}

    assert discard_study(**asked, key=key) == discard_study(**asked, key=key)

    for act in (discard_study, freeze_study):
        with pytest.raises(Conflict, match="was discarded"):
            act(**asked)
    with pytest.raises(Conflict, match="was discarded"):
        revise_study(**asked, title="Otro", specification=chaining_spec())
    assert Event.objects.filter(verb="discard_study").count() == 1


def test_only_what_was_read_is_discarded(evaluator):
    study = make_study(evaluator, frozen=False)
    read = study.version
    revise_study(
        study_id=study.pk,
        title="Otro",
        specification=chaining_spec(alpha=0.1),
        acting=evaluator,
        at=AT,
    )

    with pytest.raises(Overtaken):
        discard_study(study_id=study.pk, acting=evaluator, at=AT, seen=read)


def test_a_frozen_study_is_not_discarded_but_its_open_amendment_is(evaluator):
    frozen = make_study(evaluator)
    amendment = amend_study(study_id=frozen.pk, acting=evaluator, at=AT)

    with pytest.raises(Conflict, match="is frozen"):
        discard_study(study_id=frozen.pk, acting=evaluator, at=AT)
    discard_study(study_id=amendment.pk, acting=evaluator, at=AT)

    assert list(studies().values_list("pk", flat=True)) == [frozen.pk]


def test_a_study_with_words_of_people_beside_it_is_no_longer_only_its_writers(evaluator):
    study = make_study(evaluator, frozen=False)
    excerpt = make_excerpt(evaluator, make_exercise(evaluator))
    link_excerpt(excerpt_id=excerpt.pk, study_id=study.pk, acting=evaluator, at=AT)

    with pytest.raises(Conflict, match="Excerpts"):
        discard_study(study_id=study.pk, acting=evaluator, at=AT)
    with pytest.raises(Conflict, match=study.title):
        discard(study.wave, evaluator)


def test_nothing_is_put_beside_a_discarded_study(evaluator):
    study = make_study(evaluator, frozen=False)
    excerpt = make_excerpt(evaluator, make_exercise(evaluator))
    discard_study(study_id=study.pk, acting=evaluator, at=AT)

    with pytest.raises(Conflict, match="discarded"):
        link_excerpt(excerpt_id=excerpt.pk, study_id=study.pk, acting=evaluator, at=AT)


@pytest.mark.parametrize("role", ["policy", "eip", "oga"])
def test_only_an_evaluator_discards(evaluator, role):
    study, other = make_study(evaluator, frozen=False), make_membership(role)

    with pytest.raises(NotAllowed):
        discard_study(study_id=study.pk, acting=other, at=AT)
    with pytest.raises(NotAllowed):
        discard(study.wave, other)
    with pytest.raises(NotAllowed):
        revise_wave(wave_id=study.wave_id, title="Otra", **DATES, acting=other, at=AT)


# -- A wave ----------------------------------------------------------------------------------------
def test_a_wave_is_changed_until_a_frozen_study_reads_it(evaluator):
    wave = make_wave(evaluator)
    asked = {"wave_id": wave.pk, "acting": evaluator, "at": AT, **DATES}

    changed = revise_wave(**asked, title="Cierre 2021", seen=wave.version)
    assert (changed.title, changed.collected_from) == ("Cierre 2021", DATES["collected_from"])
    with pytest.raises(Overtaken):
        revise_wave(**asked, title="Otra", seen=wave.version)
    with pytest.raises(ValidationError):
        revise_wave(**(asked | {"collected_until": date(2021, 1, 1)}), title="Otra")
    make_study(evaluator, changed, frozen=False)
    revise_wave(**asked, title="Cierre")
    frozen = make_study(evaluator, changed)

    with pytest.raises(Conflict, match=frozen.title):
        revise_wave(**asked, title="Otra")
    with pytest.raises(Conflict, match=frozen.title):
        discard(wave, evaluator)


def test_what_came_into_a_wave_goes_with_it(evaluator):
    wave, other = make_wave(evaluator), make_wave(evaluator)
    taken = file_of(wave, evaluator, taken=True)
    waits = file_of(wave, evaluator, "otra.csv", taken=False)
    elsewhere = file_of(other, evaluator, taken=True)
    study = make_study(evaluator, wave, frozen=False)

    discard(wave, evaluator)

    states = dict(SurveyImport.objects.values_list("pk", "status"))
    assert states == {taken.pk: "withdrawn", waits.pk: "discarded", elsewhere.pk: "confirmed"}
    waits.refresh_from_db()
    assert waits.content is None
    assert Response.objects.filter(wave=wave).count() == 2
    assert list(waves()) == [other]
    assert not studies().filter(pk=study.pk).exists()
    event = Event.objects.get(verb="discard_wave")
    assert (event.reason, event.data["reason_code"]) == (WHY["reason"], "mistake")
    assert event.data["imports"] == [taken.pk, waits.pk]
    assert event.data["studies"] == [study.pk]
    assert not verify_audit(chain=0).broken


def test_nothing_more_comes_into_a_discarded_wave(evaluator):
    wave = make_wave(evaluator)
    waits = file_of(wave, evaluator, taken=False)
    discard(wave, evaluator)

    with pytest.raises(Conflict, match="was discarded"):
        file_of(wave, evaluator, "otra.csv", taken=False)
    with pytest.raises(Conflict, match="Discarded"):
        confirm_import(import_id=waits.pk, acting=evaluator, at=AT)
    with pytest.raises(Conflict, match="was discarded"):
        create_study(
            title="Tarde",
            wave_id=wave.pk,
            specification=chaining_spec(),
            acting=evaluator,
            at=AT,
        )
    with pytest.raises(Conflict, match="was discarded"):
        add_variable(wave_id=wave.pk, name="x", label="X", kind="integer", acting=evaluator, at=AT)
    with pytest.raises(Conflict, match="was discarded"):
        discard(wave, evaluator)


def test_withdrawing_before_keeps_its_own_trace(evaluator):
    wave = make_wave(evaluator)
    taken = file_of(wave, evaluator, taken=True)
    withdraw_import(import_id=taken.pk, acting=evaluator, at=AT, **WHY)

    discard(wave, evaluator)

    assert Event.objects.get(verb="discard_wave").data["imports"] == []


@pytest.mark.parametrize("reason", ["", ".", "error"])
def test_discarding_a_wave_needs_a_reason(evaluator, reason):
    wave = make_wave(evaluator)

    with pytest.raises(DomainError):
        discard(wave, evaluator, reason=reason)
    assert waves().get() == wave


def test_the_same_key_discards_once(evaluator):
    wave, key = make_wave(evaluator), uuid4()

    assert discard(wave, evaluator, key=key) == discard(wave, evaluator, key=key)
    assert Event.objects.filter(verb="discard_wave").count() == 1


# -- Past every service ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change", ["title = 'Otra'", "collected_until = collected_until + 1", "discarded_at = now()"]
)
def test_database_keeps_a_wave_that_a_frozen_study_reads(evaluator, change):
    wave = make_study(evaluator).wave

    with (
        pytest.raises(DatabaseError, match="stays as it is"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE evaluation_wave SET {change} WHERE id = %s", [wave.pk])


def test_database_neither_freezes_nor_revives_what_was_discarded(evaluator):
    study = make_study(evaluator, frozen=False)
    with pytest.raises(IntegrityError, match="discarded_while_open"), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(frozen_at=AT, spec_hash="0" * 64, discarded_at=AT)
    discard(study.wave, evaluator)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(discarded_at=None)
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        Wave.objects.filter(pk=study.wave_id).update(discarded_at=None)


# -- At the same moment ----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_freezing_a_study_and_discarding_its_wave_one_wins(evaluator):
    study = make_study(evaluator, frozen=False)

    results = at_once(
        lambda: freeze_study(study_id=study.pk, acting=evaluator, at=AT),
        lambda: discard(study.wave, evaluator),
    )

    assert [isinstance(result, Conflict) for result in results].count(True) == 1
    study.refresh_from_db()
    assert study.is_frozen == isinstance(results[1], Conflict)
    assert (study.discarded_at is not None) == isinstance(results[0], Conflict)


@pytest.mark.django_db(transaction=True)
def test_of_taking_a_file_and_discarding_its_wave_nothing_is_left_over(evaluator):
    wave = make_wave(evaluator)
    waits = file_of(wave, evaluator, taken=False)

    results = at_once(
        lambda: confirm_import(import_id=waits.pk, acting=evaluator, at=AT),
        lambda: discard(wave, evaluator),
    )

    assert isinstance(results[1], Wave)
    waits.refresh_from_db()
    was_taken = not isinstance(results[0], Exception)
    assert waits.status == ("withdrawn" if was_taken else "discarded")


# -- On the pages ----------------------------------------------------------------------------------
def test_pages_of_what_was_discarded_are_not_found(evaluator, as_member, policy):
    study = make_study(evaluator, frozen=False)
    wave, client = study.wave, as_member(evaluator)
    page = reverse("evaluation:study-detail", args=[study.pk])
    assert reverse("evaluation:study-discard", args=[study.pk]) in client.get(page).content.decode()
    reader = as_member(policy).get(page).content.decode()
    assert reverse("evaluation:study-discard", args=[study.pk]) not in reader

    sent = {"key": uuid4(), "seen": study.version}
    assert client.get(reverse("evaluation:study-discard", args=[study.pk])).status_code == 405
    answer = client.post(reverse("evaluation:study-discard", args=[study.pk]), sent)
    assert answer.status_code == 302
    assert client.get(page).status_code == 404
    assert not waiting_on_home(evaluator, study)

    change = reverse("evaluation:wave-revise", args=[wave.code])
    written = client.get(change).context["form"]
    dated = {name: str(day) for name, day in DATES.items()} | {"title": "Cierre 2021"}
    dated |= {"key": uuid4(), "seen": written["seen"].value()}
    assert client.post(change, dated).status_code == 302
    assert client.post(change, dated | {"key": uuid4(), "title": "Otra"}).status_code == 409
    end = reverse("evaluation:wave-discard", args=[wave.code])
    assert client.post(end, {"key": uuid4()}).status_code == 422
    assert client.post(end, {"key": uuid4(), **WHY}).status_code == 302
    for name in ("detail", "revise", "discard", "template", "xlsform"):
        url = reverse(f"evaluation:wave-{name}", args=[wave.code])
        assert client.get(url).status_code == 404, name


def waiting_on_home(evaluator, study: Study) -> bool:
    return study.title in [row.title for row in waiting_for(Desk(evaluator, AT))]
