"""What is left out by default is asked where everything is."""

import pytest

from tests import samples


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_a_part_is_the_same_each_time_and_the_parts_make_the_whole(monkeypatch, parts):
    cases = list(range(20))
    monkeypatch.setattr(samples, "EVERY", False)

    drawn = [samples.part_of(cases, f"test {number}", parts) for number in range(60)]

    assert drawn == [samples.part_of(cases, f"test {number}", parts) for number in range(60)]
    assert {case for part in drawn for case in part} == set(cases)
    assert max(map(len, drawn)) <= -(-len(cases) // parts)


def test_where_everything_is_asked_nothing_is_left_out(monkeypatch):
    monkeypatch.setattr(samples, "EVERY", True)

    assert samples.part_of("abc", "whatever", 3) == "abc"
