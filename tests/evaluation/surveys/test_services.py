"""A file of answers is taken whole or not at all, by an evaluator, once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alliances.models import Event
from evaluation.estimators.chaining.spec import ChainingSpec
from evaluation.models import Response, SurveyImport, Variable
from evaluation.runs.services import cancel_run
from evaluation.studies.dataset import chaining_rows, impact_rows
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.surveys.checking import ALIKE_FROM
from evaluation.surveys.selectors import preview_of, waves
from evaluation.surveys.services import (
    KEPT_FOR,
    add_variable,
    confirm_import,
    create_wave,
    discard_import,
    forget_waiting_files,
    map_columns,
    receive_file,
    withdraw_import,
)
from kit.errors import Conflict, DomainError, InvalidFile, NotAllowed
from kit.files import reading
from paap.roles import as_owner
from tests.evaluation.surveys.files import csv_file, spss_file, stata_file, xlsx_file
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_run, make_study, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave(evaluator):
    return make_wave(evaluator)


@pytest.fixture
def producers():
    alliance = make_alliance("executing")
    return [make_producer(alliance) for _ in range(3)]


def rows_of(producers, **changes):
    return [
        {
            "documento": producer.document_number,
            "income_improved": "Sí",
            "income_change_cop": "1200000",
            "wellbeing": "4",
            "respondent_name": "Rosa Chaves",
        }
        | changes
        for producer in producers
    ]


def receive(wave, evaluator, content, name="encuesta.csv", **options):
    return receive_file(
        wave_id=wave.pk, file_name=name, content=content, acting=evaluator, at=AT, **options
    )


def confirm(survey_import, evaluator):
    return confirm_import(import_id=survey_import.pk, acting=evaluator, at=AT)


# -- Waves and their dictionary ------------------------------------------------------------------


def test_a_wave_comes_with_the_standard_dictionary(wave):
    names = set(wave.variables.values_list("name", flat=True))

    assert {"presentation_participation", "ally_buys", "income_change_cop", "wellbeing"} <= names
    scale = wave.variables.get(name="ally_buys")
    assert scale.value_labels["4"] == "Del todo"
    assert wave.variables.get(name="respondent_name").is_personal
    for variable in wave.variables.all():
        variable.full_clean(validate_unique=False, validate_constraints=False)


def test_only_an_evaluator_makes_waves(policy):
    with pytest.raises(NotAllowed, match="only an evaluator"):
        create_wave(
            code="x",
            title="X",
            collected_from=date(2021, 1, 1),
            collected_until=date(2021, 2, 1),
            acting=policy,
            at=AT,
        )


def test_a_wave_does_not_end_before_it_begins(evaluator):
    with pytest.raises(ValidationError, match="end before"):
        make_wave(evaluator, collected_until=date(2020, 1, 1))


def test_a_variable_is_added_at_the_end(wave, evaluator):
    last = wave.variables.count()

    added = add_variable(
        wave_id=wave.pk,
        at=AT,
        acting=evaluator,
        name="uses_accounts",
        label="Lleva cuentas",
        kind="yes_no",
    )

    assert added.position == last + 1
    with pytest.raises(ValidationError, match="already has"):
        add_variable(
            wave_id=wave.pk,
            at=AT,
            acting=evaluator,
            name="uses_accounts",
            label="Otra",
            kind="yes_no",
        )


def test_a_choice_without_answers_is_refused_by_the_database(wave):
    with pytest.raises(DatabaseError, match="choice_has_labels"), transaction.atomic():
        Variable.objects.create(wave=wave, name="x", label="X", kind="choice")


# -- The way of a file ---------------------------------------------------------------------------


def test_columns_are_guessed_by_their_headings(wave, evaluator, producers):
    received = receive(wave, evaluator, csv_file(rows_of(producers)))

    assert received.is_pending
    assert received.rows == 3
    assert received.mapping == {
        "documento": "@document",
        "income_improved": "income_improved",
        "income_change_cop": "income_change_cop",
        "wellbeing": "wellbeing",
        "respondent_name": "respondent_name",
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx", "dta"])
def test_a_confirmed_file_becomes_answers_and_is_forgotten(wave, evaluator, producers, kind):
    rows = rows_of(producers)
    if kind == "dta":
        rows = [row | {"income_improved": 1.0, "wellbeing": 4.0} for row in rows]
    build = {"csv": csv_file, "xlsx": xlsx_file, "dta": stata_file}[kind]
    received = receive(wave, evaluator, build(rows), f"encuesta.{kind}")

    done = confirm(received, evaluator)

    assert done.status == SurveyImport.Status.CONFIRMED
    assert done.content is None
    stored = Response.objects.get(producer=producers[1])
    assert stored.answers == {"income_improved": 1, "income_change_cop": 1200000, "wellbeing": 4}
    assert stored.source_row == (2 if kind == "dta" else 3)
    assert Response.objects.filter(wave=wave).count() == 3


def test_personal_answers_are_never_stored(wave, evaluator, producers):
    confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    assert all("respondent_name" not in row.answers for row in Response.objects.all())
    assert not Response.objects.filter(answers__icontains="Rosa").exists()


def test_rows_are_linked_by_programme_id_too(wave, evaluator, producers):
    rows = [{"id_programa": row.pk, "wellbeing": "Mejor"} for row in producers]

    confirm(receive(wave, evaluator, csv_file(rows)), evaluator)

    assert Response.objects.get(producer=producers[0]).answers == {"wellbeing": 4}


def test_a_heading_that_is_not_guessed_is_mapped_by_hand(wave, evaluator, producers):
    rows = [{"CC": row.document_number, "p12": "2"} for row in producers]
    received = receive(wave, evaluator, csv_file(rows))

    map_columns(
        import_id=received.pk,
        mapping={"CC": "@document", "p12": "wellbeing"},
        at=AT,
        acting=evaluator,
    )
    confirm(received, evaluator)

    assert Response.objects.get(producer=producers[0]).answers == {"wellbeing": 2}


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"p12": "wellbeing"}, "identifies"),
        ({"CC": "@document", "p12": "@producer"}, "identifies"),
        ({"CC": "@document", "p12": "nothing_of_the_sort"}, "Unknown variable"),
        ({"CC": "@document", "p12": "wellbeing", "p13": "wellbeing"}, "Two columns"),
        ({"CC": "@document", "p12": "respondent_name"}, "can be stored"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(wave, evaluator, producers, mapping, message):
    rows = [{"CC": row.document_number, "p12": "2", "p13": "3"} for row in producers]
    received = receive(wave, evaluator, csv_file(rows))

    with pytest.raises(DomainError, match=message):
        map_columns(import_id=received.pk, mapping=mapping, acting=evaluator, at=AT)


BROKEN = {
    "unknown producer": ({"documento": "1111"}, "documento", "No producer"),
    "no producer": ({"documento": ""}, "documento", "does not say"),
    "not a number": ({"income_change_cop": "mucho"}, "income_change_cop", "not a number"),
    "out of range": ({"income_change_cop": "9000000000"}, "income_change_cop", "out of range"),
    "unknown answer": ({"wellbeing": "Regular"}, "wellbeing", "not one of"),
    "neither yes nor no": ({"income_improved": "quizás"}, "income_improved", "neither yes"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_wrong_cell_is_named_and_nothing_is_saved(wave, evaluator, producers, kind):
    change, column, message = BROKEN[kind]
    rows = rows_of(producers)
    rows[1] |= change
    received = receive(wave, evaluator, csv_file(rows))

    with pytest.raises(InvalidFile) as refusal:
        confirm(received, evaluator)

    (error,) = refusal.value.errors
    assert (error.row, error.column) == (3, column)
    assert message in error.message
    assert not Response.objects.exists()
    received.refresh_from_db()
    assert received.is_pending


def test_every_mistake_of_a_file_is_told_at_once(wave, evaluator, producers):
    rows = rows_of([*producers, producers[0]])
    rows[0] |= {"wellbeing": "9", "income_change_cop": "x"}
    rows[2] |= {"documento": "555"}

    with pytest.raises(InvalidFile) as refusal:
        confirm(receive(wave, evaluator, csv_file(rows)), evaluator)

    found = {(error.row, error.column) for error in refusal.value.errors}
    assert found == {(2, "wellbeing"), (2, "income_change_cop"), (4, "documento"), (5, "documento")}
    assert "row 2" in refusal.value.errors[-1].message


def test_a_document_in_two_profiles_asks_for_the_programme_id(wave, evaluator, producers):
    make_producer(make_alliance("executing"), document_number=producers[0].document_number)

    with pytest.raises(InvalidFile) as refusal:
        confirm(receive(wave, evaluator, csv_file(rows_of(producers[:1]))), evaluator)

    assert "more than one profile" in refusal.value.errors[0].message


def test_a_producer_answers_once_per_wave(wave, evaluator, producers):
    confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)
    second = receive(wave, evaluator, csv_file(rows_of(producers[:1], wellbeing="5")))

    with pytest.raises(InvalidFile) as refusal:
        confirm(second, evaluator)

    assert "already answered" in refusal.value.errors[0].message
    other_wave = make_wave(evaluator)
    confirm(receive(other_wave, evaluator, csv_file(rows_of(producers))), evaluator)


def test_the_same_file_is_recognised(wave, evaluator, producers):
    content = csv_file(rows_of(producers))
    waiting = receive(wave, evaluator, content, encoding="utf-8")
    confirm(receive(wave, evaluator, content), evaluator)

    with pytest.raises(DomainError, match="already imported"):
        receive(wave, evaluator, content)
    with pytest.raises(DomainError, match="already imported"):
        confirm(waiting, evaluator)


def test_a_decided_file_is_decided_for_good(wave, evaluator, producers):
    received = receive(wave, evaluator, csv_file(rows_of(producers)))
    discard_import(import_id=received.pk, acting=evaluator, at=AT)

    for act in (confirm_import, discard_import):
        with pytest.raises(Conflict, match="already decided"):
            act(import_id=received.pk, acting=evaluator, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        SurveyImport.objects.filter(pk=received.pk).update(file_name="otra.csv")


def test_a_file_nobody_decides_on_is_forgotten(wave, evaluator, producers):
    old = receive(wave, evaluator, csv_file(rows_of(producers)))
    done = receive(wave, evaluator, csv_file(rows_of(producers[:1], wellbeing="2")))
    confirm(done, evaluator)

    assert forget_waiting_files(at=AT + KEPT_FOR - timedelta(minutes=1)) == 0
    assert forget_waiting_files(at=AT + KEPT_FOR) == 1

    old.refresh_from_db()
    assert (old.status, old.content, old.decided_by) == ("discarded", None, None)
    event = Event.objects.get(verb="forget_answers")
    assert (event.actor, event.organisation, event.at) == (None, None, AT + KEPT_FOR)
    assert (event.data["name"], event.data["sha256"]) == (old.file_name, old.sha256)
    assert forget_waiting_files(at=AT + KEPT_FOR) == 0


def test_a_file_sent_twice_waits_once(wave, evaluator, producers):
    content = csv_file(rows_of(producers))

    first, again = (receive(wave, evaluator, content) for _ in range(2))

    assert first == again
    assert receive(wave, evaluator, content, delimiter=",") != first


def test_an_import_is_kept_in_the_audit_chain(wave, evaluator, producers):
    done = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    event = Event.objects.get(verb="import_answers")

    assert event.actor == evaluator.user
    assert (event.data["wave"], event.data["sha256"]) == (wave.code, done.sha256)


def test_answers_are_never_changed(wave, evaluator, producers):
    confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), as_owner():
        Response.objects.update(answers={})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), as_owner():
        Response.objects.all()._raw_delete("default")


@pytest.mark.parametrize("role", ["policy", "outsider"])
def test_only_an_evaluator_handles_files(wave, evaluator, producers, role, request):
    stranger = request.getfixturevalue(role)
    received = receive(wave, evaluator, csv_file(rows_of(producers)))

    with pytest.raises(NotAllowed):
        receive(wave, stranger, csv_file(rows_of(producers[:2])))
    with pytest.raises(NotAllowed):
        map_columns(import_id=received.pk, mapping={}, at=AT, acting=stranger)
    with pytest.raises(NotAllowed):
        confirm(received, stranger)
    with pytest.raises(NotAllowed):
        discard_import(import_id=received.pk, acting=stranger, at=AT)


def test_spanish_numbers_are_read_as_written(wave, evaluator, producers):
    rows = rows_of(producers, income_change_cop="-1.250.000,50")

    confirm(receive(wave, evaluator, csv_file(rows, delimiter=";")), evaluator)

    assert Response.objects.first().answers["income_change_cop"] == -1250000.5


def test_stata_labels_are_followed(wave, evaluator, producers):
    rows = [{"documento": row.document_number, "wellbeing": 1.0} for row in producers]
    content = stata_file(rows, labels={"wellbeing": {1: "Mucho mejor", 5: "Mucho peor"}})

    confirm(receive(wave, evaluator, content, "encuesta.dta"), evaluator)

    assert Response.objects.first().answers == {"wellbeing": 5}


def _statistical(producers):
    """Codes of another order than the dictionary's, a «does not know», a gap, a village."""
    wellbeing = [1.0, 97.0, None]
    return [
        {
            "documento": producer.document_number,
            "wellbeing": code,
            "income_change_cop": -98.0 if code is None else 1250000.5,
            "village": "Peñón, vía Nariño",
        }
        for producer, code in zip(producers, wellbeing, strict=True)
    ]


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_statistical_files_bring_labels_missing_codes_and_accents(wave, evaluator, producers, kind):
    add_variable(
        wave_id=wave.pk, at=AT, acting=evaluator, name="village", label="Vereda", kind="text"
    )
    labels = {"wellbeing": {1: "Mucho mejor", 5: "Mucho peor"}}
    rows = _statistical(producers)
    if kind == "sav":
        labels["wellbeing"][97] = "No sabe"
        content = spss_file(rows, labels=labels, missing={"wellbeing": [97]})
    else:
        rows[1]["wellbeing"] = 98.0  # Stata says it by the dictionary's code
        content = stata_file(rows, labels=labels)

    confirm(receive(wave, evaluator, content, f"encuesta.{kind}"), evaluator)

    answers = [Response.objects.get(producer=producer).answers for producer in producers]
    village = {"village": "Peñón, vía Nariño"}
    assert answers == [
        {"wellbeing": 5, "income_change_cop": 1250000.5} | village,
        {"income_change_cop": 1250000.5} | village,
        village,
    ]


