"""Addresses of invitations."""

from django.urls import path

from alliances.invitations import views

urlpatterns = [
    path("invitacion/<str:token>/", views.invitation_accept, name="invitation-accept"),
    path("invitaciones/", views.invitation_list, name="invitation-list"),
    path("invitaciones/<int:pk>/confirmar/", views.invitation_confirm, name="invitation-confirm"),
    path("invitaciones/<int:pk>/enlace/", views.invitation_renew, name="invitation-renew"),
    path("invitaciones/<int:pk>/retirar/", views.invitation_withdraw, name="invitation-withdraw"),
    path("entidades/<int:pk>/invitar/", views.body_invite, name="body-invite"),
    path("personas/<int:pk>/rol/", views.person_role, name="person-role"),
]
