"""Money on crop time: ledger, trust, slack clock, disbursements, deliveries and rotating fund."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiduciaryConfig(AppConfig):
    name = "fiduciary"
    verbose_name = _("Fiduciary")

    def ready(self) -> None:
        """Give the lifecycle what this app can answer and the names of its acts."""
        from fiduciary import (  # noqa: F401, PLC0415  registries
            acts,
            dates,
            reference,
            registries,
            tabs,
        )
