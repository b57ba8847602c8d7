"""Addresses of documents: all, those of an alliance, one, a new version, one file."""

from django.urls import path

from alliances.documents import views

urlpatterns = [
    path("documentos/", views.all_documents, name="all-documents"),
    path("documentos/<int:document>/", views.document_detail, name="document-detail"),
    path("alianzas/<str:code>/documentos/", views.document_list, name="document-list"),
    path(
        "alianzas/<str:code>/documentos/<int:pk>/version/",
        views.document_version,
        name="document-version",
    ),
    path("documentos/archivos/<int:pk>/", views.download, name="document-download"),
    path(
        "documentos/archivos/<int:pk>/original/",
        views.download_original,
        name="document-original",
    ),
]
