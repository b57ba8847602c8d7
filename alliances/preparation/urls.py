"""Addresses of profiles in preparation, their producers, studies and imports, and consultants."""

from django.urls import path

from alliances.preparation.views import (
    consultants,
    corrections,
    eligibility,
    imports,
    producers,
    profiles,
    study,
)

urlpatterns = [
    path("perfiles/", profiles.profile_list, name="profile-list"),
    path("perfiles/nuevo/", profiles.profile_create, name="profile-create"),
    path("alianzas/<str:code>/perfil/", profiles.profile_edit, name="profile-edit"),
    path("alianzas/<str:code>/por-corregir/", profiles.to_mend, name="profile-to-mend"),
    path("productores/", producers.all_producers, name="all-producers"),
    path("productores/<int:pk>/", producers.producer_detail, name="producer-detail"),
    path("alianzas/<str:code>/productores/", producers.producer_list, name="producer-list"),
    path(
        "alianzas/<str:code>/productores/nuevo/", producers.producer_create, name="producer-create"
    ),
    path(
        "alianzas/<str:code>/productores/<int:pk>/", producers.producer_edit, name="producer-edit"
    ),
    path(
        "alianzas/<str:code>/productores/<int:pk>/retirar/",
        producers.producer_remove,
        name="producer-remove",
    ),
    path(
        "alianzas/<str:code>/productores/<int:pk>/documento/",
        producers.producer_reveal,
        name="producer-reveal",
    ),
    path("alianzas/<str:code>/gerente/terminar/", producers.manager_end, name="manager-end"),
    path("alianzas/<str:code>/gerente/", producers.manager_create, name="manager-create"),
    path("alianzas/<str:code>/elegibilidad/", eligibility.eligibility, name="eligibility"),
    path("alianzas/<str:code>/elegibilidad/declarar/", eligibility.verify, name="verify"),
    path("alianzas/<str:code>/elegibilidad/revisar/", eligibility.check, name="profile-check"),
    path("alianzas/<str:code>/estudio/", study.study, name="study"),
    path("perfiles/importar/", imports.import_upload, name="import-profiles"),
    path("perfiles/importar/plantilla.xlsx", imports.import_template, name="import-template"),
    path("perfiles/importar/<uuid:key>/", imports.import_preview, name="import-preview"),
    path("perfiles/importar/<uuid:key>/importar/", imports.import_confirm, name="import-confirm"),
    path("perfiles/importaciones/<int:pk>/", imports.import_detail, name="import-detail"),
    path("perfiles/importaciones/<int:pk>/codigos.csv", imports.import_codes, name="import-codes"),
    path("perfiles/libro.xlsx", corrections.export_profiles, name="profiles-export"),
    path("perfiles/corregir/", corrections.upload, name="profiles-correct"),
    path("perfiles/corregir/<uuid:key>/", corrections.preview, name="corrections-preview"),
    path("perfiles/corregir/<uuid:key>/hacer/", corrections.confirm, name="corrections-confirm"),
    path(
        "alianzas/<str:code>/productores/libro.xlsx",
        corrections.export_profile,
        name="profile-export",
    ),
    path("alianzas/<str:code>/productores/libro/", corrections.upload, name="profile-correct"),
    path("perfiles/importar/<uuid:key>/marcado.xlsx", imports.import_marked, name="import-marked"),
    path("alianzas/<str:code>/consultor/", consultants.adviser_appoint, name="adviser-appoint"),
    path("consultores/", consultants.consultant_list, name="consultant-list"),
    path("consultores/<int:pk>/", consultants.consultant_detail, name="consultant-detail"),
    path(
        "consultores/<int:pk>/credenciales/nueva/",
        consultants.credential_create,
        name="credential-create",
    ),
    path(
        "consultores/credenciales/<int:pk>/verificar/",
        consultants.credential_verify,
        name="credential-verify",
    ),
]
