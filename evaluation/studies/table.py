"""The acts of this room: a study is written, mended or discarded while open, frozen, amended."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

CREATE_STUDY = apart("create_study", _("Write study of an evaluation"), "evaluators")
REVISE_STUDY = apart("revise_study", _("Change study"), "evaluators")
DISCARD_STUDY = apart("discard_study", _("Discard study"), "evaluators, until it is frozen")
FREEZE_STUDY = apart("freeze_study", _("Freeze study"), "evaluators", freezes=True)
AMEND_STUDY = apart("amend_study", _("Write amended study"), "evaluators")
ACTS = (CREATE_STUDY, REVISE_STUDY, DISCARD_STUDY, FREEZE_STUDY, AMEND_STUDY)
