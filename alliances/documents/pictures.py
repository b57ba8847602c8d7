"""The copy of a photograph that people read: its pixels the right way up, and nothing else. Pure.

A photograph says where the farm lies, when and with whose telephone it was taken: in EXIF, XMP,
IPTC, comments, thumbnails, and what telephones write after the end of the picture.
Decision: only pixels are carried over. What is made from scratch keeps nothing that nobody
thought of, while a list of what to strip is always one block short.
"""

import struct
from io import BytesIO

from PIL import Image, ImageOps

from alliances.documents.rules import MAX_PIXELS

#: Formats of which a copy is made, by the type of content that is stored.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MAX_SIDE = 4096  # pixels: a photograph or a scanned page can still be read
QUALITY = 88
PLAIN_MODES = frozenset({"1", "L", "LA", "RGB", "RGBA"})


class UnreadablePicture(ValueError):
    """The pixels cannot be read, or there are too many of them."""


def copy_without_metadata(content: bytes, content_type: str) -> bytes:
    """The same picture in the same format, upright, without a word about it.

    Raises UnreadablePicture.
    """
    form = FORMATS[content_type]
    try:
        with Image.open(BytesIO(content), formats=(form,)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadablePicture
            bare = _bare(picture, form)
        copy = BytesIO()
        bare.save(copy, form, quality=QUALITY)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadablePicture from error
    return copy.getvalue()


def _bare(picture: Image.Image, form: str) -> Image.Image:
    """The pixels alone, small enough, as a mode that the format writes."""
    if form == "JPEG":
        picture.draft(None, (MAX_SIDE, MAX_SIDE))  # decodes less of a picture that is to shrink
    upright = _upright(picture)
    if upright.mode not in PLAIN_MODES or (form == "JPEG" and upright.mode == "RGBA"):
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    upright.info.clear()  # some formats write again what they read here: comments, profiles, text
    return upright


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held, or as it lies where what the camera says is damaged."""
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except (KeyError, SyntaxError, TypeError, ValueError, struct.error):
        return picture
