"""The tables that administrators keep, by the word in their address; rooms above add theirs."""

from alliances.territory.reference import (
    CROP_WINDOWS,
    CROPS,
    EXTERNAL_SHOCKS,
    MINIMUM_WAGES,
    PRACTICES,
    PRICE_INDEX,
    SISTER_PROGRAMMES,
    ReferenceTable,
)

#: The word of the sister programmes, whose page also tells what came of referrals to them.
PROGRAMMES = "programas"
TABLES: dict[str, ReferenceTable] = {
    "productos": CROPS,
    "ventanas": CROP_WINDOWS,
    "salarios": MINIMUM_WAGES,
    "precios": PRICE_INDEX,
    "choques": EXTERNAL_SHOCKS,
    "practicas": PRACTICES,
    PROGRAMMES: SISTER_PROGRAMMES,
}
