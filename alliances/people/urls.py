"""Addresses about people and whom they act for."""

from django.urls import path

from alliances.people import views

urlpatterns = [
    path("actuar-por/", views.membership_switch, name="membership-switch"),
]
