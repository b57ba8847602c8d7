"""Tables that leave as text: in columns in a spreadsheet of the reader's language, and harmless.

In Spanish a spreadsheet expects semicolons between cells and a comma before decimals; in English
the other way round. The mark of UTF-8 in front keeps the accents. A cell of text that begins as
a formula does (``= + - @``, a tab) is kept as text by an apostrophe: it may hold a name that
somebody typed. A program that wants the exact numbers reads the JSON.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import StringIO

from django.http import HttpResponse
from django.utils.formats import get_format

from kit.numbers import COMMA

UTF8_MARK = "\ufeff"
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def table_file(
    file_name: str, headings: Sequence[str], rows: Iterable[Mapping[str, object]] = ()
) -> HttpResponse:
    """The rows as a CSV to download; what a row does not have is empty."""
    has_comma = get_format("DECIMAL_SEPARATOR") == COMMA
    text = StringIO()
    writer = csv.writer(text, delimiter=";" if has_comma else ",")
    writer.writerow([_cell(heading, has_comma) for heading in headings])
    writer.writerows([_cell(row.get(name), has_comma) for name in headings] for row in rows)
    return HttpResponse(
        UTF8_MARK + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _cell(value: object, has_comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        text = str(value)
        return text.replace(".", COMMA) if has_comma else text
    return harmless(str(value))


def harmless(text: str) -> str:
    """The text, which no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
