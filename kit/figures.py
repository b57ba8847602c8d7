"""Amounts, numbers, shares and dates as a person reads them. Pure: no template, no query."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, ngettext, pgettext

Number = int | float | Decimal
MINUS = "\N{MINUS SIGN}"
HARD_SPACE = "\N{NO-BREAK SPACE}"


def short_language() -> str:
    """The language that is active, ``es`` or ``en``."""
    return "es" if (get_language() or "es").startswith("es") else "en"


def in_language(row: object, name: str) -> str:
    """What a row says of ``name`` in the language that is active: ``name_es`` or ``name_en``."""
    return str(getattr(row, f"{name}_{short_language()}"))


def no_data() -> str:
    """What stands where a figure is unknown: words, never a zero or a dash."""
    return pgettext("in place of a figure", "no data")


def _grouped(value: Decimal, decimals: int) -> str:
    """Digits of ``value`` without its sign, rounded half up, with the language's separators."""
    return _digits(abs(value), decimals, get_language())


@lru_cache(maxsize=8192)
def _digits(value: Decimal, decimals: int, _language: str | None) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return formats.number_format(rounded, decimals, use_l10n=True, force_grouping=True)


def _signed(value: Decimal, decimals: int, prefix: str = "") -> str:
    digits = _grouped(value, decimals)
    is_negative = value < 0 and any(digit in "123456789" for digit in digits)
    return f"{MINUS if is_negative else ''}{prefix}{digits}"


def _as_decimal(value: Number | str | None) -> Decimal | None:
    """``value`` as a finite Decimal (a float by its shortest text), None when it is no number."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _decimals_of(amount: Decimal) -> int:
    """The decimals it has without trailing zeros, three at most."""
    return max(0, -int(round(amount, 3).normalize().as_tuple().exponent))


def cop(value: Number | None, decimals: int | None = None) -> str:
    """Pesos: ``$ 7.277.324``, ``−$ 7``; English keeps the sign and uses its own separators.

    An amount with cents shows both, ``$ 480,50``; what was computed, an estimate or a mean, has
    more decimals than money and is rounded to pesos.
    """
    amount = _as_decimal(value)
    if amount is None:
        return no_data()
    if decimals is None:
        has_cents = isinstance(value, Decimal) and amount != round(amount)
        decimals = 2 if has_cents and amount == round(amount, 2) else 0
    return _signed(amount, decimals, f"${HARD_SPACE}")


def cop_short(value: Number | None) -> str:
    """Pesos in millions for tight places: ``$ 7,3 M``; below one million, in full."""
    amount = _as_decimal(value)
    if amount is None or abs(amount) < 1_000_000:
        return cop(amount)
    return f"{_signed(amount / 1_000_000, 1, f'${HARD_SPACE}')}{HARD_SPACE}M"


def number(value: Number | None, decimals: int | None = None) -> str:
    """``1.126`` or ``0,584``; without ``decimals``, up to three and no trailing zeros."""
    amount = _as_decimal(value)
    if amount is None:
        return no_data()
    return _signed(amount, _decimals_of(amount) if decimals is None else decimals)


def count(value: int | None) -> str:
    """How many people; a word where so few would be recognised (``kit.small_cells``)."""
    return (
        pgettext("in place of a count of few people", "hidden") if value is None else number(value)
    )


def percent(share: Number | None, decimals: int = 0) -> str:
    """A share between 0 and 1 as ``53 %`` (English ``53%``)."""
    amount = _as_decimal(share)
    if amount is None:
        return no_data()
    return f"{_signed(amount * 100, decimals)}{_percent_sign()}"


def percentage(value: Number | None) -> str:
    """What is already out of a hundred, with the decimals it has: ``12,5 %``, ``80 %``."""
    return no_data() if _as_decimal(value) is None else f"{number(value)}{_percent_sign()}"


def _percent_sign() -> str:
    gap = HARD_SPACE if short_language() == "es" else ""
    return f"{gap}%"


def date_short(day: date | datetime | None) -> str:
    """``22 nov 2026``; a moment is first brought to local time."""
    if not day:
        return pgettext("in place of a date", "no date")
    if isinstance(day, datetime):
        day = (timezone.localtime(day) if timezone.is_aware(day) else day).date()
    return _written(day, "DATE_FORMAT", get_language())


@lru_cache(maxsize=4096)
def _written(day: date, named_format: str, _language: str | None) -> str:
    """A day in the language that is active: a page writes the same few many times."""
    return format_date(day, formats.get_format(named_format)).replace(" ", HARD_SPACE)


def date_time(moment: datetime | None) -> str:
    """``22 nov 2026, 14:05`` in local time."""
    if not moment:
        return date_short(None)
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return format_date(local, formats.get_format("DATETIME_FORMAT")).replace(" ", HARD_SPACE)


def day_month(day: date) -> str:
    """``12 mar``, where the year is plain from what stands around."""
    return _written(day, "MONTH_DAY_FORMAT", get_language())


def slack(workdays: int | None) -> str:
    """Slack of a payment against its crop window: days to spare, or days late."""
    if workdays is None:
        return no_data()
    if workdays < 0:
        return ngettext("%(days)s working day late", "%(days)s working days late", -workdays) % {
            "days": number(-workdays)
        }
    return ngettext("%(days)s working day to spare", "%(days)s working days to spare", workdays) % {
        "days": number(workdays)
    }


def duration(seconds: Number | None) -> str:
    """Elapsed time: ``8 s``, ``2 min 05 s``, ``1 h 12 min``."""
    if seconds is None:
        return no_data()
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours}{HARD_SPACE}h{HARD_SPACE}{minutes:02}{HARD_SPACE}min"
    if minutes:
        return f"{minutes}{HARD_SPACE}min{HARD_SPACE}{rest:02}{HARD_SPACE}s"
    return f"{rest}{HARD_SPACE}s"
