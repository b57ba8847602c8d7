"""Requests for machines: the queue by slack, what may be done and why not, and the acts."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate, now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.people.access import acting_of
from fiduciary.disbursements.filters import RequestFilter
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason, StepRecord
from fiduciary.disbursements.selectors import (
    RequestAction,
    actions_of,
    payee_document_for,
    requests_visible_to,
    return_reasons,
    stays_of,
)
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    clear_disbursement,
    pay_disbursement,
    return_disbursement,
)
from kit.machines import KnownParameters, TidyField


class RequestSerializer(serializers.ModelSerializer):
    """One row of the queue."""

    reference = serializers.CharField(read_only=True)
    alliance: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    crop: Any = serializers.StringRelatedField(allow_null=True)
    step = serializers.CharField(source="step.name", default="")

    class Meta:
        model = DisbursementRequest
        fields = [
            "id",
            "reference",
            "alliance",
            "description",
            "payee_name",
            "amount_cop",
            "status",
            "step",
            "step_since",
            "crop",
            "operation",
            "slack_state",
            "slack_days",
            "need_by_on",
            "forecast_p50_on",
            "forecast_p90_on",
            "next_need_by_on",
            "requested_at",
        ]


class RequestActionSerializer(serializers.Serializer[RequestAction]):
    """One act possible where the request stands, with the verdict for the caller."""

    verb = serializers.CharField()
    label: Any = serializers.CharField()
    allowed = serializers.BooleanField(source="verdict.allowed")
    reason = serializers.CharField(source="verdict.reason")


class StaySerializer(serializers.ModelSerializer):
    """One stay at a step: how long, how it ended and by whose hand."""

    step = serializers.CharField(source="step.name")
    by = serializers.CharField(source="by.display_name", default="")
    organisation: Any = serializers.StringRelatedField(allow_null=True)
    reason: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)

    class Meta:
        model = StepRecord
        fields = [
            "step",
            "entered_at",
            "left_at",
            "working_days",
            "outcome",
            "by",
            "organisation",
            "reason",
            "note",
        ]


class RequestDetailSerializer(RequestSerializer):
    """A request with its stays and every act possible now."""

    payee_document = serializers.SerializerMethodField(
        help_text="Whole for who asks, clears or pays; its last digits for the rest."
    )
    budget_line = serializers.CharField(source="budget_line.concept")
    stays = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()
    version = serializers.CharField(read_only=True)

    class Meta(RequestSerializer.Meta):
        fields = [
            *RequestSerializer.Meta.fields,
            "version",
            "payee_document",
            "budget_line",
            "delivery_lead_days",
            "contracting_lead_days",
            "window_starts_on",
            "window_ends_on",
            "window_source",
            "forecast_is_observed",
            "departure",
            "is_off_plan",
            "is_drawn",
            "needs_clearance",
            "cleared_at",
            "stays",
            "allowed_actions",
        ]

    def get_payee_document(self, request: DisbursementRequest) -> str:
        """The payee's number as the caller may read it."""
        return payee_document_for(request, self.context["acting"])

    @extend_schema(responses=StaySerializer(many=True))
    def get_stays(self, request: DisbursementRequest) -> list[dict[str, Any]]:
        """Every stay in order."""
        return list(StaySerializer(stays_of(request), many=True).data)

    @extend_schema(responses=RequestActionSerializer(many=True))
    def get_allowed_actions(self, request: DisbursementRequest) -> list[dict[str, Any]]:
        """Every act possible where the request stands, allowed to the caller or not."""
        return list(RequestActionSerializer(self.context["actions"], many=True).data)


class SeenSerializer(serializers.Serializer[dict[str, Any]]):
    """What every act sends: the same key twice is one act; ``seen`` is the ``version`` read."""

    key = serializers.UUIDField()
    seen = TidyField(required=False, max_length=16)


class ApproveSerializer(SeenSerializer):
    """An approval or a no objection."""

    note = TidyField(required=False, allow_blank=True, default="", max_length=1000)


class ReturnSerializer(ApproveSerializer):
    """A return with its reason code."""

    reason = serializers.SlugRelatedField(slug_field="code", queryset=ReturnReason.objects.all())


class PaySerializer(SeenSerializer):
    """A payment that the bank made."""

    paid_on = serializers.DateField()
    bank_reference = TidyField(max_length=80)
    despite = TidyField(
        required=False,
        allow_blank=True,
        default="",
        max_length=400,
        help_text="Why it is right although the bank reference was used before.",
    )


class ReasonSerializer(serializers.ModelSerializer):
    """A reason to return, with its name in the caller's language."""

    name = serializers.CharField()

    class Meta:
        model = ReturnReason
        fields = ["code", "name"]


class DisbursementViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet):
    """Requests the caller may see, the least slack first, and the acts on them."""

    queryset = DisbursementRequest.objects.none()
    serializer_class = RequestSerializer
    filterset_class = RequestFilter

    def get_queryset(self) -> QuerySet[DisbursementRequest]:
        """Only those of alliances this membership may see."""
        visible = requests_visible_to(acting_of(self.request)).by_slack()
        if self.action == "list":
            return visible.select_related("alliance", "crop", "step")
        return visible.with_names()

    @extend_schema(responses=RequestDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The request with its stays, ``allowed_actions`` and their reasons."""
        return self._detail(self.get_object())

    @extend_schema(request=ApproveSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: str) -> Response:
        """Give no objection: the trustee decides next."""
        return self._act(clear_disbursement, ApproveSerializer(data=request.data))

    @extend_schema(request=ApproveSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve and set the money aside."""
        return self._act(approve_disbursement, ApproveSerializer(data=request.data))

    @extend_schema(request=ReturnSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Send back with a reason code."""
        return self._act(return_disbursement, ReturnSerializer(data=request.data))

    @extend_schema(request=PaySerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Write down the payment that the bank made."""
        return self._act(pay_disbursement, PaySerializer(data=request.data))

    @extend_schema(responses=ReasonSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def reasons(self, request: Request) -> Response:
        """Reason codes that a return may carry."""
        return Response(ReasonSerializer(return_reasons(localdate()), many=True).data)

    def _act(
        self,
        service: Callable[..., DisbursementRequest],
        sent: serializers.Serializer[dict[str, Any]],
    ) -> Response:
        disbursement = self.get_object()
        sent.is_valid(raise_exception=True)
        service(
            request_id=disbursement.pk,
            acting=acting_of(self.request),
            at=now(),
            **sent.validated_data,
        )
        return self._detail(self.get_object())

    def _detail(self, disbursement: DisbursementRequest) -> Response:
        acting = acting_of(self.request)
        context = {
            "actions": actions_of(disbursement, acting),
            "acting": acting,
            "request": self.request,
        }
        return Response(RequestDetailSerializer(disbursement, context=context).data)


router_entries = [("disbursements", DisbursementViewSet, "disbursement")]
