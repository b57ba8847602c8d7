"""Shapes of what is asked of finished runs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.runs.models import Run
from evaluation.runs.selectors import whole_runs
from evaluation.runs.table import RunStatus


class CompareForm(forms.Form):
    """Which other run of the same kind."""

    other = forms.ModelChoiceField(
        label=_("Compare with"), queryset=Run.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, run: Run, **options: Any) -> None:
        super().__init__(*args, **options)
        others = whole_runs().filter(kind=run.kind, status=RunStatus.SUCCEEDED).exclude(pk=run.pk)
        self.fields["other"].queryset = others.order_by("-pk")  # type: ignore[attr-defined]
        self.has_others = others.exists()
