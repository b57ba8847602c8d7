"""The shape of a visit as it is typed on a phone: one question per row, chips to tap."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.field.models import Visit
from alliances.field.plans import Colleague
from alliances.people.models import Producer
from kit.forms import DayField, KeyField, SeenForm, TextField

MAX_PHOTOS = 6


class CameraInput(forms.ClearableFileInput):
    """Opens the camera of a phone and takes several pictures."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several files in one field, as a list."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Every file checked as one is; too many are refused."""
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if len(uploads) > MAX_PHOTOS:
            raise forms.ValidationError(_("At most %(count)d photographs.") % {"count": MAX_PHOTOS})
        return [super(PhotosField, self).clean(file, initial) for file in uploads]


class PeopleField(forms.TypedMultipleChoiceField):
    """Producers chosen by tapping their names; their ids come out."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, required=False, **kwargs)


class VisitForm(forms.Form):
    """What the field team answers about one visit. ``key`` makes sending twice once."""

    key = KeyField()
    photos = PhotosField(
        label=_("Take photographs"),
        required=False,
        widget=CameraInput(attrs={"accept": "image/*", "capture": "environment", "multiple": True}),
    )
    kind = forms.ChoiceField(
        label=_("What kind of visit was it?"), choices=Visit.Kind.choices, widget=forms.RadioSelect
    )
    visited_on = DayField(label=_("When was it?"))
    topic = TextField(
        label=_("What was it about?"), max_length=Visit._meta.get_field("topic").max_length
    )
    practice_taught = TextField(
        label=_("Which practice did you teach?"),
        required=False,
        max_length=Visit._meta.get_field("practice_taught").max_length,
        help_text=_(
            "One practice: one of the list where it fits, else in the words of the producers. "
            "Empty if none."
        ),
        widget=forms.TextInput({"list": "practices", "autocomplete": "off"}),
    )
    practice_checked = forms.ChoiceField(
        label=_("Which earlier practice did you look for?"),
        required=False,
        widget=forms.RadioSelect,
    )
    attended = PeopleField(label=_("Who came?"))
    adopted = PeopleField(label=_("Who already does it?"))
    notes = TextField(
        label=_("What else should be known?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self,
        *args: Any,
        producers: Sequence[Producer],
        practices: Sequence[str],
        offered: Sequence[str],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        people = [(producer.pk, str(producer)) for producer in producers]
        self.offered_practices = offered
        self.fields["visited_on"].initial = today
        self.fields["attended"].choices = people  # type: ignore[attr-defined]
        self.fields["adopted"].choices = people  # type: ignore[attr-defined]
        self.fields["practice_checked"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("practice", "None")),
            *((practice, practice) for practice in practices),
        ]

    def clean(self) -> dict[str, Any]:
        """Adoption is only asked about those who came, and only for a practice looked for."""
        cleaned = super().clean() or {}
        came = set(cleaned.get("attended") or ())
        looked_for = cleaned.get("practice_checked")
        cleaned["adopted"] = [
            pk for pk in cleaned.get("adopted") or () if pk in came and looked_for
        ]
        return cleaned

    @property
    def has_practices(self) -> bool:
        """Whether anything was taught before, so that its adoption can be asked about."""
        return len(self.fields["practice_checked"].choices) > 1  # type: ignore[attr-defined]

    @property
    def attendance_rows(self) -> list[tuple[Any, Any]]:
        """Each producer's two boxes: came, and already does it."""
        return list(zip(self["attended"], self["adopted"], strict=True))


class AssignVisitForm(SeenForm):
    """Who is to visit the alliance next, and by when."""

    to = forms.TypedChoiceField(label=_("Who goes"), coerce=int)
    due_on = DayField(label=_("By when"))

    def __init__(self, *args: Any, colleagues: Sequence[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(row.member.pk, str(row)) for row in colleagues]  # type: ignore[attr-defined]
