"""What somebody wants to be written."""

from django import forms

from alliances.people.models import User
from kit.forms import door_field


class NoticesForm(forms.ModelForm):
    """Which messages about one's work, and in which language."""

    class Meta:
        model = User
        fields = ["notices", "language"]
        widgets = {"notices": forms.RadioSelect}
        formfield_callback = door_field
