"""Small real files of every kind that is kept, made by the libraries that read them."""

import zipfile
from io import BytesIO

from openpyxl import Workbook
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
CSV = "código;nombre\n05001;Medellín\n".encode()
_TYPES = (
    '<?xml version="1.0"?><Types><Override PartName="/{part}" ContentType="application/'
    'vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
)


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = BytesIO()
    Image.effect_noise(size, 80).save(buffer, form)
    return buffer.getvalue()


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["código", "nombre"])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def archive(parts: dict[str, str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def text_document(**more: str) -> bytes:
    types = _TYPES.format(part="word/document.xml", kind="wordprocessingml.document")
    return archive({"[Content_Types].xml": types, "word/document.xml": "<w/>"} | more)
