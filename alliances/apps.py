"""The lowest app: territory, people, lifecycle, calls, preparation, selection, field and trade."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

from kit.labels import look_up_labels


class AlliancesConfig(AppConfig):
    name = "alliances"
    verbose_name = _("Alliances")

    def ready(self) -> None:
        """Give the lifecycle what this app can answer and tell, and the names of its acts."""
        look_up_labels(apps.get_models())
        from alliances import acts, registries, tabs  # noqa: F401, PLC0415  registries