def test_rows_are_linked_by_alliance_and_name(wave, evaluator):
    alliance, other = make_alliance("executing"), make_alliance("executing")
    rosa = make_producer(alliance, given_names="Rosa Inés", surnames="Peñón Díaz")
    make_producer(other, given_names="Rosa Inés", surnames="Peñón Díaz")
    for _twin in range(2):
        make_producer(alliance, given_names="Luis", surnames="Mora")
    rows = [
        {"alianza": alliance.code.lower(), "quien": "PEÑON DIAZ, Rosa Ines", "wellbeing": "4"},
        {"alianza": alliance.code, "quien": "Rosa Peñón", "wellbeing": "4"},
        {"alianza": alliance.code, "quien": "Luis Mora", "wellbeing": "4"},
    ]
    received = receive(wave, evaluator, csv_file(rows))
    mapping = {"alianza": "@alliance", "quien": "@name", "wellbeing": "wellbeing"}

    mapped = map_columns(
        import_id=received.pk,
        mapping=mapping,
        handling={"unlinked": "leave_out"},
        acting=evaluator,
        at=AT,
    )
    preview = preview_of(mapped)
    confirm(mapped, evaluator)

    assert [row.message for row in preview.set_aside] == [
        "No producer of this alliance has exactly this name.",
        "More than one producer of this alliance has this name.",
    ]
    assert preview.columns[1].sample == ("•••", "•••", "•••")
    assert [row.producer for row in wave.responses.all()] == [rosa]
    with pytest.raises(DomainError, match="identifies"):
        map_columns(
            import_id=receive(wave, evaluator, csv_file(rows[1:])).pk,
            mapping={"quien": "@name", "wellbeing": "wellbeing"},
            acting=evaluator,
            at=AT,
        )


