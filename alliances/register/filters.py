"""How the lists of bodies and of people are narrowed."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Organisation, OrganisationKind, User
from alliances.people.roles import Role
from kit.filters import WordsFilter


class BodyFilter(WordsFilter):
    """By words (name, NIT, legal representative) and kind."""

    names = ("searched", "legal_representative")
    numbers = ("nit",)

    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=OrganisationKind.choices)

    class Meta:
        model = Organisation
        fields = ["q", "kind"]


class PersonFilter(WordsFilter):
    """By words (name, e-mail) and role."""

    names = ("searched", "email", "username")

    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices, method="with_role")

    class Meta:
        model = User
        fields = ["q", "role"]

    def with_role(self, rows: QuerySet[User], _name: str, role: str) -> QuerySet[User]:
        """Who has or had the role."""
        return rows.filter(memberships__role=role).distinct()
