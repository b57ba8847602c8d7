"""The acts of this app that the audit chain keeps, in words."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.verbs import name_verbs

name_verbs(
    {
        "import_answers": _("Import answers of a survey"),
        "revise_study": _("Change study"),
        "freeze_study": _("Freeze study"),
    }
)
