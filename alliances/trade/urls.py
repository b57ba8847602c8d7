"""Addresses of the commercial agreement and the sales under it."""

from django.urls import path

from alliances.trade import views

urlpatterns = [
    path("alianzas/<str:code>/acuerdo/", views.agreement_detail, name="agreement"),
    path("alianzas/<str:code>/acuerdo/redactar/", views.agreement_write, name="agreement-write"),
    path(
        "alianzas/<str:code>/acuerdo/<int:pk>/firmar/", views.agreement_sign, name="agreement-sign"
    ),
    path(
        "alianzas/<str:code>/acuerdo/<int:pk>/terminar/", views.agreement_end, name="agreement-end"
    ),
    path("alianzas/<str:code>/aliado/", views.ally_replace, name="ally-replace"),
    path("ventas/anteriores/", views.former_sales, name="former-sales"),
    path("alianzas/<str:code>/ventas/prometer/", views.sale_promise, name="sale-promise"),
    path("alianzas/<str:code>/ventas/<int:pk>/entrega/", views.sale_record, name="sale-record"),
    path(
        "alianzas/<str:code>/ventas/<int:pk>/entrega/confirmar/",
        views.sale_receive,
        name="sale-receive",
    ),
    path("alianzas/<str:code>/ventas/<int:pk>/pago/", views.sale_pay, name="sale-pay"),
]
