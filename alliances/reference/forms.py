"""Shape of a table that comes in."""

from django.utils.translation import gettext_lazy as _

from kit.files.limits import MIB, Limits
from kit.forms import SeenForm, TableField

LIMITS = Limits(formats=(".csv",), size=2 * MIB)


class ReferenceForm(SeenForm):
    """The whole table as its file."""

    file = TableField(
        label=_("File (CSV)"),
        limits=LIMITS,
        help_text=_("The file that can be downloaded here, with its rows changed."),
    )