# -- Rows set aside: nobody's, repeated, alike, without consent ------------------------------------
def handle(survey_import, evaluator, **handling):
    return map_columns(
        import_id=survey_import.pk,
        mapping=survey_import.mapping,
        handling=handling,
        acting=evaluator,
        at=AT,
    )


def test_rows_without_consent_are_counted_and_not_imported(wave, evaluator, producers):
    add_variable(
        wave_id=wave.pk,
        at=AT,
        acting=evaluator,
        name="agrees",
        label="¿Acepta responder?",
        kind="yes_no",
        measured="before",
        role="consent",
    )
    rows = rows_of(producers)
    for row, agrees in zip(rows, ("Sí", "No", ""), strict=True):
        row["agrees"] = agrees
    rows[1] |= {"wellbeing": "Regular"}  # a mistake in a row that is not taken is none

    done = confirm(receive(wave, evaluator, csv_file(rows)), evaluator)

    assert [row.producer for row in wave.responses.all()] == [producers[0]]
    assert done.set_aside == [[3, "no_consent", None], [4, "no_consent", None]]
    assert done.stored_rows == 1
    event = Event.objects.get(verb="import_answers")
    assert event.data["set_aside"] == {"no_consent": 2}


def test_consent_is_a_question_of_yes_or_no(wave, evaluator):
    with pytest.raises(ValidationError, match="yes or no"):
        add_variable(
            wave_id=wave.pk,
            at=AT,
            acting=evaluator,
            name="agrees",
            label="¿Acepta?",
            kind="text",
            role="consent",
        )


