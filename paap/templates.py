"""Django's templates, which let go of what a page was drawn from as soon as it is drawn.

Context: Django leaves a page's variables in a circle with its context. The rows of a list then stay
until the collector of garbage comes, finds tens of thousands of objects and stops a request for a
tenth of a second.
Decision: the circle is opened when the page is drawn, and its rows go at once.
"""

from typing import Any

from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template
from django.template.context import make_context
from django.utils.safestring import SafeString


class Templates(DjangoTemplates):
    def get_template(self, template_name: str) -> "PageTemplate":
        """The template of that name. Raises TemplateDoesNotExist."""
        return PageTemplate(super().get_template(template_name).template, self)


class PageTemplate(Template):
    def render(
        self, context: dict[str, Any] | None = None, request: HttpRequest | None = None
    ) -> SafeString:
        """The page as Django draws it."""
        variables = make_context(context, request, autoescape=self.backend.engine.autoescape)
        try:
            return self.template.render(variables)
        finally:
            variables.dicts.clear()
