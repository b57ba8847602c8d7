"""The shape of a study as a person writes it, by kind."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.studies.forms.base import StudyForm
from evaluation.studies.forms.chaining import ChainingStudyForm
from evaluation.studies.forms.impact import ImpactStudyForm
from evaluation.studies.models import Study, StudyKind
from evaluation.surveys.models import Wave

FORMS: dict[str, type[StudyForm[Any]]] = {
    StudyKind.CHAINING: ChainingStudyForm,
    StudyKind.IMPACT: ImpactStudyForm,
}

__all__ = ["FORMS", "BeginForm", "StudyForm", "new_form", "revision_form"]


class BeginForm(forms.Form):
    """What a study begins with: of which kind it is, and of which wave."""

    kind = forms.ChoiceField(label=_("Kind"), choices=StudyKind.choices, widget=forms.RadioSelect)
    wave = forms.ModelChoiceField(label=_("Survey wave"), queryset=Wave.objects.order_by("-pk"))


def new_form(kind: str, wave: Wave, data: Any = None) -> StudyForm[Any]:
    """A study of this kind and wave, to be written."""
    return FORMS[kind](data, wave=wave)


def revision_form(study: Study, data: Any = None) -> StudyForm[Any]:
    """An open study, to be changed."""
    return FORMS[study.kind](data, wave=study.wave, study=study)
