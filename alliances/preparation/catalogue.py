"""The reference rows that a file of profiles is matched with, loaded once."""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Self

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from alliances.people.selectors import municipalities_served_by
from alliances.preparation.rules import NOT_OFFERED
from alliances.territory.models import Crop, Municipality
from alliances.territory.selectors import crops_for_profiles
from kit.files.columns import Mistakes, Record
from kit.files.headings import plain

#: So many suggestions are read; more are a list.
MOST_NEAR = 3


@dataclass(frozen=True)
class Catalogue:
    """Places by code and by name, the places served, products by name, those of the day, and it."""

    municipalities: dict[str, Municipality]
    by_names: dict[tuple[str, str], Municipality]
    served: frozenset[str]
    crops: dict[str, Crop]
    offered: frozenset[str]
    today: date

    @classmethod
    def load(cls, acting: Membership, at: datetime) -> Self:
        places = list(Municipality.objects.select_related("department"))
        served = municipalities_served_by(acting).values_list("pk", flat=True)
        today = localtime(at).date()
        crops = list(Crop.objects.all())
        return cls(
            municipalities={place.pk: place for place in places},
            by_names={(plain(p.department.name), plain(p.name)): p for p in places},
            served=frozenset(served),
            crops={plain(word): crop for crop in crops for word in _names_of(crop)},
            offered=frozenset(crops_for_profiles(today).values_list("pk", flat=True)),
            today=today,
        )

    def near(self, department: str, name: str) -> list[str]:
        """Municipalities that may be meant, with their codes: «San Andrés de Tumaco (52835)».

        Those of the department, or of all when there is no such department, that have every word
        of the name, or nearly its letters.
        """
        known = {pair[0] for pair in self.by_names}
        places = {
            pair: place
            for pair, place in self.by_names.items()
            if pair[0] == plain(department) or plain(department) not in known
        }
        words, written = set(plain(name).split()), plain(name)
        alike = get_close_matches(written, [pair[1] for pair in places], n=MOST_NEAR, cutoff=0.8)
        return [
            f"{place.name} ({place.pk})"
            for (_department, known_name), place in sorted(places.items())
            if words <= set(known_name.split()) or known_name in alike
        ][:MOST_NEAR]


def _or(choices: list[str]) -> str:
    """«A», «A or B»."""
    return f" {_('or')} ".join(choices)


def _names_of(crop: Crop) -> tuple[str, ...]:
    """«Leche (ganadería doble propósito)» is also «Leche»; the code serves too."""
    return crop.code, crop.name_es.partition("(")[0], crop.name_es


def match_municipality(
    record: Record, catalogue: Catalogue, mistakes: Mistakes
) -> Municipality | None:
    """By its code, or by department and name; within what the organisation serves."""
    code, names = (
        record.get("municipality_code"),
        (record.get("department"), record.get("municipality")),
    )
    by_name = catalogue.by_names.get((plain(names[0] or ""), plain(names[1] or "")))
    if code is None and not all(names):
        if "municipality_code" not in record.unread:
            message = _("Write the DIVIPOLA code, or the department and the municipality.")
            mistakes.append(record.mistake("municipality_code", message))
        return None
    municipality = catalogue.municipalities.get(code) if code else by_name
    key = "municipality_code" if code else "municipality"
    if municipality is None:
        message = _("There is no municipality «%(place)s»: check it in the DIVIPOLA list.")
        place = code or f"{names[1]}, {names[0]}"
        near = [] if code else catalogue.near(*names)
        if near:
            message = _("There is no municipality «%(place)s». Is it %(near)s?")
        values = {"place": place, "near": _or(near)}
        mistakes.append(record.mistake(key, message % values))
    elif code and names[1] and plain(names[1]) != plain(municipality.name):
        message = _("The code %(code)s is %(place)s: correct the code or the name.")
        place = f"{municipality.name}, {municipality.department}"
        mistakes.append(record.mistake("municipality", message % {"code": code, "place": place}))
    elif municipality.pk not in catalogue.served:
        message = _("%(place)s is outside the departments that your organisation serves.")
        mistakes.append(
            record.mistake(
                key, message % {"place": f"{municipality.name}, {municipality.department}"}
            )
        )
    else:
        return municipality
    return None


def match_crop(
    record: Record, catalogue: Catalogue, mistakes: Mistakes, held: str | None = None
) -> Crop | None:
    """By its code or its Spanish name; one that is offered today, or the one that is ``held``."""
    written = record.get("crop")
    if written is None:
        return None
    crop = catalogue.crops.get(plain(written))
    if crop is None:
        message = _("«%(crop)s» is not in the list of products of the sheet «Instrucciones».")
        mistakes.append(record.mistake("crop", message % {"crop": written}))
    elif crop.pk not in catalogue.offered and crop.pk != held:
        mistakes.append(record.mistake("crop", NOT_OFFERED % {"crop": written}))
    return crop
