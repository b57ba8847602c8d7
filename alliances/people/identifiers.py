"""Colombian identifiers: tax numbers with their check digit, documents as they may be shown."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.co import nit
from stdnum.exceptions import ValidationError as InvalidNumber


def normalise_nit(text: str) -> str:
    """The number as it is stored, ``900123456-8``: no dots or spaces, check digit after a dash.

    Raises ValueError when the digit does not match (module 11 with the DIAN's weights).
    """
    try:
        digits = nit.validate(text)
    except InvalidNumber as error:
        raise ValueError(text) from error
    return f"{digits[:-1]}-{digits[-1]}"


def masked(document_number: str) -> str:
    """The document with all but its last three digits hidden."""
    return "•" * max(len(document_number) - 3, 0) + document_number[-3:]


def validate_nit(text: str) -> None:
    """Refuse a tax number that is not written in its stored form with a right check digit."""
    try:
        stored = normalise_nit(text)
    except ValueError:
        stored = ""
    if stored != text:
        raise ValidationError(
            _("«%(nit)s» is not a valid NIT: check the last digit. Example: 900123456-8."),
            params={"nit": text},
        )
