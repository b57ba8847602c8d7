"""Identifiers as the models keep and show them; ``kit.identifiers`` reads them."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kit.cells import Unreadable
from kit.files.headings import plain
from kit.identifiers import nit


def masked(document_number: str) -> str:
    """The document with all but its last three digits hidden."""
    return "•" * max(len(document_number) - 3, 0) + document_number[-3:]


def validate_nit(text: str) -> None:
    """Refuse a tax number that is not written in its stored form with a right check digit."""
    try:
        stored = nit(text)
    except Unreadable as problem:
        raise ValidationError(str(problem)) from problem
    if stored != text:
        raise ValidationError(_("Write the NIT as %(nit)s."), params={"nit": stored})


def other_name(written: str, nit: str, registered: str) -> str:
    """Why a NIT does not go with a name, with both names; empty when it does."""
    if plain(written) == plain(registered):
        return ""
    return _(
        "The NIT %(nit)s is registered as «%(registered)s», not «%(written)s»: write that name, "
        "or correct the NIT."
    ) % {"nit": nit, "registered": registered, "written": written}
