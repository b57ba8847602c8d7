"""A photograph tells nobody where the farm lies, save those who compare it with the farm."""

import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageCms, PngImagePlugin

from alliances.documents import pictures
from alliances.documents.models import DocumentVersion
from alliances.documents.pictures import UnreadablePicture, copy_without_metadata
from alliances.documents.services import (
    ORIGINAL_READERS,
    DamagedDocument,
    open_document,
    open_original,
)
from alliances.models import Event
from kit.errors import NotAllowed
from tests.alliances.documents.conftest import Bring
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import AT, READERS, Cast

LATER = AT + timedelta(days=3)
ORIENTATION, GPS, MAKE, LATITUDE = 0x0112, 0x8825, 0x010F, 2
#: What only metadata says, in every place where a telephone or a program may write it.
SECRET = b"1 13 12.5 N"
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
NAMES = {"JPEG": "finca.jpg", "PNG": "finca.png", "WEBP": "finca.webp"}


def telltale(form: str = "JPEG", *, orientation: int = 6, mode: str = "RGB") -> bytes:
    """A picture 64 wide and 32 high, red on its left half, that says where it was taken.

    Orientation 6 is a telephone held upright: shown, it is 32 wide and red above.
    """
    picture = Image.new(mode, (64, 32))
    picture.paste((200, 0, 0) if mode != "L" else 200, (0, 0, 32, 32))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, SECRET.decode()
    exif.get_ifd(GPS)[LATITUDE] = (1.0, 13.0, 12.5)
    more: dict[str, object] = {"exif": exif.tobytes()}
    if form in ("JPEG", "WEBP"):
        more["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        more["icc_profile"] = profile.tobytes()
    if form == "JPEG":
        more["comment"] = SECRET
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Location", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        more["pnginfo"] = text
    buffer = BytesIO()
    picture.save(buffer, form, **more)
    return buffer.getvalue() + (b"MotionPhoto" + SECRET if form == "JPEG" else b"")


def with_iptc(jpeg: bytes) -> bytes:
    """The same with a block of IPTC, which Pillow reads and does not write."""
    data = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(SECRET).to_bytes(4, "big") + SECRET
    return jpeg[:2] + b"\xff\xed" + (len(data) + 2).to_bytes(2, "big") + data + jpeg[2:]


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("form", TYPES)
def test_a_copy_says_nothing_but_its_pixels(form: str) -> None:
    original = with_iptc(telltale(form)) if form == "JPEG" else telltale(form)
    assert SECRET in original

    copy = copy_without_metadata(original, TYPES[form])

    picture = opened(copy)
    assert picture.format == form
    assert SECRET not in copy
    assert not picture.getexif()
    assert {"xmp", "comment", "icc_profile", "photoshop", "Location"}.isdisjoint(picture.info)


@pytest.mark.parametrize("form", TYPES)
def test_a_copy_is_upright(form: str) -> None:
    picture = opened(copy_without_metadata(telltale(form), TYPES[form])).convert("RGB")

    assert picture.size == (32, 64)
    above, below = picture.getpixel((16, 8)), picture.getpixel((16, 56))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert above[0] > 150 > 60 > below[0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_copied(mode: str) -> None:
    buffer = BytesIO()
    Image.new(mode, (8, 6)).save(buffer, "PNG")

    assert opened(copy_without_metadata(buffer.getvalue(), "image/png")).size == (8, 6)


def test_ink_becomes_light() -> None:
    buffer = BytesIO()
    Image.new("CMYK", (8, 6)).save(buffer, "JPEG")

    assert opened(copy_without_metadata(buffer.getvalue(), "image/jpeg")).mode == "RGB"


def test_a_huge_picture_is_copied_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_SIDE", 16)

    assert opened(copy_without_metadata(telltale(), "image/jpeg")).size == (8, 16)


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    """A PNG of a few bytes that says it is 40,000 by 40,000."""
    header = b"IHDR" + (40_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    crc = zlib.crc32(header).to_bytes(4, "big")
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + crc

    with pytest.raises(UnreadablePicture):
        copy_without_metadata(bomb, "image/png")


def test_what_the_camera_says_may_be_damaged() -> None:
    damaged = telltale().replace(b"Exif\0\0MM", b"Exif\0\0XX")

    assert SECRET not in copy_without_metadata(damaged, "image/jpeg")


# -- Who reads which -------------------------------------------------------------------------------
def photo(bring: Bring, cast: Cast, form: str = "JPEG", **given: object) -> DocumentVersion:
    values = {"kind": "visit_photo", "title": "Lote de papa", "acting": cast["oga"]} | given
    return bring(telltale(form), NAMES[form], **values)


@pytest.mark.parametrize("role", READERS)
def test_everybody_downloads_the_copy(bring: Bring, cast: Cast, role: str) -> None:
    version, client = photo(bring, cast), Client()
    client.force_login(cast[role].user)

    answer = client.get(reverse("alliances:document-download", args=[version.pk]))
    original = client.get(reverse("alliances:document-original", args=[version.pk]))

    assert (answer.status_code, SECRET in answer.content) == (200, False)
    assert original.status_code == (200 if role in ORIGINAL_READERS else 403)
    assert (SECRET in original.content) == (role in ORIGINAL_READERS)
    reads = Event.objects.filter(verb="read_original")
    assert [event.actor for event in reads] == (
        [cast[role].user] if role in ORIGINAL_READERS else []
    )


def test_the_list_leads_to_the_original_who_may_read_it(bring: Bring, cast: Cast) -> None:
    version = photo(bring, cast)
    url = reverse("alliances:document-original", args=[version.pk])
    pages = {}
    for role in ("oga", "evaluator"):
        client = Client()
        client.force_login(cast[role].user)
        pages[role] = client.get(reverse("alliances:document-list", args=[cast.alliance.code])).text

    assert url in pages["oga"]
    assert url not in pages["evaluator"]


def test_a_stranger_finds_no_original(bring: Bring, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.outsider.user)

    url = reverse("alliances:document-original", args=[photo(bring, cast).pk])

    assert client.get(url).status_code == 404


def test_a_copy_is_made_once(
    bring: Bring, cast: Cast, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = photo(bring, cast)
    first = open_document(version=version, acting=cast["evaluator"], at=LATER)
    monkeypatch.setattr("alliances.documents.services.copy_without_metadata", None)

    assert open_document(version=version, acting=cast["oga"], at=LATER) == first
    files = sorted(path.suffix for path in store.rglob("*") if path.is_file())
    assert files == ["", ".copy"]


def test_a_picture_that_is_damaged_in_the_store_is_not_served_from_its_copy(
    bring: Bring, cast: Cast, store: Path
) -> None:
    version = photo(bring, cast)
    open_document(version=version, acting=cast["oga"], at=LATER)
    (store / version.file.name).write_bytes(b"other")

    with pytest.raises(DamagedDocument):
        open_document(version=version, acting=cast["oga"], at=LATER)


def test_what_is_no_picture_is_read_as_it_was_uploaded(bring: Bring, cast: Cast) -> None:
    version = bring()

    assert open_document(version=version, acting=cast["evaluator"], at=LATER) == PDF
    with pytest.raises(NotAllowed):
        open_original(version=version, acting=cast["eip"], at=LATER)
