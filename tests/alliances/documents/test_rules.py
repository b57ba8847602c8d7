"""What is kept as evidence and what is refused, each refusal for its own reason."""

import zipfile
from hashlib import sha256

import pytest
from django.utils import translation

from alliances.documents import rules
from alliances.documents.rules import RefusedFile, check_file, safe_name
from tests.alliances.documents.samples import (
    CSV,
    PDF,
    archive,
    picture,
    text_document,
    workbook,
)

LIMIT = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("acta.pdf", PDF, "application/pdf"),
        ("ACTA.PDF", PDF, "application/pdf"),
        ("foto.jpg", picture("JPEG"), "image/jpeg"),
        ("foto.jfif", picture("JPEG"), "image/jpeg"),
        ("foto.png", picture("PNG"), "image/png"),
        ("foto.webp", picture("WEBP"), "image/webp"),
        ("lista.xlsx", workbook(), OFFICE + "spreadsheetml.sheet"),
        ("acta.docx", text_document(), OFFICE + "wordprocessingml.document"),
        ("lista.csv", CSV, "text/csv"),
        ("lista.csv", CSV.decode().encode("cp1252"), "text/csv"),
        ("lista.csv", b"MZ;BM\n1;2\n", "text/csv"),  # headings that look like other formats
    ],
)
def test_good_files_are_kept(name: str, content: bytes, content_type: str) -> None:
    kept = check_file(name=name, content=content, limit=LIMIT)

    assert kept.name == name
    assert kept.content_type == content_type
    assert kept.size == len(content)
    assert kept.sha256 == sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("acta.pdf", b"", "empty"),
        ("acta.pdf", PDF + b" " * LIMIT, "the most that is kept is"),
        ("acta.exe", b"MZ\x90\x00" + bytes(100), "type that is not kept"),
        ("acta.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type that is not kept"),
        ("acta.html", b"<html></html>", "type that is not kept"),
        ("acta", PDF, "type that is not kept"),
        ("libro.xlsm", workbook(), "type that is not kept"),
        ("acta.pdf", b"MZ\x90\x00" + bytes(100), "is not PDF"),
        ("acta.pdf", b"just some words", "is not PDF"),
        ("acta.pdf", b"<html><script>alert(1)</script></html>", "is not PDF"),
        ("acta.pdf", workbook(), "is not PDF"),
        ("acta.pdf", PDF[:-8], "incomplete"),
        ("foto.png", picture("JPEG"), "is JPEG, not PNG"),
        ("foto.jpg", picture("WEBP"), "is WEBP, not JPEG"),
        ("foto.jpg", PDF, "is PDF, not JPEG"),
        ("foto.jpg", picture("JPEG", (400, 300))[:-9000], "damaged"),
        ("foto.png", picture("PNG", (400, 300))[:-9000], "damaged"),
        ("foto.webp", picture("WEBP", (400, 300))[:-9000], "damaged"),
        ("foto.jpg", b"\xff\xd8\xff\xe0" + bytes(500), "damaged"),
        ("lista.xlsx", text_document(), "not that of the file type"),
        ("acta.docx", workbook(), "not that of the file type"),
        ("lista.xlsx", archive({"a.txt": "a"}), "damaged"),
        ("lista.xlsx", archive({"[Content_Types].xml": "<a/>"}), "not that of the file type"),
        ("lista.xlsx", workbook()[:-200], "damaged"),
        ("lista.xlsx", b"PK\x03\x04" + bytes(300), "damaged"),
        ("lista.xlsx", CSV, "is not XLSX"),
        ("acta.docx", text_document(**{"word/vbaProject.bin": "x"}), "macros"),
        ("lista.csv", b"a;b\x00c\n", "plain text"),
        ("lista.csv", picture("PNG"), "plain text"),
        ("lista.csv", workbook(), "plain text"),
        ("lista.csv", b" \n<html><body>", "not that of the file type"),
        ("lista.csv", "\ufeff<?xml version='1.0'?>".encode(), "not that of the file type"),
    ],
)
def test_other_files_are_refused_with_their_reason(name: str, content: bytes, reason: str) -> None:
    with translation.override("en"), pytest.raises(RefusedFile, match=reason):
        check_file(name=name, content=content, limit=LIMIT)


def test_an_office_file_that_unpacks_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MAX_UNPACKED_BYTES", 1_000_000)
    content = text_document(**{"word/media.xml": "0" * 2_000_000})
    assert len(content) < 10_000

    with translation.override("en"), pytest.raises(RefusedFile, match="unpacks to far more"):
        check_file(name="acta.docx", content=content, limit=LIMIT)


def test_an_office_file_of_too_many_parts_is_refused() -> None:
    parts = {f"word/{number}.xml": "" for number in range(rules.MAX_PARTS)}

    with translation.override("en"), pytest.raises(RefusedFile, match="unpacks to far more"):
        check_file(name="acta.docx", content=text_document(**parts), limit=LIMIT)


def test_an_office_file_packed_in_a_strange_way_is_refused() -> None:
    content = archive({"[Content_Types].xml": "<a/>"}, compression=zipfile.ZIP_LZMA)

    with translation.override("en"), pytest.raises(RefusedFile, match="damaged"):
        check_file(name="acta.docx", content=content, limit=LIMIT)


def test_an_office_file_with_a_password_is_refused() -> None:
    content = bytearray(text_document())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        content[at + offset] |= 1  # the bit that says "encrypted"

    with translation.override("en"), pytest.raises(RefusedFile, match="password"):
        check_file(name="acta.docx", content=bytes(content), limit=LIMIT)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MAX_PIXELS", 64 * 48 - 1)

    with translation.override("en"), pytest.raises(RefusedFile, match="too many pixels"):
        check_file(name="foto.jpg", content=picture(), limit=LIMIT)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("acta.pdf", "acta.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\ana\\acta de visita.pdf", "acta de visita.pdf"),
        ("acta\u202efdp.exe", "actafdp.exe"),  # the mark that shows a name backwards
        ("acta\r\nSet-Cookie: a=b.pdf", "actaSet-Cookie_ a=b.pdf"),
        ('a"b<c>d|e?f*.pdf', "a_b_c_d_e_f_.pdf"),
        ("  acta   final . pdf ", "acta final.pdf"),
        (".pdf", "pdf"),
        ("...", "documento"),
        ("", "documento"),
        ("?.pdf", "_.pdf"),
        ("Peticio\u0301n.pdf", "Petición.pdf"),
        ("a" * 300 + ".pdf", "a" * 119 + "….pdf"),  # the cut is seen
        ("a." + "b" * 300, "a." + "b" * 10),
    ],
)
def test_a_name_is_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe
