"""The acts of this room: a call is written, then opened and sealed. Both belong to no alliance."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

CREATE_CALL = apart("create_call", _("Create call"), "the EIP")
OPEN_CALL = apart("open_call", _("Open call and seal its rules"), "the EIP")
ACTS = (CREATE_CALL, OPEN_CALL)
