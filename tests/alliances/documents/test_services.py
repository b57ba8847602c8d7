"""Keeping files: once, in a chain of versions, by those who may, and never half."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from pytest_django import Settings

from alliances.documents import services
from alliances.documents.models import Document, DocumentVersion
from alliances.documents.rules import RefusedFile
from alliances.documents.services import (
    DamagedDocument,
    add_version,
    atomic_with_files,
    open_document,
    upload_document,
)
from alliances.field.services import log_visit
from alliances.lifecycle.audit import verify_audit
from alliances.models import Event
from alliances.overview.services import perform_act
from alliances.preparation.services import StudyData, write_study
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.alliances.documents.conftest import Bring
from tests.alliances.documents.samples import PDF, picture
from tests.factories.alliances import AT, Cast, make_cast, make_membership

LATER = AT + timedelta(days=3)


def stored_files(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def pdf(number: int) -> bytes:
    return PDF + f"% {number}\n%%EOF\n".encode()


def revise(
    version: DocumentVersion, cast: Cast, content: bytes, **given: object
) -> DocumentVersion:
    values = {
        "document": version.document,
        "upload": SimpleUploadedFile("corregida.pdf", content),
        "acting": cast["organisation"],
        "at": LATER,
        "key": uuid4(),
    }
    return add_version(**(values | given))  # type: ignore[arg-type]


def test_an_upload_says_what_it_is_and_who_brought_it(bring: Bring, cast: Cast) -> None:
    version = bring(name="../Cotización final.pdf")

    version.refresh_from_db()
    assert (version.document.kind, version.document.title) == (
        "quote",
        "Cotización de fertilizante",
    )
    assert version.document.alliance == cast.alliance
    assert (version.number, version.original_name) == (1, "Cotización final.pdf")
    assert (version.content_type, version.size) == ("application/pdf", len(PDF))
    assert version.sha256 == sha256(PDF).hexdigest()
    assert (version.uploaded_by, version.uploaded_at) == (cast["organisation"], AT)


def test_nothing_of_its_name_is_left_on_the_disk(bring: Bring, store: Path) -> None:
    version = bring(name="cotización.pdf")

    (path,) = stored_files(store)
    assert path.read_bytes() == PDF
    assert path == store / version.file.name
    assert "cotiz" not in version.file.name
    assert path.suffix == ""


def test_an_upload_is_in_the_audit_chain(bring: Bring, cast: Cast) -> None:
    version = bring()

    event = Event.objects.filter(alliance=cast.alliance).latest("sequence")
    assert (event.verb, event.actor, event.organisation) == (
        "upload_document",
        cast["organisation"].user,
        cast["organisation"].organisation,
    )
    assert event.data["documents"] == [{"version": version.pk, "sha256": version.sha256}]
    assert verify_audit().broken == ()


def test_the_same_key_twice_is_one_upload(bring: Bring, store: Path) -> None:
    key = uuid4()

    first, second = bring(key=key), bring(key=key)

    assert first == second
    assert DocumentVersion.objects.count() == Document.objects.count() == 1
    assert Event.objects.filter(verb="upload_document").count() == 1
    assert len(stored_files(store)) == 1


def test_a_key_used_for_something_else_is_refused(bring: Bring, cast: Cast) -> None:
    key = uuid4()
    bring(key=key)

    for other in (
        {"content": pdf(2)},
        {"acting": cast["manager"]},
        {"alliance": None},
    ):
        with translation.override("en"), pytest.raises(Conflict, match="already used"):
            bring(key=key, **other)


@pytest.mark.django_db(transaction=True)
def test_the_same_upload_sent_by_two_connections_at_once_is_kept_once(store: Path) -> None:
    cast = make_cast()
    key, kept, start = uuid4(), [], threading.Barrier(2)

    def send() -> None:
        start.wait()
        try:
            version = upload_document(
                alliance=cast.alliance,
                kind="quote",
                title="Cotización",
                upload=SimpleUploadedFile("a.pdf", PDF),
                acting=cast["organisation"],
                at=AT,
                key=key,
            )
            kept.append(version.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kept) == 2
    assert len(set(kept)) == 1
    assert len(stored_files(store)) == 1


def test_versions_are_a_chain(bring: Bring, cast: Cast) -> None:
    first = bring()
    second = revise(first, cast, pdf(2))
    third = revise(first, cast, pdf(3))

    chain = list(first.document.versions.order_by("number"))
    assert chain == [first, second, third]
    assert [version.number for version in chain] == [1, 2, 3]
    assert [open_document(version=v, acting=cast["eip"], at=LATER) for v in chain] == [
        PDF,
        pdf(2),
        pdf(3),
    ]


def test_the_same_key_twice_is_one_version(bring: Bring, cast: Cast) -> None:
    first, key = bring(), uuid4()

    second = revise(first, cast, pdf(2), key=key)

    assert revise(first, cast, pdf(2), key=key) == second
    assert first.document.versions.count() == 2


def test_a_key_of_another_document_is_refused(bring: Bring, cast: Cast) -> None:
    key = uuid4()
    first, other = bring(key=key), bring(title="Otra")

    with translation.override("en"), pytest.raises(Conflict, match="already used"):
        revise(other, cast, PDF, key=key)
    assert first.document.versions.count() == other.document.versions.count() == 1


def test_the_same_file_is_no_new_version(bring: Bring, cast: Cast) -> None:
    first = bring()

    with translation.override("en"), pytest.raises(RefusedFile, match="same as version 1"):
        revise(first, cast, PDF)


def test_only_who_brought_a_document_replaces_it(bring: Bring, cast: Cast) -> None:
    first = bring()

    with translation.override("en"), pytest.raises(NotAllowed, match="Asociación Los Pastos"):
        revise(first, cast, pdf(2), acting=cast["ogr"])


@pytest.mark.parametrize("role", ["policy", "evaluator"])
def test_those_who_only_read_bring_nothing(bring: Bring, cast: Cast, role: str) -> None:
    with translation.override("en"), pytest.raises(NotAllowed, match="bring none"):
        bring(acting=cast[role])


def test_who_does_not_see_the_alliance_brings_nothing(
    bring: Bring, cast: Cast, store: Path
) -> None:
    with translation.override("en"), pytest.raises(NotAllowed, match="does not work with"):
        bring(acting=cast.outsider)

    assert not Document.objects.exists()
    assert stored_files(store) == []


def test_a_document_without_title_is_refused(bring: Bring, store: Path) -> None:
    with pytest.raises(ValidationError, match="title"):
        bring(title="   ")

    assert stored_files(store) == []


def test_a_refused_file_leaves_nothing(bring: Bring, store: Path) -> None:
    with pytest.raises(RefusedFile):
        bring(content=picture(), name="foto.pdf")

    assert not Document.objects.exists()
    assert stored_files(store) == []


class Unread(SimpleUploadedFile):
    """An upload that must not be read."""

    @property
    def read(self) -> object:
        raise AssertionError("it was read")


def test_an_oversized_file_is_refused_before_it_is_read(bring: Bring, settings: Settings) -> None:
    settings.DOCUMENT_MAX_BYTES = len(PDF) - 1

    with translation.override("en"), pytest.raises(RefusedFile, match="the most that is kept"):
        bring(upload=Unread("a.pdf", PDF))


def test_a_row_that_fails_takes_its_file_along(
    bring: Bring, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the event could not be written")

    monkeypatch.setattr(services, "_note", fail)

    with pytest.raises(RuntimeError):
        bring()

    assert stored_files(store) == []
    assert not Document.objects.exists()


def refused_act(cast: Cast) -> None:
    perform_act(
        alliance=cast.alliance,
        verb="approve",
        acting=cast["eip"],
        at=LATER,
        key=uuid4(),
        evidence=SimpleUploadedFile("acta.pdf", PDF),
    )


def refused_visit(cast: Cast) -> None:
    photos = [SimpleUploadedFile("1.jpg", picture("JPEG")), SimpleUploadedFile("2.jpg", b"no")]
    log_visit(
        alliance_id=cast.alliance.pk,
        kind="technical",
        visited_on=AT.date(),
        topic="Poda",
        acting=cast["oga"],
        at=LATER,
        key=uuid4(),
        photos=photos,
    )


def refused_study(cast: Cast) -> None:
    words = dict.fromkeys(("technical", "market", "social", "environmental", "organisational"), "x")
    amounts = dict.fromkeys(
        ("net_present_value_cop", "internal_rate_percent", "yearly_income_per_producer_cop"),
        Decimal(1),
    )
    write_study(
        alliance=cast.alliance,
        acting=cast["ogr"],
        at=LATER,
        data=StudyData(visited_on=LATER.date() + timedelta(days=1), **words, **amounts),
        document=SimpleUploadedFile("estudio.pdf", PDF),
    )


@pytest.mark.parametrize(
    ("status", "act"),
    [("viable", refused_act), ("executing", refused_visit), ("preparing", refused_study)],
)
def test_a_refused_act_takes_its_files_along(
    db: None, store: Path, status: str, act: Callable[[Cast], None]
) -> None:
    with pytest.raises((DomainError, ValidationError)):
        act(make_cast(status))

    assert stored_files(store) == []
    assert not Document.objects.exists()


def test_what_was_kept_before_a_refusal_stays_if_the_act_goes_on(bring: Bring, store: Path) -> None:
    @atomic_with_files()
    def refused() -> None:
        bring(content=pdf(2))
        raise RuntimeError

    with atomic_with_files():
        kept = bring()
        with pytest.raises(RuntimeError):
            refused()

    assert stored_files(store) == [store / kept.file.name]


def test_a_file_that_changed_in_the_store_is_not_given_out(
    bring: Bring, cast: Cast, store: Path
) -> None:
    version = bring()
    stored_files(store)[0].write_bytes(pdf(9))

    with translation.override("en"), pytest.raises(DamagedDocument, match="damaged"):
        open_document(version=version, acting=cast["eip"], at=LATER)


def test_a_file_that_is_gone_says_so(bring: Bring, cast: Cast, store: Path) -> None:
    version = bring()
    stored_files(store)[0].unlink()

    with translation.override("en"), pytest.raises(DamagedDocument, match="damaged"):
        open_document(version=version, acting=cast["eip"], at=LATER)


def test_reading_people_s_data_is_noted_and_other_reading_is_not(bring: Bring, cast: Cast) -> None:
    quote, identity = bring(), bring(kind="identity", title="Cédula")

    for version in (quote, identity):
        open_document(version=version, acting=cast["ogr"], at=LATER)

    (event,) = Event.objects.filter(verb="read_document")
    assert (event.actor, event.at, event.alliance) == (cast["ogr"].user, LATER, cast.alliance)
    assert event.data["documents"] == [{"version": identity.pk, "sha256": identity.sha256}]


def test_a_document_of_no_alliance_is_in_the_common_chain(bring: Bring, cast: Cast) -> None:
    consultant = make_membership("consultant", organisation=cast["ogr"].organisation)

    version = bring(alliance=None, kind="identity", title="Cédula", acting=consultant)
    open_document(version=version, acting=consultant, at=LATER)

    verbs = Event.objects.filter(chain=0, alliance=None).order_by("sequence")
    assert list(verbs.values_list("verb", flat=True)) == ["upload_document", "read_document"]
    assert verify_audit(chain=0).broken == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alliances_documentversion SET sha256 = repeat('0', 64)",
        "DELETE FROM alliances_documentversion",
        "TRUNCATE alliances_documentversion CASCADE",
        "UPDATE alliances_document SET kind = 'other'",
        "DELETE FROM alliances_document",
    ],
)
def test_the_database_refuses_to_change_what_was_kept(bring: Bring, statement: str) -> None:
    version = bring()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no deferred check

    with (
        pytest.raises(DatabaseError, match="never changed or removed"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    version.refresh_from_db()
    assert version.sha256 == sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"number": 1}, "documentversion_number"),
        ({"number": 0}, "documentversion_number_from_one"),
        ({"size": 0}, "documentversion_not_empty"),
        ({"sha256": "x" * 64}, "documentversion_sha256"),
        ({"file": None}, "documentversion_file"),
    ],
)
def test_the_database_refuses_a_wrong_version(
    bring: Bring, cast: Cast, change: dict[str, object], constraint: str
) -> None:
    first = bring()
    row = {
        "document": first.document,
        "number": 2,
        "file": "documents/x",
        "original_name": "a.pdf",
        "content_type": "application/pdf",
        "size": 1,
        "sha256": "0" * 64,
        "uploaded_by": cast["organisation"],
        "uploaded_at": AT,
    }
    row |= {"file": first.file.name} if change == {"file": None} else change

    with pytest.raises(DatabaseError, match=f"alliances_{constraint}"), transaction.atomic():
        DocumentVersion.objects.create(**row)


def test_a_file_sent_with_an_act_is_hashed_once(cast: Cast, store: Path) -> None:
    walked, read, content = make_cast("executing"), [], picture()

    class Counted(SimpleUploadedFile):
        def chunks(self, chunk_size: int | None = None):  # type: ignore[no-untyped-def]
            read.append(self.name)
            return super().chunks(chunk_size)

    photo = Counted("foto.jpg", content)
    log_visit(
        alliance_id=walked.alliance.pk,
        kind="technical",
        visited_on=AT.date(),
        topic="Siembra",
        photos=[photo],
        acting=walked["oga"],
        at=AT,
        key=uuid4(),
    )
    kept = DocumentVersion.objects.get()
    assert read == ["foto.jpg"]
    assert kept.sha256 == sha256(content).hexdigest()
