"""The icons, drawn for this application on a 24 × 24 grid: name → what goes inside the <svg>.

Strokes take the colour of the text. The four tones have a shape of their own, so that they are
told apart without colour: disc, triangle, diamond, broken ring.
"""

from django.utils.safestring import SafeString, mark_safe


def _line(*paths: str) -> SafeString:
    """Outlined paths."""
    return mark_safe("".join(f'<path d="{path}"/>' for path in paths))


def _sign(shape: str, sign: str) -> SafeString:
    """A filled shape with a sign cut out of it in the colour of the paper."""
    return mark_safe(
        f'<path fill="currentColor" stroke="none" d="{shape}"/><path class="sign" d="{sign}"/>'
    )


_DISC = "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20Z"
_RING = "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18Z"
_QUESTION = "M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.8v.1"

ICONS: dict[str, SafeString] = {
    # Tones
    "good": _sign(_DISC, "m7.5 12.4 3 3 6-6.6"),
    "attention": _sign("M12 2.5 23 21.5H1Z", "M12 9.5v5M12 18v.1"),
    "late": _sign("M12 1.2 22.8 12 12 22.8 1.2 12Z", "M12 7v6M12 16.6v.1"),
    "none": mark_safe(f'<path stroke-dasharray="3.2 2.4" d="{_RING}"/><path d="{_QUESTION}"/>'),
    "info": _sign(_DISC, "M12 11v6M12 7v.1"),
    "plain": _line("M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z"),
    # Places in the application
    "home": _line("M4 11 12 4l8 7", "M6 9.5V20h12V9.5", "M10 20v-5h4v5"),
    "alliance": _line(
        "M11 20C5 18.5 3.5 13 4 6.5c5 1 8 5 7 13.5Z", "M13 20c6-1.5 7.5-7 7-13.5-5 1-8 5-7 13.5Z"
    ),
    "call": _line("M4 10v4h3l9 4V6l-9 4Z", "M7 14l1.5 5.5h2.5L9.8 15", "M19 9.5a4 4 0 0 1 0 5"),
    "money": _line(
        "M3 6.5h18v11H3Z", "M12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5Z", "M6 9.8v.1M18 14.1v.1"
    ),
    "field": _line(
        "M12 21V10",
        "M12 13C7.5 13 5 10.5 5 6c4.5 0 7 2.5 7 7Z",
        "M12 10.5c0-3.5 2-6 6.5-6 0 4-2 6.5-6.5 6.5",
        "M5 21h14",
    ),
    "evaluation": _line("M4 4v16h16", "M8 16l3.5-4.5 3 2L20 7"),
    "fund": _line(
        "M4.5 12a7.5 7.5 0 0 1 13-5.2L20 9",
        "M20 4.5V9h-4.5",
        "M19.5 12a7.5 7.5 0 0 1-13 5.2L4 15",
        "M4 19.5V15h4.5",
    ),
    "document": _line("M6 3h8l4 4v14H6Z", "M14 3v4h4", "M9 12h6M9 16h6"),
    "organisation": _line(
        "M4 20V7l8-4 8 4v13",
        "M3 20h18",
        "M9 20v-5h6v5",
        "M8.5 10.5h.1M12 10.5h.1M15.5 10.5h.1",
    ),
    "truck": _line(
        "M2 6h12v11H2Z",
        "M14 10h4.5l3.5 3.5V17h-8",
        "M7 15.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4ZM17.5 15.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4Z",
    ),
    "scale": _line("M12 4v16", "M7 20h10", "M4 7h16", "M6.5 7 3.5 14h6ZM17.5 7l-3 7h6Z"),
    "people": _line(
        "M9 5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7Z",
        "M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6",
        "M16 5.5a3.2 3.2 0 0 1 0 6",
        "M17.5 14.5c2.4.6 3.7 2.4 4 5.5",
    ),
    "person": _line(
        "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z", "M4.5 20.5c.7-4.5 3.4-6.5 7.5-6.5s6.8 2 7.5 6.5"
    ),
    # Acts
    "search": _line("M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z", "m15.5 15.5 5 5"),
    "check": _line("m5 12.5 4.5 4.5L19 7"),
    "close": _line("M6 6l12 12M18 6 6 18"),
    "plus": _line("M12 5v14M5 12h14"),
    "back": _line("M20 12H5", "m11 6-6 6 6 6"),
    "next": _line("M4 12h15", "m13 6 6 6-6 6"),
    "chevron": _line("m9 6 6 6-6 6"),
    "down": _line("m6 9.5 6 6 6-6"),
    "more": mark_safe('<path stroke-width="3" d="M5 12h.1M12 12h.1M19 12h.1"/>'),
    "filter": _line("M4 6h16M7 12h10M10 18h4"),
    "download": _line("M12 4v11", "m7 10.5 5 5 5-5", "M4 20h16"),
    "upload": _line("M12 16V5", "m7 9.5 5-5 5 5", "M4 20h16"),
    "camera": _line("M3 8h4l2-3h6l2 3h4v11H3Z", "M12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7Z"),
    "pen": _line("M4 20l1-4.5L16 4.5l3.5 3.5-11 11Z", "m14 6.5 3.5 3.5"),
    "seal": _line(
        "M12 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z",
        "m8.5 14-1.5 7 5-2.5 5 2.5-1.5-7",
        "m9.5 9 1.8 1.8 3.2-3.6",
    ),
    "logout": _line("M14 4H5v16h9", "M10 12h11", "m17 8 4 4-4 4"),
    "print": _line("M7 8V3h10v5", "M7 17H4V8h16v9h-3", "M7 14h10v7H7Z"),
    # Things
    "help": _line(_RING, _QUESTION),
    "language": _line(_RING, "M3 12h18", "M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18"),
    "sun": _line(
        "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z",
        "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2",
        "M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
    ),
    "moon": _line("M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z"),
    "letter": _line("M3 6h18v13H3Z", "m3.5 7 8.5 6.5L20.5 7"),
    "lock": _line("M5 11h14v9H5Z", "M8 11V8a4 4 0 0 1 8 0v3"),
    "pin": _line(
        "M12 21c-4.5-5-7-8.2-7-11.5a7 7 0 0 1 14 0c0 3.3-2.5 6.5-7 11.5Z",
        "M12 7.5a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6Z",
    ),
    "history": _line("M4 5v4.5h4.5", "M4.5 9.5a8 8 0 1 1-.3 4.5", "M12 8v4.5l3 2"),
    "phone": _line("M7 2.5h10v19H7Z", "M11 18.5h2"),
    "key": _line("M8 8.5a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z", "M12 12.5h9v3.5M17 12.5V15"),
}
