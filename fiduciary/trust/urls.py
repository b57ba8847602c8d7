"""Addresses of promises of money and of the trust."""

from django.urls import path

from fiduciary.trust import views

urlpatterns = [
    path("alianzas/<str:code>/dinero/barra/", views.alliance_money_bar, name="alliance-money-bar"),
    path("alianzas/<str:code>/aportes/nuevo/", views.contribution_new, name="contribution-new"),
    path("alianzas/<str:code>/fideicomiso/", views.trust, name="trust"),
    path("aportes/<int:pk>/retirar/", views.contribution_withdraw, name="contribution-withdraw"),
    path("aportes/<int:pk>/certificar/", views.contribution_certify, name="contribution-certify"),
    path("aportes/<int:pk>/recibir/", views.contribution_receive, name="contribution-receive"),
]
