"""Evidence that opens: one small PDF per document, written to the store like any upload."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from alliances.documents.models import Document, DocumentKind, DocumentVersion
from demo.ground.chance import Dice
from demo.ground.plan import Act, Hand, Profile
from demo.ground.writing import Ids, copy_in

DOCUMENT = ("id", "alliance_id", "kind", "title")
VERSION = (
    "id",
    "document_id",
    "number",
    "file",
    "original_name",
    "content_type",
    "size",
    "sha256",
    "uploaded_by_id",
    "uploaded_at",
    "key",
)


class Documents:
    """Files and rows in the making; ``discard`` takes the files back when the rows fail."""

    def __init__(self, ids: Ids, acts: list[Act], keys: Dice) -> None:
        self._ids, self._acts, self._keys = ids, acts, keys
        self._documents: list[tuple[Any, ...]] = []
        self._versions: list[tuple[Any, ...]] = []
        self.stored: list[str] = []

    def keep(
        self, profile: Profile, kind: DocumentKind, title: str, hand: Hand, at: datetime
    ) -> dict[str, Any]:
        """Store a document of the alliance and its act; gives what other acts say of it."""
        content = pdf_of([title, profile.code, profile.name, "Documento de demostración."])
        digest = sha256(content).hexdigest()
        document, version = self._ids(Document), self._ids(DocumentVersion)
        key = self._keys.key()
        name = f"documents/{key.hex[:2]}/{key.hex}"
        self._store(name, content)
        self._documents.append((document, profile.pk, str(kind), title))
        self._versions.append(
            (
                version,
                document,
                1,
                name,
                f"{kind}.pdf",
                "application/pdf",
                len(content),
                digest,
                hand.membership,
                at,
                key,
            )
        )
        evidence = {"version": version, "sha256": digest}
        said = {"document": document, "kind": str(kind), "number": 1, "documents": [evidence]}
        self._acts.append(Act(at, profile.pk, "upload_document", "", hand, data=said))
        return evidence

    def write(self) -> None:
        """Write the rows of what was kept since the last time."""
        copy_in(Document, DOCUMENT, self._documents)
        copy_in(DocumentVersion, VERSION, self._versions)
        self._documents.clear()
        self._versions.clear()

    def discard(self) -> None:
        """Remove every file that was stored."""
        for name in self.stored:
            default_storage.delete(name)

    def _store(self, name: str, content: bytes) -> None:
        if default_storage.exists(name):  # of an earlier portfolio of the same seed
            default_storage.delete(name)
        self.stored.append(default_storage.save(name, ContentFile(content)))


def pdf_of(lines: list[str]) -> bytes:
    """A page with these lines, as small as a valid PDF can be."""
    shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
    stream = f"BT /F1 14 Tf 60 760 Td 22 TL {shown}ET".encode("cp1252", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(body))
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
