"""One type for every life: what a table of moves says, checks, targets and diagrams say too."""

from itertools import product

import pytest

from alliances.lifecycle import table as alliances
from evaluation.runs import table as runs
from evaluation.surveys import table as surveys
from fiduciary.disbursements import table as requests
from kit.errors import NotAllowed

PROCESSES = [room.PROCESS for room in (alliances, requests, runs, surveys)]
every_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.noun)


@every_process
def test_every_verb_in_every_status(process) -> None:
    written = {
        (move.verb, source): move.target for move in process.moves for source in move.sources
    }
    verbs = {move.verb for move in process.moves}
    for verb, status in product(verbs, process.statuses):
        if (verb, status) in written:
            assert process.target(verb, status) == written[verb, status]
            assert process.move(verb, status) in process.leaving(status)
        else:
            with pytest.raises(NotAllowed) as refusal:
                process.target(verb, status)
            assert str(status.label) in refusal.value.message


@every_process
def test_one_verb_leads_from_one_status_to_one(process) -> None:
    pairs = [(move.verb, source) for move in process.moves for source in move.sources]
    assert len(pairs) == len(set(pairs))


@every_process
def test_every_status_is_reached_and_every_life_ends(process) -> None:
    reached, frontier = {process.initial}, [process.initial]
    while frontier:
        for move in process.leaving(frontier.pop()):
            if move.target not in reached:
                reached.add(move.target)
                frontier.append(move.target)
    assert reached == set(process.statuses)
    assert process.final
    assert all(not process.leaving(status) for status in process.final)


@every_process
def test_changes_and_diagram_are_the_moves(process) -> None:
    pairs = {(s, move.target) for move in process.moves for s in move.sources}
    assert set(process.changes()) == {(a, b) for a, b in pairs if a != b}
    assert len(process.diagram()) == 1 + sum(len(move.sources) for move in process.moves)
