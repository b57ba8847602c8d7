"""Identifiers in one canonical form: never another person's, never guessed."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from stdnum.co import nit as tax_numbers

from kit import identifiers
from kit.cells import Unreadable
from kit.identifiers import document, nit, payee, programme_id, telephone

Reader = Callable[[object], Any]
DIVIPOLA = identifiers.code(5)
READERS: tuple[Reader, ...] = (document, nit, payee, programme_id, telephone, DIVIPOLA)
documents = st.integers(1000, 10**15 - 1)
cells = st.one_of(
    st.text("0123456789.,'’ -+eE()", max_size=16),
    st.integers(-10, 2**70),
    st.floats(),
    st.booleans(),
    st.none(),
)


def outcome(read: Reader, value: object) -> Any:
    try:
        return read(value)
    except Unreadable:
        return None


@pytest.mark.parametrize(
    ("read", "written", "stored"),
    [
        (document, "2283.0", "2283"),
        (document, "2283,0", "2283"),
        (document, "98765432.0", "98765432"),
        (document, 98765432.0, "98765432"),
        (document, 98765432, "98765432"),
        (document, "12.345.678", "12345678"),
        (document, "12,345,678", "12345678"),
        (document, "1'234.567", "1234567"),
        (document, "1 085\u00a0123 456", "1085123456"),
        (document, "1.234,0", "1234"),
        (document, "123.000", "123000"),
        (document, "0055345671", "55345671"),
        (nit, "900123456-8", "900123456-8"),
        (nit, " 900.123.456 – 8 ", "900123456-8"),
        (nit, "900 123 456 8", "900123456-8"),
        (nit, "9001234568", "900123456-8"),
        (nit, 9001234568.0, "900123456-8"),
        (payee, "98.765.432", "98765432"),
        (payee, "900.123.456-8", "900123456-8"),
        (telephone, "3101234567.0", "3101234567"),
        (telephone, 3101234567.0, "3101234567"),
        (telephone, "+57 310 123 4567", "3101234567"),
        (telephone, "573101234567", "3101234567"),
        (telephone, "(602) 731-45-67", "6027314567"),
        (telephone, "+1 212 555 1234", "+12125551234"),
        (programme_id, "2283.0", 2283),
        (programme_id, "2.283", 2283),
        (programme_id, 7, 7),
        (DIVIPOLA, 5001.0, "05001"),
        (DIVIPOLA, "5001", "05001"),
        (DIVIPOLA, "05.001", "05001"),
        (DIVIPOLA, "52001", "52001"),
    ],
)
def test_identifier_is_stored_in_one_form(read: Reader, written: object, stored: object) -> None:
    assert read(written) == stored
    assert read(stored) == stored


@pytest.mark.parametrize(
    ("read", "written", "says"),
    [
        (document, "98765432-1", "dash: write 98765432, or 987654321"),
        (document, "9.87E+07", "lost digits"),
        (document, 2.0**53, "lost digits"),
        (document, 1.5, "lost digits"),
        (document, "2283.5", "lost digits"),
        (document, float("nan"), "lost digits"),
        (document, True, "not a number"),
        (document, date(2020, 1, 1), "not a number"),
        (document, "12.34.567", "4 to 15 digits"),
        (document, "123", "4 to 15 digits"),
        (document, "1" * 16, "4 to 15 digits"),
        (document, "-2283", "4 to 15 digits"),
        (document, "0000", "4 to 15 digits"),
        (document, "CC 2283", "4 to 15 digits"),
        (document, "1234 5678", "4 to 15 digits"),
        (document, "٥٥٥٥٥", "4 to 15 digits"),
        (programme_id, "123.000", "two ways: write 123 or 123000"),
        (programme_id, "0", "programme id"),
        (programme_id, str(2**63), "programme id"),
        (programme_id, "1" * 5000, "programme id"),
        (nit, "900123456-1", "does not fit"),
        (nit, "9001234561", "does not fit"),
        (nit, "900123456", "lacks its check digit.*900123456-8"),
        (nit, "900.123.456-", "lacks its check digit"),
        (nit, "1085123456", "may lack its check digit"),
        (nit, "novecientos", "a dash and the check digit"),
        (payee, "9001234568", "looks like a NIT"),
        (payee, "900", "4 to 15 digits"),
        (telephone, "no tiene", "not a telephone"),
        (telephone, "3.10E+09", "lost digits"),
        (telephone, "310.123.456.0", "not a telephone"),
        (telephone, "3101234567 - 3157654321", "not a telephone"),
        (DIVIPOLA, "PASTO", "code of 5 digits"),
        (DIVIPOLA, "520011", "code of 5 digits"),
    ],
)
def test_identifier_is_refused_and_says_what_to_write(
    read: Reader, written: object, says: str
) -> None:
    with override("en"), pytest.raises(Unreadable, match=says):
        read(written)


@given(value=cells)
@pytest.mark.parametrize("read", READERS)
def test_the_canonical_form_read_again_is_itself(read: Reader, value: object) -> None:
    stored = outcome(read, value)
    assert stored is None or read(stored) == stored


@given(
    number=documents, style=st.sampled_from(["{}", "{}.0", "{},0", "{}.00", "00{}", " {}\u00a0"])
)
def test_a_document_is_this_person_or_refused(number: int, style: str) -> None:
    assert outcome(document, style.format(number)) in (str(number), None)
    assert document(f"{number}.0") == document(number) == str(number)


@given(number=st.integers(1000, 2**53 - 1).filter(lambda n: n < 10**15))
def test_a_document_of_a_data_frame_is_this_person(number: int) -> None:
    assert document(float(number)) == str(number)
    assert document(repr(float(number))) == str(number)


@given(number=documents, mark=st.sampled_from([".", ",", "'", "’", " ", "\u00a0", "\u202f"]))
def test_groups_of_three_are_the_same_person(number: int, mark: str) -> None:
    assert document(f"{number:,}".replace(",", mark)) == str(number)


@given(number=documents, place=st.integers(1, 14), mark=st.sampled_from([".", ",", "'", " "]))
def test_a_misplaced_mark_is_never_thrown_away(number: int, place: int, mark: str) -> None:
    head, tail = str(number)[:place], str(number)[place:]
    found = outcome(document, f"{head}{mark}{tail}")
    if found == str(number):
        assert not tail or (len(tail) == 3 and len(head) <= 3)  # a group, or nothing after the mark
    else:
        assert found is None or (found == head and set(tail) == {"0"})


@given(number=documents, check=st.integers(0, 9), dash=st.sampled_from("-–—"))
def test_a_dash_in_a_document_is_always_asked(number: int, check: int, dash: str) -> None:
    assert outcome(document, f"{number}{dash}{check}") is None


@given(number=st.integers(10_000, 10**10 - 1), check=st.integers(0, 9))
def test_a_tax_number_is_stored_only_with_its_own_check_digit(number: int, check: int) -> None:
    own = tax_numbers.calc_check_digit(str(number))
    stored = outcome(nit, f"{number}-{check}")
    assert stored == (f"{number}-{own}" if str(check) == own else None)


@given(number=st.integers(10_000, 10**10 - 1))
def test_a_check_digit_is_never_guessed(number: int) -> None:
    stored = outcome(nit, str(number))
    assert stored is None or stored.replace("-", "") == str(number)
    assert stored is None or str(number)[0] in "89"
