"""Shapes of an exercise, an excerpt, and choosing the study that it stands beside."""

from typing import Any

from django import forms
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from alliances.models import Alliance, Municipality, Organisation
from evaluation.qualitative.models import Excerpt
from evaluation.qualitative.rules import exercise_problems
from evaluation.qualitative.table import ACTORS, EXERCISES, THEMES
from evaluation.studies.models import Study
from kit.forms import DayField, DespiteField, KeyedForm, ReadField, TextField, tell_problems
from kit.identifiers import nit
from kit.names import by_name


class ExerciseForm(KeyedForm):
    """What was held, where and with how many; nobody is named."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(EXERCISES.items()))
    title = TextField(label=_("Title"), max_length=120)
    held_on = DayField(label=_("Held on"))
    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.none()
    )
    alliance = TextField(
        label=_("Code of the alliance"),
        max_length=Alliance._meta.get_field("code").max_length,
        required=False,
        help_text=_("Blank where the exercise is of no alliance."),
    )
    body = ReadField(
        parse=nit,
        label=_("NIT of the body"),
        required=False,
        help_text=_("Blank where the exercise is of no body."),
    )
    women = forms.IntegerField(label=_("Women who took part"), min_value=0, max_value=500)
    men = forms.IntegerField(label=_("Men who took part"), min_value=0, max_value=500)
    held_by = TextField(label=_("Held by"), max_length=120)
    has_consent = forms.BooleanField(
        label=_("Everybody consented to be quoted without a name"),
        required=False,
        help_text=_("Without it the exercise is counted, and nothing of it is quoted."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        places = Municipality.objects.select_related("department").order_by(*by_name("name"), "pk")
        self.fields["municipality"].queryset = places  # type: ignore[attr-defined]

    def clean_alliance(self) -> Alliance | None:
        """The alliance of the code, in whatever case it was written."""
        code = self.cleaned_data["alliance"]
        alliance = Alliance.objects.filter(code__iexact=code).first() if code else None
        if code and alliance is None:
            refusal = _("No alliance has the code %(code)s.")
            raise forms.ValidationError(refusal, params={"code": code})
        return alliance

    def clean_body(self) -> Organisation | None:
        """The body of the NIT; of several with the same, the one registered first."""
        number = self.cleaned_data["body"]
        body = Organisation.objects.filter(nit=number).order_by("pk").first() if number else None
        if number and body is None:
            raise forms.ValidationError(_("No body has the NIT %(nit)s."), params={"nit": number})
        return body

    def clean(self) -> dict[str, Any]:
        """What contradicts what, beside its field."""
        cleaned = super().clean() or {}
        known = {name: cleaned.get(name) for name in ("held_on", "women", "men")}
        if None not in known.values():
            tell_problems(self, exercise_problems(**known, today=localdate(now())))  # type: ignore[arg-type]
        return cleaned

    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        chosen = {**self.cleaned_data}
        alliance, body = chosen.pop("alliance"), chosen.pop("body")
        return chosen | {
            "municipality_id": chosen.pop("municipality").pk,
            "alliance_id": alliance.pk if alliance else None,
            "body_id": body.pk if body else None,
        }


class ExcerptForm(KeyedForm):
    """What somebody said, and how it is coded."""

    text = TextField(
        label=_("Excerpt"),
        max_length=Excerpt._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Without names, documents, telephones or addresses of anybody."),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=list(THEMES.items()))
    actor = forms.ChoiceField(label=_("Who said it"), choices=list(ACTORS.items()))
    is_quotable = forms.BooleanField(
        label=_("May be quoted"),
        required=False,
        help_text=_("Then readers of the evaluation see it, with its department only."),
    )
    despite = DespiteField()


class LinkForm(KeyedForm):
    """Which study a quotation stands beside."""

    study = forms.ModelChoiceField(label=_("Study"), queryset=Study.objects.none())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Study.objects.filter(discarded_at__isnull=True).order_by("-created_at", "-pk")
        self.fields["study"].queryset = rows  # type: ignore[attr-defined]
