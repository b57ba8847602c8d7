"""A sheet of a meeting: one head for all, a row for each producer, each row its own act.

Context: forty producers sign, receive or give back on one afternoon, and a form for each costs
their adviser the evening.
Decision: a row that is refused stays on the sheet with its reason, and what the others did
stands; the key of a row comes from that of the sheet, so that a second click does nothing twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.documents.evidence import act_with_evidence
from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.act_pages import Place
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import Act
from alliances.people.access import acting_of
from kit import web
from kit.access import require
from kit.errors import DomainError
from kit.figures import number
from kit.forms import KeyedForm


@dataclass(frozen=True)
class MeetingRow:
    """One producer of the sheet: by number, by name, with what is worth knowing of them."""

    pk: int
    name: str
    note: str = ""
    value: Decimal | None = None  # proposed in the row itself
    is_taken: bool = True


@dataclass(frozen=True)
class MeetingLine:
    """A row that was taken: of whom, how much, and the key of its act."""

    pk: int
    value: Decimal
    key: UUID


@dataclass
class Tally:
    """What became of the rows: how many are done, and why each of the others is not."""

    done: int = 0
    refused: dict[int, str] = field(default_factory=dict)


class MeetingForm(KeyedForm):
    """The head's own fields, and of each row whether it is taken and with what value.

    ``value_each`` of the head, where a sheet has it, serves the rows that say nothing else.
    """

    #: What the value of a row is called.
    value_label: ClassVar[Promise]

    def __init__(self, *args: Any, rows: Sequence[MeetingRow], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = rows
        self.head_names = [name for name in self.fields if name != "key"]
        for row in rows:
            self.fields[f"take_{row.pk}"] = forms.BooleanField(
                label=row.name, required=False, initial=row.is_taken
            )
            self.fields[f"value_{row.pk}"] = self.value_field(
                label=f"{self.value_label}: {row.name}", required=False, initial=row.value
            )

    def value_field(self, **options: Any) -> forms.Field:
        """The field of a row's value."""
        raise NotImplementedError

    @property
    def head(self) -> list[BoundField]:
        """The fields that are said once."""
        return [self[name] for name in self.head_names]

    @property
    def lines(self) -> Iterator[tuple[MeetingRow, BoundField, BoundField]]:
        """Each row with its tick and its value."""
        for row in self.rows:
            yield row, self[f"take_{row.pk}"], self[f"value_{row.pk}"]

    def clean(self) -> dict[str, Any]:
        """At least one row is taken, and each taken row has a value of its own or the head's."""
        cleaned = super().clean() or {}
        taken = [row for row in self.rows if cleaned.get(f"take_{row.pk}")]
        if not taken:
            self.add_error(None, _("Tick at least one producer."))
        if not cleaned.get("value_each"):
            for row in taken:
                name = f"value_{row.pk}"
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Write how much, or take the tick away."))
        return cleaned

    @property
    def chosen(self) -> list[MeetingLine]:
        """The rows that were taken, once the form is valid."""
        data = self.cleaned_data
        return [
            MeetingLine(
                row.pk,
                data[f"value_{row.pk}"] or data["value_each"],
                uuid5(data["key"], str(row.pk)),
            )
            for row in self.rows
            if data[f"take_{row.pk}"]
        ]


@dataclass(frozen=True)
class MeetingSheet:
    """A kind of sheet: its act and its words."""

    act: Act
    kind: DocumentKind
    title: Promise
    intro: Promise
    button: Promise
    place: Place


Do = Callable[[MeetingForm, MeetingLine, Sequence[DocumentVersion]], object]


def meeting_page(
    request: HttpRequest,
    sheet: MeetingSheet,
    *,
    alliance: Alliance,
    make_form: Callable[..., MeetingForm],
    do: Do,
    at: datetime,
) -> HttpResponse:
    """The sheet, or what became of it: back when every row is done, else with the rows left.

    Raises NotAllowed for who may not do the act.
    """
    acting = acting_of(request)
    require(may_do(alliance, sheet.act, acting))
    form = make_form(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        tally = act_with_evidence(
            lambda documents: _tally(form, do, documents),
            alliance=alliance,
            kind=sheet.kind,
            title=str(sheet.title),
            uploads=[row for row in form.cleaned_data.values() if isinstance(row, UploadedFile)],
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
        )
        if tally.done:
            messages.success(request, done_words(tally.done))
        if not tally.refused:
            return redirect(sheet.place.url(alliance))
        left = tally.refused.keys() | {row.pk for row in make_form().rows}
        rows = [row for row in form.rows if row.pk in left]
        form.rows = sorted(rows, key=lambda row: row.pk not in tally.refused)  # what to mend, first
        for pk, reason in tally.refused.items():
            form.add_error(f"value_{pk}", reason)
    return web.form_page(
        request,
        "fiduciary/sheet.html",
        form,
        alliance=alliance,
        sheet=sheet,
        tab=sheet.place.tab,
        back=sheet.place.url(alliance),
    )


def _tally(form: MeetingForm, do: Do, documents: Sequence[DocumentVersion]) -> Tally:
    """Do each row on its own; what one refuses does not stop the others."""
    tally = Tally()
    for line in form.chosen:
        try:
            do(form, line, documents)
        except DomainError as error:
            tally.refused[line.pk] = error.message
        except ValidationError as error:
            tally.refused[line.pk] = " ".join(error.messages)
        else:
            tally.done += 1
    return tally


def done_words(count: int) -> str:
    """«38 producers are recorded.»"""
    words = ngettext("%(n)s producer is recorded.", "%(n)s producers are recorded.", count)
    return words % {"n": number(count)}


VALUE_EACH = gettext_lazy("For each, where the row says nothing else")
