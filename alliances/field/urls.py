"""Addresses of visits."""

from django.urls import path

from alliances.field import views

urlpatterns = [
    path("campo/", views.visit_list, name="visit-list"),
    path("alianzas/<str:code>/visitas/", views.alliance_visits, name="alliance-visits"),
    path("alianzas/<str:code>/visitas/nueva/", views.visit_new, name="visit-new"),
    path("alianzas/<str:code>/visitas/asignar/", views.visit_assign, name="visit-assign"),
    path(
        "alianzas/<str:code>/visitas/retirar/",
        views.visit_plan_withdraw,
        name="visit-plan-withdraw",
    ),
]
