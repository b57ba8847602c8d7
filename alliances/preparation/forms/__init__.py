"""Shapes of what a person sends about profiles, producers, studies, files and consultants.

What the fields must mean together is checked by the services.
"""

from alliances.preparation.forms.consultants import AdviserForm, CredentialForm
from alliances.preparation.forms.imports import CorrectionsForm, ImportForm
from alliances.preparation.forms.producers import (
    ManagerEndForm,
    ManagerForm,
    ProducerForm,
    RemovalForm,
)
from alliances.preparation.forms.profiles import NewProfileForm, ProfileForm
from alliances.preparation.forms.study import PreinvestmentStudyForm

__all__ = [
    "AdviserForm",
    "CorrectionsForm",
    "CredentialForm",
    "ImportForm",
    "ManagerEndForm",
    "ManagerForm",
    "NewProfileForm",
    "PreinvestmentStudyForm",
    "ProducerForm",
    "ProfileForm",
    "RemovalForm",
]
