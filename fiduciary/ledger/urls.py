"""Addresses of the ledger: one movement can be undone."""

from django.urls import path

from fiduciary.ledger import views

urlpatterns = [
    path("movimientos/<int:pk>/reversar/", views.receipt_reverse, name="receipt-reverse"),
]
