"""The most that a figure can be before it is a slip of the finger; forms and files ask here.

Far above what the programme has seen, so that no true figure is refused: what is merely unusual
is for the rules of a call. The days are in ``kit.days``.
"""

from decimal import Decimal

#: Any amount: a hundred thousand million pesos.
AMOUNT_COP = Decimal("99999999999.99")
#: Cured vanilla, the dearest crop of the country, is sold for less.
PRICE_PER_KG_COP = Decimal(5_000_000)
#: What a household earns, or a manager is paid, in one month.
MONTHLY_COP = Decimal(100_000_000)
#: What a household of smallholders owns.
ASSETS_COP = Decimal(10_000_000_000)
#: One farm.
AREA_HA = Decimal("9999.99")
#: What one alliance sells or delivers in one month: ten thousand tonnes.
KG_PER_MONTH = Decimal(10_000_000)
#: The fund is no usurer: the ceiling of the law has stayed under three.
INTEREST_PCT_PER_MONTH = Decimal(5)
