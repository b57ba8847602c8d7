"""Producers one by one, for who works with them by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership, Producer
from alliances.preparation.selectors.access import can_see_documents, can_see_producers
from kit.lists import in_full


def producers_visible_to(membership: Membership) -> QuerySet[Producer]:
    """The producers that this member reads by name, of the alliances that it sees: bare."""
    if not can_see_producers(membership):
        return Producer.objects.none()
    return Producer.objects.filter(alliance__in=alliances_visible_to(membership))


@dataclass(frozen=True)
class ListedProducer:
    """A producer as a list shows it; ``may_reveal`` the whole document, which is recorded."""

    producer: Producer
    may_reveal: bool


def producer_rows(producers: Iterable[Producer], membership: Membership) -> list[ListedProducer]:
    """The page's rows."""
    may_reveal = can_see_documents(membership).allowed
    related = ("alliance__call", "alliance__organisation", "alliance__municipality__department")
    full = Producer.objects.select_related(*related)
    return [ListedProducer(row, may_reveal) for row in in_full(producers, full)]
