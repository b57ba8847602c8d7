"""The highest app: it reads the other two and is imported by nobody but the composition."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = _("Evaluation")

    def ready(self) -> None:
        """Give the audit chain the names of this app's acts."""
        from evaluation import acts, audits  # noqa: F401, PLC0415  registries