def test_repeated_rows_are_left_out_when_somebody_chose_so(wave, evaluator, producers):
    confirm(receive(wave, evaluator, csv_file(rows_of(producers[:1]))), evaluator)
    rows = rows_of([producers[1], producers[0], producers[1]], wellbeing="2")
    received = receive(wave, evaluator, csv_file(rows))
    with pytest.raises(InvalidFile):
        confirm(received, evaluator)

    done = confirm(handle(received, evaluator, repeated="leave_out"), evaluator)

    assert done.set_aside == [[3, "repeated", None], [4, "repeated", 2]]
    assert wave.responses.get(producer=producers[0]).answers["wellbeing"] == 4
    assert wave.responses.get(producer=producers[1]).source_row == 2


def test_rows_of_nobody_are_left_out_when_somebody_chose_so(wave, evaluator, producers):
    rows = rows_of(producers)
    rows[1]["documento"] = "1111"
    rows[2]["documento"] = ""
    received = receive(wave, evaluator, csv_file(rows))

    handled = handle(received, evaluator, unlinked="leave_out")
    answered = [row.answered for row in preview_of(handled).stored]
    done = confirm(handled, evaluator)

    assert answered == [1, 1, 1]
    assert done.set_aside == [[3, "unlinked", None], [4, "unlinked", None]]
    assert done.stored_rows == wave.responses.count() == 1


