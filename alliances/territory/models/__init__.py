"""Reference data: places, crops and their windows, wages, prices, shocks, practices, programmes.

Rows come from ``data/*.csv`` (see ``services.load_reference``); nobody edits them on a page.
"""

from alliances.territory.models.confidence import Confidence
from alliances.territory.models.crops import Crop, CropCycle, CropKind, CropWindow, Operation
from alliances.territory.models.places import (
    Department,
    Municipality,
    MunicipalityKind,
    NaturalRegion,
)
from alliances.territory.models.practices import Practice
from alliances.territory.models.prices import MinimumWage, PriceIndex
from alliances.territory.models.programmes import SisterProgramme
from alliances.territory.models.shocks import ExternalShock, ShockKind

__all__ = [
    "Confidence",
    "Crop",
    "CropCycle",
    "CropKind",
    "CropWindow",
    "Department",
    "ExternalShock",
    "MinimumWage",
    "Municipality",
    "MunicipalityKind",
    "NaturalRegion",
    "Operation",
    "Practice",
    "PriceIndex",
    "ShockKind",
    "SisterProgramme",
]
