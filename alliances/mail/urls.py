"""Addresses of mail."""

from django.urls import path

from alliances.mail import views

urlpatterns = [path("cuenta/mensajes/", views.notices, name="messages")]
