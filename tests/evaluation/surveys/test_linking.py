"""Rows that name nobody exactly: proposals with their evidence, accepted or declined in bulk."""

import pytest
from django.urls import reverse

from alliances.models import Event, Producer
from evaluation.models import Response, SurveyImport
from evaluation.surveys.linking import Candidate, Clues, name_key, near_documents, proposals
from evaluation.surveys.selectors import preview_of
from evaluation.surveys.services import confirm_import, link_rows, map_columns, receive_file
from kit.errors import Conflict, DomainError
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave
from tests.pages import form_with

HEADINGS = "documento,respondent_name,respondent_phone,municipio,ally_buys"


def person(producer_id: int, **fields) -> Candidate:
    known = {
        "document": "1085000001",
        "name": name_key("María Rosa Chaves Díaz"),
        "phone": "3101234567",
        "municipality": frozenset({"52001", "pasto"}),
        "organisation": "asopapa",
        "alliance": "A-1",
    }
    return Candidate(producer_id, **(known | fields))


OTHER = person(
    2, document="9", name=name_key("Juan Pérez"), phone="", municipality=frozenset(), alliance="B-1"
)


@pytest.mark.parametrize(
    ("clues", "evidence"),
    [
        ({"document": "1085000002"}, ("near_document",)),
        ({"document": "108500001"}, ("near_document",)),
        ({"document": "1085000010"}, ("near_document",)),
        (
            {"document": "7", "name": "Chaves Diaz, Maria Rosa", "municipality": "pasto"},
            ("same_name", "same_municipality"),
        ),
        ({"name": "María Rosa Chavez Díaz", "phone": "3101234567"}, ("same_phone", "like_name")),
        ({"name": "María Rosa Chaves Días", "alliance": "A-1"}, ("like_name", "same_alliance")),
        (
            {"name": "María Rosa Chaves Díaz", "organisation": "asopapa"},
            ("same_name", "same_organisation"),
        ),
    ],
)
def test_evidence_points_to_one_producer(clues, evidence):
    read = clues | {"name": name_key(clues.get("name", ""))}
    (proposal,) = proposals([Clues(5, **read)], [person(1), OTHER], taken=())
    assert (proposal.row, proposal.producer_id, proposal.evidence) == (5, 1, evidence)


@pytest.mark.parametrize(
    "clues",
    [
        {"document": "1085000099"},  # two slips
        {"name": name_key("María Rosa Chaves Díaz")},  # of a name alone there are many
        {"phone": "3101234567"},  # a telephone alone may be the household's
        {"municipality": "pasto", "organisation": "asopapa"},
        {"name": "", "municipality": ""},
    ],
)
def test_little_evidence_proposes_nobody(clues):
    assert proposals([Clues(5, **clues)], [person(1), OTHER], taken=()) == []


def test_nobody_is_proposed_where_two_have_as_much_or_two_rows_point_to_one():
    clues = Clues(5, document="1085000002")
    assert proposals([clues], [person(1), person(3)], taken=()) == []
    assert proposals([clues, Clues(6, document="1085000003")], [person(1)], taken=()) == []
    assert proposals([clues], [person(1)], taken={1}) == []


def test_one_slip_of_a_document():
    near = {*near_documents("123")}
    assert {"124", "12", "1123", "132", "213"} <= near
    assert "321" not in near


# -- Stored ---------------------------------------------------------------------------------------
@pytest.fixture
def wave(evaluator):
    return make_wave(evaluator)


@pytest.fixture
def people(db) -> list[Producer]:
    alliance = make_alliance()
    return [
        make_producer(
            alliance,
            document_number=f"10850000{place}1",
            given_names=given,
            surnames="Chaves Díaz",
            phone=f"310123456{place}",
        )
        for place, given in enumerate(("María", "Rosa", "Elena", "Inés", "Ana Lucía"))
    ]


def receive(evaluator, wave, people: list[Producer]) -> SurveyImport:
    """An exact row, two slips of a document with name and place, a name with place, a stranger."""
    place = people[0].alliance.municipality.name
    rows = (
        f"{people[0].document_number},,,,4",
        f"1085000012,Chaves Diaz Rosa,3101234561,{place},3",
        f"1085000022,Chaves Diaz Elena,,{place},2",
        f"99999,Chaves Díaz Inés,,{place},1",
        "77777,Nadie Conocido,,,1",
    )
    return receive_file(
        wave_id=wave.pk,
        file_name="encuesta.csv",
        content="\n".join((HEADINGS, *rows)).encode(),
        acting=evaluator,
        at=AT,
    )


