"""Addresses of the rotating fund."""

from django.urls import path

from fiduciary.fund import views

urlpatterns = [
    path("alianzas/<str:code>/fondo/", views.alliance_fund, name="alliance-fund"),
    path("alianzas/<str:code>/fondo/reglamento/", views.fund_rules, name="fund-rules"),
    path("alianzas/<str:code>/compromisos/nuevo/", views.commitment_new, name="commitment-new"),
    path("compromisos/<int:pk>/reintegro/", views.repayment_new, name="repayment-new"),
]