@pytest.mark.parametrize(("way", "stored"), [("keep", 3), ("leave_out", 2)])
def test_rows_with_all_the_answers_of_another_are_told(wave, evaluator, producers, way, stored):
    names = wave.variables.filter(kind="choice").values_list("name", flat=True)[:ALIKE_FROM]
    rows = [{"documento": row.document_number} | dict.fromkeys(names, "1") for row in producers]
    rows[1][names[0]] = "2"
    received = handle(receive(wave, evaluator, csv_file(rows)), evaluator, alike=way)

    preview = preview_of(received)
    done = confirm(received, evaluator)

    assert [(row.row, row.other) for row in preview.alike] == [(4, 2)]
    assert done.stored_rows == wave.responses.count() == stored


def test_a_file_of_which_no_row_is_left_is_not_imported(wave, evaluator, producers):
    rows = rows_of(producers, documento="1111")
    received = handle(receive(wave, evaluator, csv_file(rows)), evaluator, unlinked="leave_out")

    assert not preview_of(received).can_be_confirmed
    with pytest.raises(DomainError, match="No row of the file"):
        confirm(received, evaluator)


# -- Before locking, and once ----------------------------------------------------------------------
def test_a_file_is_read_before_anything_is_locked(wave, evaluator, producers, monkeypatch):
    received = receive(wave, evaluator, csv_file(rows_of(producers)))
    run, asked = reading.run, "SELECT 'a file is read'"

    def note(*question):
        with connection.cursor() as cursor:
            cursor.execute(asked)
        return run(*question)

    monkeypatch.setattr(reading, "run", note)
    with CaptureQueriesContext(connection) as captured:
        confirm(received, evaluator)

    statements = [query["sql"] for query in captured]
    first_lock = next(n for n, sql in enumerate(statements) if "FOR UPDATE" in sql)
    assert statements.count(asked) == 1
    assert statements.index(asked) < first_lock


def test_the_same_columns_again_write_no_event(wave, evaluator, producers):
    received = receive(wave, evaluator, csv_file(rows_of(producers)))
    mapping = received.mapping | {"wellbeing": ""}

    for _again in range(2):
        map_columns(import_id=received.pk, mapping=mapping, acting=evaluator, at=AT)

    assert Event.objects.filter(verb="map_answers").count() == 1


def test_the_name_of_a_file_is_never_cut(wave, evaluator, producers):
    with pytest.raises(InvalidFile, match="has 204 characters and the most is 200"):
        receive(wave, evaluator, csv_file(rows_of(producers)), "x" * 200 + ".csv")


