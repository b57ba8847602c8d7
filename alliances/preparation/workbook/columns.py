# ruff: noqa: E501  one column, one line
"""The one table of columns: the template writes it, the reader reads it, the instructions tell it.

Headings are Spanish because the forms are; they are names in a file, not words of a page. Facts
come from the ministry's forms (domain facts §1.6) as far as a profile needs.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kit import identifiers
from kit.amounts import number, pesos
from kit.days import OLDEST_LIFE
from kit.files.columns import AREA, DAY, NUMBER, PESOS, Column
from kit.files.limits import MIB, Limits
from kit.files.parsers import (
    NO,
    YES,
    choice,
    day,
    document,
    integer,
    percentage,
    text,
    yes_no,
)
from kit.plausible import AMOUNT_COP, AREA_HA, ASSETS_COP, MONTHLY_COP

PROFILES_SHEET, PRODUCERS_SHEET = "Perfiles", "Productores"
INSTRUCTIONS_SHEET = "Instrucciones"
LIMITS = Limits(
    formats=(".csv", ".txt", ".tsv", ".xlsx", ".ods"),
    size=5 * MIB,
    unpacked=80 * MIB,
    rows=20_000,
    columns=200,
)
MAX_PROFILES = 200
MAX_PRODUCERS = 5_000

ROUTES = {
    "basic": ("Básica",),
    "intermediate": ("Intermedia",),
    "competitiveness": ("Competitividad",),
}
DOCUMENT_KINDS = {
    "cc": ("CC", "Cédula", "Cédula de ciudadanía", "C.C"),
    "ce": ("CE", "Cédula de extranjería", "C.E"),
    "ppt": ("PPT", "Permiso por protección temporal", "P.P.T"),
}
SEXES = {
    "f": ("Femenino", "F", "Mujer"),
    "m": ("Masculino", "M", "Hombre"),
    "o": ("Otro", "O"),
}
TENURES = {
    "owner": ("Propietario", "Propia", "Propio", "Propiedad"),
    "possession": ("Posesión", "Poseedor"),
    "lease": ("Arriendo", "Arrendatario", "Arrendamiento", "Arrendada"),
    "collective": ("Territorio colectivo", "Colectivo", "Colectiva"),
}
SPECIAL_GROUPS = {
    "": ("Ninguno", "Ninguna", "No"),
    "indigenous": ("Indígena",),
    "afro": ("Afrocolombiano", "Afro", "Afrodescendiente", "Negro", "Raizal", "Palenquero"),
    "victim": ("Víctima", "Víctima del conflicto"),
    "peace_signatory": ("Firmante de paz",),
    "rural_youth": ("Joven rural", "Joven"),
}


def _words(table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(names[0] for names in table.values())


C = Column
_NIT = _("With its check digit: 900123456-8.")
_YES_NO = (YES, NO)
_UNANSWERED = _("Blank when nobody answered: it is not counted as a no.")
PROFILE_CODE = C(
    "code",
    "Código del perfil",
    text(32),
    "P01",
    _("Any code of yours: it joins each producer to a profile of this file."),
    width=16,
)
_OURS = _("Written by the application: leave it as it is, and blank in a row of yours.")
PROFILE_ID = C(
    "profile_id",
    "Identificador del perfil",
    text(32),
    "2026-52-0001",
    _OURS,
    is_required=False,
    is_ours=True,
    width=22,
)
PRODUCER_ID = C(
    "producer_id",
    "Identificador del productor",
    identifiers.programme_id,
    1234,
    _OURS,
    is_required=False,
    is_ours=True,
    number_format=NUMBER,
    width=22,
)
# fmt: off
PROFILE_COLUMNS: tuple[Column, ...] = (
    PROFILE_CODE,
    C("name", "Nombre de la alianza", text(160), "Papa de los Pastos", width=34),
    C("organisation", "Organización", text(200), "Asociación Los Pastos", _("Or the name of the group of producers."), width=34),
    C("nit", "NIT de la organización", identifiers.nit, "900123456-8", _NIT, is_required=False, width=20),
    C("founded_on", "Fecha de constitución", day(OLDEST_LIFE), date(2017, 3, 9), _("Day/month/year."), is_required=False, number_format=DAY),
    C("municipality_code", "Código DIVIPOLA", identifiers.code(5), "52001", _("Five digits; or write the department and the municipality."), is_required=False),
    C("department", "Departamento", text(80), "Nariño", is_required=False),
    C("municipality", "Municipio", text(80), "Pasto", is_required=False),
    C("crop", "Producto", text(60), "Papa", _("One of the list on this sheet."), width=24),
    C("ally", "Aliado comercial", text(200), "Compradora del Sur S.A.S.", is_required=False, width=30),
    C("ally_nit", "NIT del aliado", identifiers.nit, "901234567-7", _NIT, is_required=False),
    C("route", "Ruta de servicio", choice(ROUTES), "Intermedia", words=_words(ROUTES)),
    C("total_value_cop", "Valor total (COP)", pesos(AMOUNT_COP), 700_000_000, number_format=PESOS),
    C("incentive_cop", "Incentivo modular (COP)", pesos(AMOUNT_COP), 210_000_000, _("Not above the total value."), number_format=PESOS, width=22),
    PROFILE_ID,
)
PRODUCER_COLUMNS: tuple[Column, ...] = (
    PROFILE_CODE,
    C("document_kind", "Tipo de documento", choice(DOCUMENT_KINDS), "CC", words=_words(DOCUMENT_KINDS)),
    C("document_number", "Número de documento", document, "98765432", _("Only digits."), width=20),
    C("given_names", "Nombres", text(80), "María Inés", width=22),
    C("surnames", "Apellidos", text(80), "Chaves Erazo", width=22),
    C("sex", "Sexo", choice(SEXES), "Femenino", words=_words(SEXES), width=12),
    C("born_on", "Fecha de nacimiento", day(OLDEST_LIFE), date(1983, 5, 17), _("Day/month/year."), number_format=DAY),
    C("phone", "Teléfono", identifiers.telephone, "3101234567", is_required=False),
    C("household_key", "Código del hogar", text(20), "H01", _("The same code for people of one household."), is_required=False, width=16),
    C("farm_name", "Finca", text(80), "El Mirador", is_required=False),
    C("tenure", "Tenencia de la tierra", choice(TENURES), "Propietario", words=_words(TENURES), width=20),
    C("farm_area_ha", "Área de la finca (ha)", number(Decimal(0), AREA_HA, places=2), Decimal("2.5"), _("Hectares, with a comma for decimals."), number_format=AREA),
    C("project_area_ha", "Área del proyecto (ha)", number(Decimal(0), AREA_HA, places=2), Decimal("1"), _("Not above the farm's area."), number_format=AREA),
    C("experience_years", "Años de experiencia", integer(0, 90), 8, number_format=NUMBER),
    C("monthly_income_cop", "Ingreso mensual del hogar (COP)", pesos(MONTHLY_COP), 900_000, number_format=PESOS, width=26),
    C("agricultural_income_share", "Ingreso agropecuario (%)", percentage, 85, _("A number from 0 to 100."), number_format="General", width=22),
    C("assets_cop", "Patrimonio del hogar (COP)", pesos(ASSETS_COP), 40_000_000, number_format=PESOS, width=24),
    C("literate", "En el hogar se lee y escribe", yes_no, YES, _UNANSWERED, is_required=False, words=_YES_NO, width=24),
    C("is_member", "Es miembro de la organización", yes_no, YES, _UNANSWERED, is_required=False, words=_YES_NO, width=26),
    C("member_since", "Miembro desde", day(OLDEST_LIFE), date(2019, 6, 30), _("Day/month/year; blank for who is no member."), is_required=False, number_format=DAY),
    C("had_earlier_support", "Recibió apoyo del programa antes", yes_no, NO, _UNANSWERED, is_required=False, words=_YES_NO, width=28),
    C("special_group", "Grupo especial", choice(SPECIAL_GROUPS), "Ninguno", _("Sensitive data: only if the person chose to say it."), is_required=False, words=_words(SPECIAL_GROUPS)),
    C("consented_on", "Fecha de autorización de datos", day(date(2012, 10, 17)), date(2026, 2, 1), _("The day each person signed to the use of their data (Ley 1581 of 2012)."), is_required=False, number_format=DAY, width=26),
    PRODUCER_ID,
)
# fmt: on
SHEETS: dict[str, tuple[Column, ...]] = {
    PROFILES_SHEET: PROFILE_COLUMNS,
    PRODUCERS_SHEET: PRODUCER_COLUMNS,
}
#: A CSV has one table: each row a producer, with the columns of its profile beside it.
CSV_COLUMNS: tuple[Column, ...] = (*PROFILE_COLUMNS[:-1], *PRODUCER_COLUMNS[1:], PROFILE_ID)
