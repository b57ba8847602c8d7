"""Every odd file through every door: read right, or refused in words; nothing of it is kept."""

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from alliances.models import ProfileUpload
from alliances.preparation.services import stage_profiles
from evaluation.models import SurveyImport
from evaluation.surveys.services import receive_file
from kit.errors import InvalidFile
from kit.files import reading
from tests.factories.alliances import AT, make_call, make_membership
from tests.factories.evaluation import make_wave
from tests.kit.files.odd_files import RIGHT, WRONG

pytestmark = pytest.mark.django_db
#: A door that does not take a kind of file at all says which it takes.
OTHER_KIND = re.compile(r"Only (CSV|XLSX)|only \.csv")
built = cache(lambda kind: (RIGHT | WRONG)[kind].build())


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"), time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(scope="module", autouse=True)
def the_same_question_is_answered_once() -> Iterator[None]:
    """A page asks the child what its service does: of the same file the answer is the same."""
    run = cache(reading.run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "run", lambda command, question: run(tuple(command), question))
        yield


class Inside:
    """What the doors lead to, and who comes through them; a folder for the one that reads there."""

    def __init__(self, folder: Path) -> None:
        self.call = make_call("2026")
        self.ogr, self.evaluator = make_membership("ogr"), make_membership("evaluator")
        self.wave = make_wave(self.evaluator)
        self.wave.variables.create(name="ventas", label="Ventas", kind="number", position=99)
        self.folder = folder


class Door:
    """A way in: ``refused`` gives the words of its refusal, empty where the file was taken."""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside

    def refused(self, name: str, content: bytes) -> str:
        raise NotImplementedError

    def post(self, url: str, member, name: str, content: bytes, **sent) -> str:
        """Send it as a page does; what the page says, or the page after it when it was taken."""
        client = Client(headers={"accept-language": "en"}, raise_request_exception=True)
        client.force_login(member.user)
        file = SimpleUploadedFile(name, content)
        answer = client.post(url, {"file": file, **sent}, follow=True)
        assert answer.redirect_chain or answer.status_code == 422
        return html.unescape(answer.content.decode())


class ProfilePage(Door):
    def refused(self, name, content):
        url = reverse("alliances:import-profiles")
        return self.post(url, self.inside.ogr, name, content, call=self.inside.call.pk)


class ProfileService(Door):
    def refused(self, name, content):
        with pytest.raises(InvalidFile) as refusal:
            stage_profiles(
                call=self.inside.call,
                file_name=name,
                content=content,
                acting=self.inside.ogr,
                at=AT,
            )
        return "\n".join([refusal.value.message, *(e.message for e in refusal.value.errors)])


class SurveyPage(Door):
    def refused(self, name, content):
        url = reverse("evaluation:import-create", args=[self.inside.wave.code])
        return self.post(url, self.inside.evaluator, name, content)


class SurveyService(Door):
    def refused(self, name, content):
        try:
            receive_file(
                wave_id=self.inside.wave.pk,
                file_name=name,
                content=content,
                acting=self.inside.evaluator,
                at=AT,
            )
        except InvalidFile as error:
            return "\n".join([error.message, *(each.message for each in error.errors)])
        return ""


class Command(Door):
    def refused(self, name, content):
        path = self.inside.folder / Path(name).name
        path.write_bytes(content)
        with pytest.raises(CommandError) as refusal:
            call_command(
                "estimate_rd",
                str(path),
                "--outcome",
                "ventas",
                "--score",
                "documento",
                "--cutoff",
                "1085.5",
                "--decimal",
                ",",
            )
        return str(refusal.value)


DOORS = {
    "profile page": ProfilePage,
    "profile service": ProfileService,
    "survey page": SurveyPage,
    "survey service": SurveyService,
    "estimate_rd": Command,
}


@pytest.fixture(scope="module")
def inside(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Inside:
    return Inside(tmp_path_factory.mktemp("files"))


@pytest.fixture(params=DOORS)
def door(request, inside: Inside) -> Door:
    return DOORS[request.param](inside)


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_refused_in_words_at_every_door(door, kind):
    wrong = WRONG[kind]

    said = door.refused(wrong.name, built(kind))

    if not wrong.is_grid:
        assert wrong.says in said or OTHER_KIND.search(said)
        assert not SurveyImport.objects.exists()
    elif isinstance(door, Command):
        assert wrong.says in said or OTHER_KIND.search(said)
    elif isinstance(door, SurveyPage):
        assert wrong.says in said  # at the door, or on the page where its columns are given
    assert not ProfileUpload.objects.filter(is_wrong=False).exists()


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_file_is_read_at_every_door(door, kind):
    right = RIGHT[kind]

    said = door.refused(right.name, built(kind))

    if isinstance(door, SurveyPage | SurveyService):
        assert SurveyImport.objects.get().rows == 2
        assert set(SurveyImport.objects.get().mapping) == {"documento", "ventas", "situación"}
    elif isinstance(door, Command):
        assert "Not estimable" in said or OTHER_KIND.search(said)
    else:
        assert re.search("headings were not found|is missing; the file has|Only CSV", said)