# -- Withdrawing -----------------------------------------------------------------------------------
def withdraw(survey_import, member, reason="El archivo tenía las columnas corridas", **options):
    return withdraw_import(
        import_id=survey_import.pk,
        acting=member,
        at=AT,
        reason=reason,
        **({"reason_code": "inconsistent"} | options),
    )


def test_withdrawn_answers_are_in_no_dataset_and_may_come_again(wave, evaluator, producers):
    first = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    withdrawn = withdraw(first, evaluator)

    impact = ImpactSpec(outcomes=("wellbeing",), treatment="selected")
    assert withdrawn.status == SurveyImport.Status.WITHDRAWN
    assert len(chaining_rows(wave, ChainingSpec(reference_on=AT.date()))) == 0
    assert len(impact_rows(wave, impact)) == 0
    assert waves().get().response_count == 0
    event = Event.objects.get(verb="withdraw_answers")
    assert (event.actor, event.reason) == (
        evaluator.user,
        "El archivo tenía las columnas corridas",
    )
    assert (event.data["answers"], event.data["sha256"]) == (3, first.sha256)
    assert Response.objects.count() == 3  # stored, so that the audit can count them

    confirm(receive(wave, evaluator, csv_file(rows_of(producers, wellbeing="2"))), evaluator)
    assert {row["wellbeing"] for row in _chaining(wave)} == {2}
    assert waves().get().response_count == 3


def _chaining(wave):
    return chaining_rows(wave, ChainingSpec(reference_on=AT.date())).to_dict("records")


def test_the_very_same_file_may_come_again_after_it_was_withdrawn(wave, evaluator, producers):
    content = csv_file(rows_of(producers))
    withdraw(confirm(receive(wave, evaluator, content), evaluator), evaluator)

    confirm(receive(wave, evaluator, content), evaluator)

    assert waves().get().response_count == 3


def test_answers_that_a_run_has_read_are_not_withdrawn(wave, evaluator, producers):
    done = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)
    study = make_study(evaluator, wave)
    run = make_run(evaluator, study)

    with pytest.raises(Conflict, match=f"read by «{study.title}»"):
        withdraw(done, evaluator)
    cancel_run(run_id=run.pk, acting=evaluator, at=AT)

    assert withdraw(done, evaluator).status == SurveyImport.Status.WITHDRAWN


@pytest.mark.parametrize("reason", ["", "  \n", "."])
def test_withdrawing_needs_a_reason(wave, evaluator, producers, reason):
    done = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    with pytest.raises(DomainError, match="in a sentence"):
        withdraw(done, evaluator, reason)


def test_only_imported_answers_are_withdrawn_once_by_an_evaluator(
    wave, evaluator, producers, policy
):
    waiting = receive(wave, evaluator, csv_file(rows_of(producers)))
    with pytest.raises(NotAllowed, match="not possible"):
        withdraw(waiting, evaluator)
    done, key = confirm(waiting, evaluator), uuid4()
    with pytest.raises(NotAllowed):
        withdraw(done, policy)
    for _click in range(2):
        withdraw(done, evaluator, key=key)
    with pytest.raises(Conflict, match="already withdrawn"):
        withdraw(done, evaluator)

    assert Event.objects.filter(verb="withdraw_answers").count() == 1


@pytest.mark.parametrize("change", [{"status": "pending"}, {"rows": 1, "status": "withdrawn"}])
def test_the_database_lets_an_import_only_be_withdrawn(wave, evaluator, producers, change):
    done = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)

    with pytest.raises(DatabaseError), transaction.atomic():
        SurveyImport.objects.filter(pk=done.pk).update(**change)


def test_the_database_refuses_a_second_answer_that_stands(wave, evaluator, producers):
    done = confirm(receive(wave, evaluator, csv_file(rows_of(producers))), evaluator)
    other = SurveyImport.objects.create(
        wave=wave,
        file_name="b.csv",
        rows=1,
        sha256="b" * 64,
        content=b"x",
        received_by=evaluator,
        received_at=AT,
    )
    second = {"wave": wave, "producer": producers[0], "survey_import": other, "source_row": 2}

    with pytest.raises(DatabaseError, match="once_per_wave"), transaction.atomic():
        Response.objects.create(**second)
    withdraw(done, evaluator)

    assert Response.objects.create(**second).pk
