"""What a file must be to be kept as evidence: judged by its content, never by its name. Pure.

Every format is opened, not only recognised: a photograph cut short by a bad connection, a
workbook that unpacks to gigabytes and a program renamed to ``.pdf`` are all refused.
"""

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath

import puremagic
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from kit.errors import DomainError
from kit.text import shortened

MAX_PIXELS = 60_000_000
MAX_PARTS = 5_000  # files inside an office document
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_NAME_LENGTH = 120  # without the extension
MAX_EXTENSION_LENGTH = 10
UNNAMED = "documento"
MAX_TYPES_BYTES = 1024 * 1024
DAMAGED_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    ValueError,
)
PDF_END_BYTES = 4096  # where a complete PDF says that it ends
MARKUP_STARTS = ("<", "{\\rtf", "%PDF", "%!PS")


class RefusedFile(DomainError):
    """The file cannot be kept; the message says why and what to do."""


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: a name safe to show and to save under, and what it is."""

    name: str
    content_type: str
    size: int
    sha256: str


def check_size(size: int, limit: int) -> None:
    """Raise RefusedFile for an empty file or one above ``limit`` bytes."""
    if size <= 0:
        raise RefusedFile(_("The file is empty."))
    if size > limit:
        raise RefusedFile(
            _("The file has %(size)s and the most that is kept is %(limit)s.")
            % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
        )


def check_file(*, name: str, content: bytes, limit: int, digest: str = "") -> CheckedFile:
    """What to keep about the file, whose SHA-256 may be known already.

    Raises RefusedFile when it is not what it says it is.
    """
    check_size(len(content), limit)
    clean = safe_name(name)
    extension = PurePosixPath(clean).suffix.lstrip(".").lower()
    form = next((form for form in FORMATS if extension in form.extensions), None)
    if form is None:
        raise RefusedFile(
            _("«%(name)s» is of a type that is not kept. Use %(types)s.")
            % {"name": clean, "types": ", ".join(form.label for form in FORMATS)}
        )
    if form.is_binary:
        _check_signature(clean, content, form)
    form.check(content)
    digest = digest or sha256(content).hexdigest()
    return CheckedFile(clean, form.content_type, len(content), digest)


def safe_name(name: str) -> str:
    """The file's own name without folders, invisible or reserved characters; never empty."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in base if unicodedata.category(c)[0] != "C")
    plain = re.sub(r'[<>:"|?*%;]', "_", " ".join(visible.split())).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return shortened(plain, MAX_NAME_LENGTH) or UNNAMED
    stem = shortened(stem.strip(". "), MAX_NAME_LENGTH) or UNNAMED
    return f"{stem}.{extension.strip()[:MAX_EXTENSION_LENGTH]}"


# -- Formats ------------------------------------------------------------------------------------
def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-PDF_END_BYTES:]:
        raise RefusedFile(_("The PDF is incomplete: scan or upload it again."))


def _check_image(content: bytes) -> None:
    """Read the whole picture, small where the format allows, to find what a header hides."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise RefusedFile(_("The picture has too many pixels: reduce it and try again."))
            picture.verify()
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            picture.draft("L", (256, 256))
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RefusedFile(_("The picture is damaged: take or upload it again.")) from error


def _check_workbook(content: bytes) -> None:
    _check_office(content, "xl/workbook.xml", b"spreadsheetml.sheet.main+xml")


def _check_text_document(content: bytes) -> None:
    _check_office(content, "word/document.xml", b"wordprocessingml.document.main+xml")


def _check_office(content: bytes, main_part: str, main_type: bytes) -> None:
    """An Office file is a ZIP: look at its table of contents before anybody unpacks it."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_archive(archive)
            names = set(archive.namelist())
            with archive.open("[Content_Types].xml") as part:
                types = part.read(MAX_TYPES_BYTES) if main_part in names else b""
    except DAMAGED_ARCHIVE as error:
        raise RefusedFile(_("The file is damaged and cannot be opened.")) from error
    if main_type not in types:
        raise RefusedFile(_("The content is not that of the file type in its name."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise RefusedFile(_("Files with macros are not kept: save it without them."))


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise RefusedFile(_("The file is damaged and cannot be opened."))
    if any(part.flag_bits & 1 for part in parts):
        raise RefusedFile(_("The file has a password: save it without one."))
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise RefusedFile(_("The file unpacks to far more than it should and is not opened."))


def _check_text(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if any(c == "�" or (c < " " and c not in "\t\r\n") for c in text):
        raise RefusedFile(_("The content is not plain text."))
    if text.lstrip().startswith(MARKUP_STARTS):
        raise RefusedFile(_("The content is not that of the file type in its name."))


@dataclass(frozen=True)
class Format:
    """A type of file that is kept, the names it goes by and how it is opened."""

    label: str
    extensions: tuple[str, ...]
    content_type: str
    check: Callable[[bytes], None]
    is_binary: bool = True


_OPEN_XML = "application/vnd.openxmlformats-officedocument."
FORMATS = (
    Format("PDF", ("pdf",), "application/pdf", _check_pdf),
    Format("JPEG", ("jpg", "jpeg", "jfif"), "image/jpeg", _check_image),
    Format("PNG", ("png",), "image/png", _check_image),
    Format("WEBP", ("webp",), "image/webp", _check_image),
    Format("XLSX", ("xlsx",), _OPEN_XML + "spreadsheetml.sheet", _check_workbook),
    Format("DOCX", ("docx",), _OPEN_XML + "wordprocessingml.document", _check_text_document),
    Format("CSV", ("csv",), "text/csv", _check_text, is_binary=False),
)
ACCEPTED_EXTENSIONS = tuple(f".{extension}" for form in FORMATS for extension in form.extensions)


def _check_signature(name: str, content: bytes, form: Format) -> None:
    """Raise RefusedFile unless the first bytes are those of the format that the name claims."""
    seen = _extensions_seen(content)
    if seen.isdisjoint(form.extensions):
        other = next(
            (format_ for format_ in FORMATS if not seen.isdisjoint(format_.extensions)), None
        )
        if other is None or other.content_type.startswith(_OPEN_XML):
            raise RefusedFile(
                _("The content of «%(name)s» is not %(type)s.") % {"name": name, "type": form.label}
            )
        raise RefusedFile(
            _("The content of «%(name)s» is %(found)s, not %(type)s: give it its right name.")
            % {"name": name, "found": other.label, "type": form.label}
        )


def _extensions_seen(content: bytes) -> set[str]:
    try:
        return {match.extension.lstrip(".") for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        return set()
