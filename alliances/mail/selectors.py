"""Reads: what became of what was written."""

from collections.abc import Iterable

from alliances.mail.models import Notice, NoticeStatus


def refusals_about(subjects: Iterable[str]) -> dict[str, str]:
    """Why the last message about each of these did not arrive, by what it was ``about``."""
    last = Notice.objects.filter(about__in=list(subjects)).order_by("about", "-pk")
    return {
        row.about: row.reason
        for row in last.distinct("about")
        if row.status == NoticeStatus.REFUSED
    }
