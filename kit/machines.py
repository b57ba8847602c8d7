"""What every list and every act for machines shares: unknown parameters refused, text tidied.

A mistyped filter that is passed over answers with everything, and looks like a good answer.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.fields import CharField, empty
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from kit.text import shortened, tidy_lines


class TidyField(CharField):
    """Text as it is kept, as a form keeps it; lines stay lines."""

    def run_validation(self, data: Any = empty) -> Any:
        """The text tidied before anything measures it."""
        return super().run_validation(tidy_lines(data) or "" if isinstance(data, str) else data)


class KnownParameters(GenericViewSet):
    """A viewset whose reads refuse unknown parameters of the query, naming them and the known."""

    #: Actions besides ``list`` that answer page by page.
    paged_actions: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once who asks is known, and before anything is read for them."""
        super().initial(request, *args, **kwargs)
        if request.method == "GET":
            known = self._known()
            unknown = [name for name in request.query_params if name not in known]
            if unknown:
                raise ValidationError({name: [_refusal(name, known)] for name in unknown})

    def _known(self) -> list[str]:
        names = []
        if self.action == "list":
            filterset = DjangoFilterBackend().get_filterset_class(self, self.get_queryset())
            names += list(filterset.get_filters()) if filterset else []
        if self.action == "list" or self.action in self.paged_actions:
            names.append("page")
        return names


def _refusal(name: str, known: list[str]) -> str:
    words = {"name": shortened(name, 60), "known": ", ".join(known)}
    if known:
        return _("There is no parameter «%(name)s» here; there are: %(known)s.") % words
    return _("There is no parameter «%(name)s» here, nor any other.") % words
