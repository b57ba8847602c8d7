"""Which documents a membership may read: those of the alliances it sees, people's data apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from alliances.documents.models import PERSONAL_KINDS, Document, DocumentVersion
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.lists import in_full
from kit.names import by_name

#: Roles whose work needs people's own data (identity, land, accounts); the others decide without.
PERSONAL_READERS = frozenset(
    {
        Role.EIP,
        Role.OGR,
        Role.CONSULTANT,
        Role.OGA,
        Role.TRUSTEE,
        Role.MANAGER,
        Role.ORGANISATION,
    }
)


def documents_visible_to(membership: Membership) -> QuerySet[Document]:
    """The documents this membership may read; for anything else a page answers 404.

    A document of no alliance is read by the organisation that brought it and by the EIP. What
    shows people's own data is read by those who need it and by whoever brought it.
    """
    brought = DocumentVersion.objects.filter(document=OuterRef("pk"))
    by_them = Exists(brought.filter(uploaded_by__user=membership.user_id))
    by_theirs = Exists(brought.filter(uploaded_by__organisation=membership.organisation_id))
    of_none = Q(alliance__isnull=True)
    documents = Document.objects.filter(
        Q(alliance__in=alliances_visible_to(membership))
        | (of_none if membership.role == Role.EIP else of_none & Q(by_theirs))
    )
    if membership.role in PERSONAL_READERS:
        return documents
    return documents.filter(~Q(kind__in=PERSONAL_KINDS) | Q(by_them))


def versions_visible_to(membership: Membership) -> QuerySet[DocumentVersion]:
    """The versions of the documents this membership may read."""
    return DocumentVersion.objects.filter(document__in=documents_visible_to(membership))


def latest_versions(membership: Membership) -> QuerySet[DocumentVersion]:
    """The latest version of each document that this membership may read: bare."""
    later = DocumentVersion.objects.filter(
        document=OuterRef("document"), number__gt=OuterRef("number")
    )
    return versions_visible_to(membership).exclude(Exists(later))


def version_rows(versions: Iterable[DocumentVersion]) -> list[DocumentVersion]:
    """A page of ``latest_versions`` with the names that a list shows."""
    related = ("document__alliance", "uploaded_by__user", "uploaded_by__organisation")
    return in_full(versions, DocumentVersion.objects.select_related(*related))


def with_versions(documents: QuerySet[Document]) -> QuerySet[Document]:
    """The documents with their versions and who brought them, latest first."""
    versions = DocumentVersion.objects.select_related(
        "uploaded_by__user", "uploaded_by__organisation"
    ).order_by("-number")
    return documents.prefetch_related(Prefetch("versions", queryset=versions))


def documents_of(alliance: Alliance, membership: Membership) -> QuerySet[Document]:
    """The alliance's documents that this membership may read, with versions, latest first."""
    visible = documents_visible_to(membership).filter(alliance=alliance)
    return with_versions(visible).order_by("kind", *by_name("title"), "pk")


@dataclass(frozen=True)
class DocumentRow:
    """A document as a list shows it: its versions, latest first, and whether I may replace it."""

    document: Document
    latest: DocumentVersion
    earlier: tuple[DocumentVersion, ...]
    may_replace: bool


def document_rows(documents: Iterable[Document], organisation_id: int | None) -> list[DocumentRow]:
    """Rows for a list of ``documents_of``; ``organisation_id`` is of who may write, else None."""
    rows = []
    for document in documents:
        latest, *earlier = document.versions.all()
        first = earlier[-1] if earlier else latest
        may_replace = first.uploaded_by.organisation_id == organisation_id
        rows.append(DocumentRow(document, latest, tuple(earlier), may_replace))
    return rows