def link(waiting: SurveyImport, evaluator, accepted) -> SurveyImport:
    return link_rows(
        import_id=waiting.pk, accepted=accepted, acting=evaluator, at=AT, seen=waiting.version
    )


def test_rows_are_linked_declined_and_recorded(evaluator, wave, people):
    waiting = receive(evaluator, wave, people)
    before = preview_of(waiting)
    assert [(row.row, row.producer_id) for row in before.proposals] == [
        (3, people[1].pk),
        (4, people[2].pk),
        (5, people[3].pk),
    ]
    assert len(before.errors) == 4

    waiting = link(waiting, evaluator, [3, 4])

    assert waiting.links == {
        "3": [people[1].pk, ["near_document", "same_phone", "same_name", "same_municipality"]],
        "4": [people[2].pk, ["near_document", "same_name", "same_municipality"]],
    }
    assert waiting.declined == [[5, people[3].pk]]
    event = Event.objects.get(verb="link_answers")
    assert (sum(event.data["linked"].values()), event.data["declined"]) == (2, 1)
    assert not any(word in str(event.data) for word in ("Chaves", "310123", "108500"))
    assert [error.row for error in preview_of(waiting).errors] == [5, 6]


def test_linked_rows_are_stored_with_their_producer_and_no_word_of_them(evaluator, wave, people):
    waiting = link(receive(evaluator, wave, people), evaluator, [3, 4])
    waiting = map_columns(
        import_id=waiting.pk,
        mapping=waiting.mapping,
        handling={"unlinked": "leave_out"},
        acting=evaluator,
        at=AT,
    )
    confirm_import(import_id=waiting.pk, acting=evaluator, at=AT)

    rows = Response.objects.order_by("source_row")
    assert list(rows.values_list("source_row", "producer")) == [
        (2, people[0].pk),
        (3, people[1].pk),
        (4, people[2].pk),
    ]
    assert all({*row.answers} == {"ally_buys"} for row in rows)


def test_other_columns_take_the_links_back(evaluator, wave, people):
    waiting = link(receive(evaluator, wave, people), evaluator, [3, 4])
    changed = {**waiting.mapping, "municipio": ""}
    waiting = map_columns(import_id=waiting.pk, mapping=changed, acting=evaluator, at=AT)
    assert (waiting.links, waiting.declined) == ({}, [])


def test_only_what_is_proposed_and_seen_can_be_linked(evaluator, wave, people):
    waiting = receive(evaluator, wave, people)
    with pytest.raises(DomainError, match="Nobody is proposed for row 6"):
        link(waiting, evaluator, [6])
    with pytest.raises(Conflict):
        link_rows(import_id=waiting.pk, accepted=[3], acting=evaluator, at=AT, seen="other")


def test_who_answered_already_is_not_proposed(evaluator, wave, people):
    first = receive_file(
        wave_id=wave.pk,
        file_name="otra.csv",
        content=f"documento,ally_buys\n{people[1].document_number},4\n".encode(),
        acting=evaluator,
        at=AT,
    )
    confirm_import(import_id=first.pk, acting=evaluator, at=AT)
    rows = preview_of(receive(evaluator, wave, people)).proposals
    assert people[1].pk not in {row.producer_id for row in rows}


def test_groups_are_accepted_with_a_click_and_single_rows_taken_out(
    evaluator, wave, people, as_member
):
    waiting = receive(evaluator, wave, people)
    browser = as_member(evaluator)
    address = reverse("evaluation:import-detail", args=[waiting.pk])
    page = browser.get(address).content.decode()
    assert "document but for one digit, same telephone, same name, same municipality: 1 row" in page
    assert "Chaves" not in page.partition('id="links"')[2].partition("</form>")[0]

    sent = form_with(page, "groups") | {"apart": ["4"]}
    answer = browser.post(reverse("evaluation:import-link", args=[waiting.pk]), sent, follow=True)

    assert "2 rows were linked." in answer.content.decode()
    waiting.refresh_from_db()
    assert {*waiting.links} == {"3", "5"}
    assert waiting.declined == [[4, people[2].pk]]


def test_others_link_nothing(policy, evaluator, wave, people, as_member):
    waiting = receive(evaluator, wave, people)
    answer = as_member(policy).post(reverse("evaluation:import-link", args=[waiting.pk]), {})
    assert answer.status_code == 403
