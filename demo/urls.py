"""Addresses of the demonstration: those of the application, and the mailbox that only it has."""

from django.urls import path

from demo.mailbox import mailbox
from paap.urls import handler400, handler404, handler500
from paap.urls import urlpatterns as of_the_application

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *of_the_application,
    path("demostracion/correo/", mailbox, name="demo-mailbox"),
]
