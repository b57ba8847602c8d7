"""Addresses of the queue, of requests and of an alliance's money."""

from django.urls import path

from fiduciary.disbursements.views import money, queue, requests

urlpatterns = [
    path("desembolsos/", queue.request_list, name="request-list"),
    path("desembolsos/<int:pk>/", requests.request_detail, name="request-detail"),
    path("desembolsos/<int:pk>/revisar/", requests.request_review, name="request-review"),
    path("desembolsos/<int:pk>/no-objetar/", requests.request_clear, name="request-clear"),
    path("desembolsos/<int:pk>/aprobar/", requests.request_approve, name="request-approve"),
    path("desembolsos/<int:pk>/devolver/", requests.request_return, name="request-return"),
    path("desembolsos/<int:pk>/pagar/", requests.request_pay, name="request-pay"),
    path("desembolsos/<int:pk>/anular/", requests.request_cancel, name="request-cancel"),
    path("desembolsos/<int:pk>/corregir/", requests.request_correct, name="request-correct"),
    path("desembolsos/<int:pk>/reenviar/", requests.request_resubmit, name="request-resubmit"),
    path("alianzas/<str:code>/dinero/", money.alliance_money, name="alliance-money"),
    path("alianzas/<str:code>/desembolsos/nuevo/", requests.request_new, name="request-new"),
    path("alianzas/<str:code>/plan/nuevo/", money.budget_line_new, name="budget-line-new"),
    path("alianzas/<str:code>/ventanas/", money.window_override, name="window-override"),
]
