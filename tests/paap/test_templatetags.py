"""Figures, dates and drawings as a person reads them, in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.template.exceptions import TemplateSyntaxError
from django.utils import formats, translation

from alliances.territory.calendar import Occurrence
from alliances.territory.models import MinimumWage
from alliances.trade.models import ProduceSale
from fiduciary.fund.models import Instalment
from fiduciary.timing.clock import SlackState
from kit import figures
from kit.tones import WORDS, Tone
from paap.templatetags import alianzas, drawing
from paap.templatetags.icons import ICONS

GAP = "\N{NO-BREAK SPACE}"


@pytest.fixture(params=["es-co", "en"])
def language(request: pytest.FixtureRequest) -> str:
    with translation.override(request.param):
        yield request.param


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (Decimal("7277324"), "$ 7.277.324", "$ 7,277,324"),
        (Decimal("-7"), "−$ 7", "−$ 7"),
        (0.5, "$ 1", "$ 1"),
        (-0.4, "$ 0", "$ 0"),
        (0, "$ 0", "$ 0"),
        (Decimal("99999999999999.99"), "$ 99.999.999.999.999,99", "$ 99,999,999,999,999.99"),
    ],
)
def test_cop_writes_pesos(value: float | Decimal, spanish: str, english: str) -> None:
    with translation.override("es-co"):
        assert figures.cop(value) == spanish.replace(" ", GAP)
    with translation.override("en"):
        assert figures.cop(value) == english.replace(" ", GAP)


def test_cop_keeps_cents_and_rounds_what_was_computed() -> None:
    with translation.override("es-co"):
        assert figures.cop(Decimal("1234.5")) == f"${GAP}1.234,50"
        assert figures.cop(Decimal("1234.00")) == f"${GAP}1.234"
        assert figures.cop(1234.5) == figures.cop(Decimal("1234.567")) == f"${GAP}1.235"


def test_cop_never_shows_an_unknown_amount_as_zero(language: str) -> None:
    assert figures.cop(None) == figures.no_data()
    assert not any(character.isdigit() for character in figures.no_data())


def test_cop_short_speaks_of_millions_from_one_million_up() -> None:
    with translation.override("es-co"):
        assert figures.cop_short(7_277_324) == f"${GAP}7,3{GAP}M"
        assert figures.cop_short(999_999) == f"${GAP}999.999"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1126, None, "1.126"),
        (0.584, None, "0,584"),
        (Decimal("12.500"), None, "12,5"),
        (Decimal("1E+3"), None, "1.000"),
        (-3, None, "−3"),
        (2.345, 2, "2,35"),
        (float("nan"), None, "sin dato"),
        (float("inf"), None, "sin dato"),
        ("abc", None, "sin dato"),
    ],
)
def test_number_is_written_as_in_colombia(value: float, decimals: int | None, written: str) -> None:
    with translation.override("es-co"):
        expected = figures.no_data() if written == "sin dato" else written
        assert figures.number(value, decimals) == expected


def test_percent_follows_the_language() -> None:
    with translation.override("es-co"):
        assert figures.percent(Decimal("0.534"), 1) == f"53,4{GAP}%"
    with translation.override("en"):
        assert figures.percent(0.53) == "53%"


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (Decimal("8E+1"), f"80{GAP}%", "80%"),
        (Decimal("12.50"), f"12,5{GAP}%", "12.5%"),
        (92.99999999999999, f"93{GAP}%", "93%"),
    ],
)
def test_a_percentage_is_already_of_a_hundred(value: Decimal, spanish: str, english: str) -> None:
    with translation.override("es-co"):
        assert figures.percentage(value) == spanish
        assert figures.percentage(None) == figures.no_data()
    with translation.override("en"):
        assert figures.percentage(value) == english


def test_rows_name_their_figures_as_people_read_them() -> None:
    """In lists of the administration and wherever a row stands for itself."""
    with translation.override("es-co"):
        assert str(MinimumWage(year=2026, monthly_cop=Decimal(1_750_905))) == (
            f"2026: ${GAP}1.750.905"
        )
        sale = ProduceSale(promised_on=date(2026, 4, 1), promised_kg=Decimal("1500.00"))
        assert str(sale) == f"1{GAP}abr{GAP}2026: 1.500 kg"
        repayment = Instalment(due_on=date(2026, 4, 1), amount_cop=Decimal("2500.50"))
        assert str(repayment) == f"1{GAP}abr{GAP}2026: ${GAP}2.500,50"


def test_dates_are_short_and_in_order(language: str) -> None:
    month = {"es-co": "nov", "en": "Nov"}[language]
    assert figures.date_short(date(2026, 11, 22)) == f"22{GAP}{month}{GAP}2026"
    assert formats.date_format(date(2026, 11, 22)) == f"22 {month} 2026"


def test_a_moment_is_shown_on_its_colombian_day() -> None:
    moment = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    with translation.override("es-co"):
        assert figures.date_short(moment) == f"22{GAP}nov{GAP}2026"
        assert figures.date_time(moment) == f"22{GAP}nov{GAP}2026,{GAP}22:30"


def test_django_itself_groups_and_reads_figures_our_way(language: str) -> None:
    thousands = {"es-co": "7.277.324,50", "en": "7,277,324.50"}[language]
    assert formats.number_format(Decimal("7277324.50"), 2, force_grouping=True) == thousands
    assert formats.get_format("DATE_INPUT_FORMATS")[:2] == ["%Y-%m-%d", "%d/%m/%Y"]


def test_slack_says_late_without_a_minus_sign(language: str) -> None:
    assert figures.slack(-9) != figures.slack(9)
    assert "9" in figures.slack(-9)
    assert "-" not in figures.slack(-9)
    assert figures.slack(None) == figures.no_data()


@pytest.mark.parametrize(
    ("seconds", "written"), [(8, "8 s"), (125, "2 min 05 s"), (4320, "1 h 12 min"), (59.9, "59 s")]
)
def test_duration(seconds: float, written: str) -> None:
    assert figures.duration(seconds) == written.replace(" ", GAP)


# -- Tones and icons ------------------------------------------------------------------------------
def test_no_data_is_never_shown_as_good() -> None:
    assert SlackState.NO_DATA.tone == alianzas.tone("none") == "none"
    assert alianzas.tone("") == "plain"


def test_an_unknown_tone_is_an_error_and_not_a_colour() -> None:
    with pytest.raises(ValueError, match="fine"):
        alianzas.tone("fine")


def test_every_tone_has_a_shape_of_its_own() -> None:
    assert len({ICONS[tone] for tone in Tone}) == len(Tone) == len(WORDS)


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in alianzas.icon("search")
    labelled = alianzas.icon("search", label='Buscar "aquí"')
    assert 'role="img" aria-label="Buscar &quot;aquí&quot;"' in labelled


def test_initials_of_any_name() -> None:
    assert alianzas.initials("Ana Ruiz Peña") == "AR"
    assert alianzas.initials("") == ""


def test_a_page_is_headed_by_its_title_unless_it_says_another() -> None:
    title = "{% extends 'base.html' %}{% block title %}Ventas & pagos{% endblock %}"
    heading = "{% block heading %}Alianza{% endblock %}"

    assert "<h1>Ventas & pagos</h1>" in Template(title).render(Context())
    assert "<h1>Alianza</h1>" in Template(title + heading).render(Context())


# -- Drawings -------------------------------------------------------------------------------------
def place(percentage: str) -> float:
    return float(percentage.rstrip("%"))


def test_share_stays_between_nothing_and_all() -> None:
    assert drawing.share_of(Decimal(1), Decimal(4)) == "25.00%"
    assert drawing.share_of(Decimal(9), Decimal(4)) == "100.00%"
    assert drawing.share_of(None, Decimal(4)) == drawing.share_of(1, 0) == "0.00%"


def test_band_keeps_the_order_of_time_and_stays_inside() -> None:
    band = drawing.window_band(
        windows=[Occurrence(date(2026, 11, 15), date(2027, 2, 28))],
        today=date(2026, 9, 1),
        p50_on=date(2026, 12, 1),
        p90_on=date(2027, 1, 8),
        need_by_on=date(2027, 1, 20),
    )
    window, forecast = band.windows[0], band.forecast
    assert forecast is not None
    assert band.need_by is not None
    places = [band.today.x, window.x, forecast.x, band.need_by.x]
    assert [place(x) for x in places] == sorted(place(x) for x in places)
    assert place(window.x) + place(window.width) <= 100
    assert 1 <= len(band.months) <= 7


def test_band_draws_what_is_known_when_the_calendar_has_no_data() -> None:
    band = drawing.window_band(
        windows=[], today=date(2026, 9, 1), p50_on=None, p90_on=None, need_by_on=None
    )
    assert band.windows == ()
    assert band.forecast is None
    assert 0 < place(band.today.x) < 100


def test_labels_at_the_edges_grow_inwards() -> None:
    band = drawing.window_band(
        windows=[Occurrence(date(2027, 3, 1), date(2027, 4, 1))],
        today=date(2026, 9, 1),
        p50_on=None,
        p90_on=None,
        need_by_on=date(2027, 4, 1),
    )
    assert band.need_by is not None
    assert (band.today.anchor, band.need_by.anchor) == ("start", "end")
    assert band.windows[0].label.anchor == "end"


def test_bars_share_a_scale_with_zero_and_intervals() -> None:
    rows = [{"value": 5, "low": 3, "high": 10}, {"value": -5}]
    drawn, zero = drawing.bars(rows)
    assert place(zero) == pytest.approx(100 / 3, abs=0.01)
    assert (drawn[0].x, place(drawn[0].high)) == (zero, 100)
    assert place(drawn[1].x) == 0
    assert drawn[1].low == ""


def test_bars_of_nothing_do_not_divide_by_zero() -> None:
    assert drawing.bars([]) == ((), "0.00%")
    assert drawing.bars([{"value": 0}])[0][0].width == "0.00%"


def test_window_band_speaks_to_screen_readers(language: str) -> None:
    page = Template("{% window_band windows today need_by_on=need tone_name='late' %}")
    html = page.render(
        Context(
            {
                "windows": [Occurrence(date(2027, 2, 1), date(2027, 3, 12))],
                "today": date(2026, 11, 22),
                "need": date(2027, 2, 20),
            }
        )
    )
    label = html.split('aria-label="')[1].split('"')[0]
    for day in (date(2027, 2, 1), date(2027, 3, 12), date(2027, 2, 20), date(2026, 11, 22)):
        assert figures.date_short(day) in label
    assert "tone-late" in html


def test_a_block_tag_needs_its_arguments() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% dialog 'keys' %}{% enddialog %}")
