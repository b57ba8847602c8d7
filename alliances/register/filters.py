"""How the lists of bodies and of people are narrowed."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Organisation, OrganisationKind, User
from alliances.people.roles import Role
from kit.names import with_words


class BodyFilter(django_filters.FilterSet):
    """By words (name, NIT, legal representative) and kind."""

    q = django_filters.CharFilter(label=_("Search"), method="search")
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=OrganisationKind.choices, empty_label=_("All")
    )

    class Meta:
        model = Organisation
        fields = ["q", "kind"]

    def search(
        self, rows: QuerySet[Organisation], _name: str, words: str
    ) -> QuerySet[Organisation]:
        """Every word in the name, the representative's or the NIT."""
        return with_words(rows, words, names=("searched", "legal_representative"), numbers=("nit",))


class PersonFilter(django_filters.FilterSet):
    """By words (name, e-mail) and role."""

    q = django_filters.CharFilter(label=_("Search"), method="search")
    role = django_filters.ChoiceFilter(
        label=_("Role"), choices=Role.choices, method="with_role", empty_label=_("All")
    )

    class Meta:
        model = User
        fields = ["q", "role"]

    def search(self, rows: QuerySet[User], _name: str, words: str) -> QuerySet[User]:
        """Every word in the name, the e-mail or the username."""
        return with_words(rows, words, names=("searched", "email", "username"))

    def with_role(self, rows: QuerySet[User], _name: str, role: str) -> QuerySet[User]:
        """Who has or had the role."""
        return rows.filter(memberships__role=role).distinct()
