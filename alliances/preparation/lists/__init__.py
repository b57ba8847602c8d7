"""The lists of this room: profiles in preparation, producers and consultants."""

from alliances.preparation.lists.consultants import CONSULTANTS
from alliances.preparation.lists.producers import PRODUCERS
from alliances.preparation.lists.profiles import PROFILES

__all__ = ["CONSULTANTS", "PRODUCERS", "PROFILES"]
