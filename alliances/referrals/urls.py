"""Addresses of referrals, within their alliance."""

from django.urls import path

from alliances.referrals import views

urlpatterns = [
    path("alianzas/<str:code>/remitir/", views.referral_create, name="referral-create"),
    path(
        "alianzas/<str:code>/remisiones/<int:pk>/respuesta/",
        views.referral_answer,
        name="referral-answer",
    ),
]
