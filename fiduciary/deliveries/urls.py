"""Addresses of deliveries."""

from django.urls import path

from fiduciary.deliveries import views

urlpatterns = [
    path("alianzas/<str:code>/entregas/", views.alliance_deliveries, name="alliance-deliveries"),
    path("alianzas/<str:code>/entregas/nueva/", views.delivery_new, name="delivery-new"),
    path("alianzas/<str:code>/entregas/hoja/", views.delivery_sheet, name="delivery-sheet"),
]
