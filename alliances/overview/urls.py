"""Addresses of alliances and of the acts of the transition table."""

from django.urls import path

from alliances.overview import views

urlpatterns = [
    path("alianzas/", views.alliance_list, name="alliance-list"),
    path("alianzas/mias/", views.own_alliances, name="own-alliances"),
    path("alianzas/<str:code>/", views.alliance_detail, name="alliance-detail"),
    path("alianzas/<str:code>/historia/", views.alliance_history, name="alliance-history"),
    path("alianzas/<str:code>/actos/<slug:verb>/", views.alliance_act, name="alliance-act"),
    path("alianzas/<str:code>/quien-puede/<slug:duty>/", views.who_may, name="who-may-act"),
    path("alianzas/<str:code>/designar/", views.appoint_organisation, name="appoint"),
    path(
        "alianzas/<str:code>/designaciones/<int:pk>/terminar/",
        views.appointment_end,
        name="appointment-end",
    ),
    path("alianzas/<str:code>/intereses/", views.interest, name="declare-interest"),
]
