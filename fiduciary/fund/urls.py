"""Addresses of the rotating fund."""

from django.urls import path

from fiduciary.fund import views

urlpatterns = [
    path("alianzas/<str:code>/fondo/", views.alliance_fund, name="alliance-fund"),
    path("alianzas/<str:code>/fondo/reglamento/", views.fund_rules, name="fund-rules"),
    path("alianzas/<str:code>/compromisos/nuevo/", views.commitment_new, name="commitment-new"),
    path("alianzas/<str:code>/compromisos/hoja/", views.commitment_sheet, name="commitment-sheet"),
    path("alianzas/<str:code>/reintegros/hoja/", views.repayment_sheet, name="repayment-sheet"),
    path("compromisos/<int:pk>/reintegro/", views.repayment_new, name="repayment-new"),
]
