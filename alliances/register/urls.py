"""Addresses of bodies and people."""

from django.urls import path

from alliances.register import views

urlpatterns = [
    path("entidades/", views.body_list, name="body-list"),
    path("entidades/nueva/", views.body_create, name="body-create"),
    path("entidades/<int:pk>/", views.body_detail, name="body-detail"),
    path("entidades/<int:pk>/cambiar/", views.body_change, name="body-change"),
    path("personas/", views.person_list, name="person-list"),
    path("personas/revision/", views.membership_review, name="membership-review"),
    path("personas/<int:pk>/", views.person_detail, name="person-detail"),
    path("membresias/<int:pk>/terminar/", views.membership_end, name="membership-end"),
]
