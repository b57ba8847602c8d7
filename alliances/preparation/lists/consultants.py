"""The register of consultants as a list: what they carry, and the credentials that they showed."""

from datetime import timedelta

import django_filters
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.people.models import Consultant, Credential
from alliances.preparation.selectors import (
    ConsultantRow,
    consultant_rows,
    consultants_visible_to,
)
from kit.figures import date_short
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name

#: A credential that expires so soon is to be renewed.
SOON = timedelta(days=90)


class ConsultantFilter(WordsFilter):
    """By words, by room for one more alliance, and by what their credentials want."""

    names = ("user__searched", "profession")

    room = django_filters.ChoiceFilter(
        label=gettext_lazy("Alliances at once"),
        choices=[
            ("yes", gettext_lazy("Room for one more")),
            ("no", gettext_lazy("As many as they may")),
        ],
        method="with_room",
    )
    credential = django_filters.ChoiceFilter(
        label=gettext_lazy("Credentials"),
        choices=[
            ("unverified", gettext_lazy("One is to be verified")),
            ("expiring", gettext_lazy("One expired, or does within 90 days")),
        ],
        method="wanting",
    )

    class Meta:
        model = Consultant
        fields = ["q", "room", "credential"]

    def with_room(self, rows: QuerySet[Consultant], _name: str, word: str) -> QuerySet[Consultant]:
        """Those who may carry one more, or those who may not."""
        full = {"carries__gte": F("maximum_profiles")}
        return rows.exclude(**full) if word == "yes" else rows.filter(**full)

    def wanting(self, rows: QuerySet[Consultant], _name: str, word: str) -> QuerySet[Consultant]:
        """Those with such a credential."""
        if word == "expiring":
            return rows.filter(Q(expires_on__lte=localdate() + SOON))
        unverified = Credential.objects.filter(verified_at__isnull=True)
        return rows.filter(pk__in=unverified.values("consultant"))


def _carries(row: ConsultantRow) -> Toned:
    words = _("%(carries)d of %(most)d")
    most = row.consultant.maximum_profiles
    return Toned(words % {"carries": row.carries, "most": most}, row.tone)


def _credentials(row: ConsultantRow) -> tuple[str, ...]:
    """Each credential in a line, with what it wants."""
    return tuple(_credential(shown.credential) for shown in row.credentials)


def _credential(credential: Credential) -> str:
    if credential.verified_at is None:
        return _("%(title)s, not verified yet") % {"title": credential.title}
    if credential.expires_on is None:
        return credential.title
    return _("%(title)s, until %(day)s") % {
        "title": credential.title,
        "day": date_short(credential.expires_on),
    }


CONSULTANTS = declare(
    ListShape(
        name="consultants",
        title=gettext_lazy("Consultants"),
        page="alliances:consultant-list",
        source=consultants_visible_to,
        columns=(
            ListColumn(
                "name",
                gettext_lazy("Name"),
                lambda row: str(row.consultant),
                tuple(by_name("user__last_name", "user__first_name")),
                is_key=True,
            ),
            ListColumn(
                "profession",
                gettext_lazy("Profession"),
                lambda row: row.consultant.profession,
                tuple(by_name("profession")),
            ),
            ListColumn(
                "experience",
                gettext_lazy("Experience (years)"),
                lambda row: row.consultant.experience_years,
                (F("experience_years"),),
                is_number=True,
            ),
            ListColumn("carries", gettext_lazy("Alliances at once"), _carries, (F("carries"),)),
            ListColumn("credentials", gettext_lazy("Credentials"), _credentials),
            ListColumn(
                "expires",
                gettext_lazy("First to expire"),
                lambda row: row.consultant.expires_on,
                (F("expires_on"),),
            ),
        ),
        filters=ConsultantFilter,
        order="name",
        opens=lambda row: reverse("alliances:consultant-detail", args=[row.consultant.pk]),
        key=lambda row: row.consultant.pk,
        rows=lambda rows, acting: consultant_rows(rows, acting, now()),
    )
)
