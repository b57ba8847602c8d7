"""Who may have given the answers of a row that names nobody exactly: proposals with evidence. Pure.

An exact identifier links by itself. For the other rows the file's own clues (a document but for one
digit, name, telephone, municipality, organisation) are compared with producers; a person accepts
or declines. What was compared stays in the file: only row, producer and kinds of evidence are kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kit.files.headings import plain

#: Kinds of evidence, the strongest first, with their weight beside each other.
WEIGHTS = {
    "near_document": 4,
    "same_phone": 4,
    "same_name": 3,
    "like_name": 2,
    "same_alliance": 2,
    "same_organisation": 2,
    "same_municipality": 1,
}
#: What proposes somebody: any one of these sets of evidence.
ENOUGH = (
    {"near_document"},
    {"same_phone", "same_name"},
    {"same_phone", "like_name"},
    {"same_name", "same_alliance"},
    {"same_name", "same_organisation"},
    {"same_name", "same_municipality"},
    {"like_name", "same_alliance"},
)
#: One slip of a shorter number makes too many others.
SHORTEST_DOCUMENT = 6
#: Names of fewer letters are like too many others; more letters than these apart are another name.
SHORTEST_NAME, LETTERS_APART = 8, 2
DIGITS = "0123456789"


@dataclass(frozen=True)
class Clues:
    """What a row says of who answered; empty where it says nothing. Names are by ``name_key``."""

    row: int
    document: str = ""
    name: str = ""
    phone: str = ""
    municipality: str = ""
    organisation: str = ""
    alliance: str = ""

    @cached_property
    def near_documents(self) -> frozenset[str]:
        """Every number that one slip makes of its document."""
        is_long = len(self.document) >= SHORTEST_DOCUMENT
        return frozenset(near_documents(self.document)) if is_long else frozenset()


@dataclass(frozen=True)
class Candidate:
    """A producer, in the same terms; a municipality is its name or its code."""

    producer_id: int
    document: str
    name: str
    phone: str
    municipality: frozenset[str]
    organisation: str
    alliance: str


@dataclass(frozen=True)
class Proposal:
    """A row and the one producer whom most evidence points to."""

    row: int
    producer_id: int
    alliance: str
    evidence: tuple[str, ...]


def name_key(name: str) -> str:
    """Words of a name in one order, without accents or case."""
    return " ".join(sorted(plain(name).replace(",", " ").split()))


def near_documents(document: str) -> Iterator[str]:
    """Every number that one slip makes of a document: a digit changed, lost, doubled or swapped."""
    for place in range(len(document) + 1):
        before, after = document[:place], document[place:]
        yield from (before + digit + after for digit in DIGITS)
        if after:
            yield before + after[1:]
            yield from (before + digit + after[1:] for digit in DIGITS if digit != after[0])
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]


def proposals(
    rows: Sequence[Clues], candidates: Iterable[Candidate], taken: Collection[int]
) -> list[Proposal]:
    """One for each row that points to one producer alone; ``taken`` answered already.

    Where two producers have as much evidence, or two rows point to one, nobody is proposed.
    """
    people = _People([row for row in candidates if row.producer_id not in taken])
    best = [proposal for clues in rows if (proposal := _best(clues, people))]
    rivals: dict[int, int] = defaultdict(int)
    for proposal in best:
        rivals[proposal.producer_id] += 1
    return [proposal for proposal in best if rivals[proposal.producer_id] == 1]


class _People:
    """Candidates by what a row may say of them."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.by_clue: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for row in candidates:
            for clue in ("document", "phone", "name", "alliance"):
                if value := getattr(row, clue):
                    self.by_clue[clue, value].append(row)

    def like(self, clues: Clues) -> list[Candidate]:
        keys = [("phone", clues.phone), ("name", clues.name), ("alliance", clues.alliance)]
        keys += [("document", other) for other in clues.near_documents]
        pointed_at = (row for key in keys for row in self.by_clue.get(key, ()))
        return list(dict.fromkeys(pointed_at))


def _best(clues: Clues, people: _People) -> Proposal | None:
    scored = [
        (sum(WEIGHTS[kind] for kind in evidence), row, evidence)
        for row in people.like(clues)
        if (evidence := _evidence(clues, row)) and any(few <= evidence for few in ENOUGH)
    ]
    if not scored:
        return None
    most = max(weight for weight, _row, _evidence in scored)
    leaders = [(row, evidence) for weight, row, evidence in scored if weight == most]
    if len(leaders) > 1:
        return None
    row, evidence = leaders[0]
    ordered = tuple(kind for kind in WEIGHTS if kind in evidence)
    return Proposal(clues.row, row.producer_id, row.alliance, ordered)


def _evidence(clues: Clues, row: Candidate) -> set[str]:
    holds = {
        "near_document": row.document in clues.near_documents,
        "same_phone": bool(clues.phone) and clues.phone == row.phone,
        "same_name": bool(clues.name) and clues.name == row.name,
        "like_name": clues.name != row.name and _are_like(clues.name, row.name),
        "same_alliance": bool(clues.alliance) and clues.alliance == row.alliance,
        "same_organisation": bool(clues.organisation) and clues.organisation == row.organisation,
        "same_municipality": clues.municipality in row.municipality,  # which holds no blank
    }
    return {kind for kind, is_so in holds.items() if is_so}


def _are_like(one: str, other: str) -> bool:
    if min(len(one), len(other)) < SHORTEST_NAME or abs(len(one) - len(other)) > LETTERS_APART:
        return False
    return _distance(one, other) <= LETTERS_APART


def _distance(one: str, other: str) -> int:
    """Letters to change, add or take away to make one text of the other (Levenshtein)."""
    previous = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        current = [place]
        for at, its in enumerate(other, start=1):
            change = previous[at - 1] + (letter != its)
            current.append(min(previous[at] + 1, current[-1] + 1, change))
        previous = current
    return previous[-1]
