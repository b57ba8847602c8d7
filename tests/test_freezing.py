"""Every act that freezes says above its one button what can no longer be changed, and asks once.

The acts come from the tables of all rooms; each has here the page where it is done. One that is
missing fails.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.timezone import localdate

from alliances.lifecycle.registry import registered
from alliances.models import Alliance, Call, Event, Membership
from alliances.selection.services.deciding import DEPARTURES
from tests.alliances.documents.samples import PDF
from tests.alliances.trade.conftest import write
from tests.factories.alliances import Cast, make_call, make_cast, make_membership
from tests.factories.evaluation import make_study
from tests.factories.selection import make_answered_sheet, make_score
from tests.pages import Browser, posted_forms

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
FREEZING = {act.verb: act for act in registered() if act.freezes}


@dataclass(frozen=True)
class Scene:
    """Who does the act on which page, where its button sends, and what else they fill in."""

    acting: Membership
    page: str
    sends_to: str
    fills: dict[str, Any] = field(default_factory=dict)
    #: Figures that the list must give.
    told: tuple[str, ...] = ()


def of_alliance(name: str, alliance: Alliance, *args: object) -> str:
    return reverse(f"alliances:{name}", args=[alliance.code, *args])


def opening() -> Scene:
    call = make_call("NUEVA", sealed=False)
    Call.objects.filter(pk=call.pk).update(opens_on=localdate(), closes_on=localdate())
    page = reverse("alliances:call-detail", args=["NUEVA"])
    to = reverse("alliances:call-open", args=["NUEVA"])
    return Scene(make_membership("eip"), page, to, told=("1, $", "3", str(call.wage_year)))


def sealing(role: str) -> Callable[[], Scene]:
    def scene() -> Scene:
        cast = make_cast("eligible")
        make_answered_sheet(cast.alliance, cast[role])
        page = of_alliance("score-seal", cast.alliance)
        name = cast[role].user.display_name
        return Scene(cast[role], page, page, told=("3", name))

    return scene


def deciding(outcome: str) -> Callable[[], Scene]:
    def scene() -> Scene:
        cast = make_cast("scored")
        make_score(cast.alliance, 80)
        page = of_alliance("decide", cast.alliance)
        votes = {"outcome": outcome, "votes_for": 5, "votes_against": 0}
        why = {
            "reason_code": DEPARTURES[0].value,
            "reason": "Así lo votó el comité en su sesión",
            "minutes": SimpleUploadedFile("acta.pdf", PDF),
        }
        return Scene(cast["cir"], page, page, votes | why, told=("80,00", "70,00"))

    return scene


def signing() -> Scene:
    cast: Cast = make_cast("executing")
    agreement = write(cast)
    page = of_alliance("agreement", cast.alliance)
    to = of_alliance("agreement-sign", cast.alliance, agreement.pk)
    return Scene(cast["organisation"], page, to, told=("4.000 kg", "900", "1.400"))


def freezing() -> Scene:
    evaluator = make_membership("evaluator")
    study = make_study(evaluator, frozen=False)
    page = reverse("evaluation:study-detail", args=[study.pk])
    to = reverse("evaluation:study-freeze", args=[study.pk])
    return Scene(evaluator, page, to, told=(study.title, study.wave.title))


SCENES: dict[str, Callable[[], Scene]] = {
    "open_call": opening,
    "score": sealing("scorer"),
    "seal_verification": sealing("ogr"),
    "select": deciding("selected"),
    "waitlist": deciding("waitlisted"),
    "decline": deciding("declined"),
    "sign_agreement": signing,
    "freeze_study": freezing,
}


def test_every_act_that_seals_or_freezes_is_marked_in_its_table() -> None:
    seals = {act.verb for act in registered() if re.search(r"\b[Ss]eal|[Ff]reez", str(act.label))}
    seals |= {act.verb for act in registered() if re.search(r"seal|freez", act.verb)}
    assert seals <= FREEZING.keys()
    assert FREEZING.keys() == SCENES.keys()


@pytest.mark.parametrize("verb", sorted(FREEZING))
def test_it_says_what_it_freezes_and_asks_once(verb: str) -> None:
    scene, client = SCENES[verb](), Browser()
    client.force_login(scene.acting.user)
    html = client.get(scene.page).content.decode()
    lists = re.findall(r'<section class="freezes".*?</section>', html, re.S)

    assert len(lists) == 1, "one list of what freezes"
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", lists[0], re.S)
    assert len(pairs) >= 3
    assert all(strip_tags(term).strip() and strip_tags(value).strip() for term, value in pairs)
    values = strip_tags(" · ".join(value for _term, value in pairs)).replace("\xa0", " ")
    assert all(figure in values for figure in scene.told), (scene.told, values)
    assert lists[0].count("<button") == 1, "one button"
    assert len([to for to, _fields in posted_forms(html) if to == scene.sends_to]) == 1
    head, _list, _rest = html.partition(lists[0])
    inside_form = head.rfind("<form") > head.rfind("</form>")
    assert f'action="{scene.sends_to}"' in (
        head[head.rfind("<form") :] if inside_form else lists[0]
    )
    assert not re.search(r"hx-confirm|data-confirm|onsubmit|onclick", html)
    assert not Event.objects.filter(verb=verb).exists(), "to look freezes nothing"

    sent = next(fields for to, fields in posted_forms(html) if to == scene.sends_to)
    answer = client.post(scene.sends_to, sent | scene.fills)

    assert answer.status_code == 302, strip_tags(answer.content.decode())[-3000:]
    assert Event.objects.filter(verb=verb).count() == 1, "done at once: nothing asks again"


def test_no_other_page_freezes_anything() -> None:
    """Whatever sends to such an address stands inside the list of what it freezes."""
    addresses = {"call-open", "score-seal", "agreement-sign", "study-freeze", "decide"}
    sends = re.compile(r"action=\"{% url '\w+:(" + "|".join(sorted(addresses)) + r")'", re.S)
    told = {
        path.name
        for path in TEMPLATES.rglob("*.html")
        if sends.search(text := path.read_text(encoding="utf-8")) and "{% freezing " in text
    }
    senders = {
        path.name
        for path in TEMPLATES.rglob("*.html")
        if sends.search(path.read_text(encoding="utf-8"))
    }
    assert senders == told
    assert len(senders) == len(addresses)
