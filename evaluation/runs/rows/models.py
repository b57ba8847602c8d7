"""The rows of a run, kept as the very file that its numbers can be found from again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from evaluation.runs.triggers import while_its_run_works

#: The frame that is given away; others are kept for a worker that goes on.
ROWS = "rows"


class RunRows(models.Model):
    """One data frame of a run as Parquet, in private storage; the same rows share a file.

    ``source``: what it was read from (``keeping.source_of``); empty where that was not kept.
    """

    run = models.ForeignKey("evaluation.Run", on_delete=models.PROTECT, related_name="rows")
    name = models.SlugField(_("name"), max_length=20)
    file = models.FileField(_("file"), max_length=100)
    rows = models.PositiveIntegerField(_("rows"))
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    source = models.CharField(_("source"), max_length=64, blank=True)
    stored_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("rows of a run")
        verbose_name_plural = _("rows of runs")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "name"],
                name="evaluation_runrows_once",
                violation_error_message=_("The rows of this run are already kept."),
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="evaluation_runrows_sha256",
                violation_error_message=_("A SHA-256 has 64 hexadecimal digits."),
            ),
            models.CheckConstraint(
                condition=models.Q(source__regex=r"^([0-9a-f]{64})?$"),
                name="evaluation_runrows_source",
                violation_error_message=_("A source is the hash of what was read, or empty."),
            ),
        ]
        triggers = [
            *append_only("Rows of a run"),
            while_its_run_works("Rows are kept while their run works on them."),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.name}"
