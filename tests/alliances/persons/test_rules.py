"""Which documents one slip of the finger takes for another: examples, and by construction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.persons.rules import is_slip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("cc", "27123456"), ("cc", "27123465")),  # two neighbours changed places
        (("cc", "27123456"), ("cc", "27123466")),
        (("cc", "27123456"), ("cc", "2712356")),
        (("cc", "27123456"), ("cc", "227123456")),
        (("cc", "27123456"), ("ce", "27123456")),
    ],
)
def test_one_slip_makes_one_of_the_other(one, other):
    assert is_slip(one, other)
    assert is_slip(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("cc", "27123456"), ("cc", "27123456")),  # one document is no slip of itself
        (("cc", "27123456"), ("cc", "27123564")),
        (("cc", "27123456"), ("cc", "28123457")),
        (("cc", "27123456"), ("ce", "27123465")),
        (("cc", "27123456"), ("cc", "271234")),
        (("cc", "12"), ("cc", "3412")),
    ],
)
def test_two_slips_are_another_document(one, other):
    assert not is_slip(one, other)
    assert not is_slip(other, one)


numbers = st.from_regex("[1-9][0-9]{3,14}", fullmatch=True)


def distance(one: str, other: str) -> int:
    """The optimal string alignment distance, by its textbook table."""
    width = len(other) + 1
    table = [[0 if i * j else i + j for j in range(width)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = one[i - 1] != other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(numbers, st.data())
def test_a_slip_is_a_distance_of_one(one, data):
    place = data.draw(st.integers(0, len(one) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    other = data.draw(
        st.sampled_from(
            [
                one[:place] + digit + one[place:],
                one[:place] + one[place + 1 :],
                one[:place] + digit + one[place + 1 :],
                one[:place] + one[place : place + 2][::-1] + one[place + 2 :],
                digit + one[:place] + one[place + 1 :],
            ]
        )
    )
    assert is_slip(("cc", one), ("cc", other)) == (distance(one, other) == 1)


@given(numbers, numbers)
def test_any_two_numbers_are_a_slip_only_at_distance_one(one, other):
    assert is_slip(("cc", one), ("cc", other)) == (distance(one, other) == 1)
