"""The acts of this room: a call is written, then sealed or discarded. None is of an alliance."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

CREATE_CALL = apart("create_call", _("Create call"), "the EIP")
OPEN_CALL = apart("open_call", _("Open call and seal its rules"), "the EIP", freezes=True)
DISCARD_CALL = apart("discard_call", _("Discard draft call"), "the EIP, until it is sealed")
ACTS = (CREATE_CALL, OPEN_CALL, DISCARD_CALL)
