"""What the pages about one producer ask first: of which alliance, and for whom."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from alliances.lifecycle.act_pages import alliance_or_404
from alliances.people.models import Producer


def producer_or_404(request: HttpRequest, code: str, pk: int) -> Producer:
    """A producer of an alliance that the acting membership may see; 404 otherwise."""
    alliance = alliance_or_404(request, code)
    producer = get_object_or_404(alliance.producers, pk=pk)
    producer.alliance = alliance
    return producer
