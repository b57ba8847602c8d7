"""Alliances for machines: read them, see what may be done and why not, and do it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate, now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.reasons import ReasonCode
from alliances.lifecycle.selectors import (
    Action,
    alliances_visible_to,
    history_of,
    who_may_act,
    with_names,
)
from alliances.lifecycle.table import Act
from alliances.overview.filters import AllianceFilter
from alliances.overview.rights import every_action
from alliances.overview.services import perform_act
from alliances.people.access import acting_of
from alliances.people.models import Membership
from kit.machines import KnownParameters, TidyField


class AllianceSerializer(serializers.ModelSerializer):
    """What anybody who may see the alliance sees of it."""

    call: "serializers.SlugRelatedField[Any]" = serializers.SlugRelatedField(
        slug_field="code", read_only=True
    )
    organisation: "serializers.StringRelatedField[Any]" = serializers.StringRelatedField()
    ally: "serializers.StringRelatedField[Any]" = serializers.StringRelatedField(allow_null=True)
    crop: "serializers.StringRelatedField[Any]" = serializers.StringRelatedField()
    municipality: "serializers.StringRelatedField[Any]" = serializers.StringRelatedField()
    department = serializers.CharField(source="municipality.department.name")

    class Meta:
        model = Alliance
        fields = [
            "code",
            "name",
            "call",
            "status",
            "status_since",
            "stage",
            "route",
            "organisation",
            "ally",
            "crop",
            "municipality",
            "department",
            "total_value_cop",
            "incentive_cop",
        ]


class ActionSerializer(serializers.Serializer[Action[Act]]):
    """One act that the present status lets happen, with the verdict for the caller.

    ``target``: the status it leads to; empty for what moves nothing. What an act asks of the
    thing it is done to (a signature that is missing, a step that comes first) is said when it is
    done.
    """

    verb = serializers.CharField()
    label = serializers.CharField(source="act.label")  # type: ignore[assignment]
    target = serializers.CharField(source="act.target", default="")
    duty = serializers.CharField(default="", allow_null=True)
    allowed = serializers.BooleanField(source="verdict.allowed")
    reason = serializers.CharField(source="verdict.reason")
    needs_reason = serializers.BooleanField(source="act.needs_reason")
    reasons = serializers.ListField(child=serializers.CharField(), source="act.reasons")
    needs_evidence = serializers.BooleanField(source="act.needs_evidence")


class AllianceDetailSerializer(AllianceSerializer):
    """The alliance with every act possible in its status and why each is or is not allowed."""

    allowed_actions = serializers.SerializerMethodField()

    class Meta(AllianceSerializer.Meta):
        fields = [*AllianceSerializer.Meta.fields, "allowed_actions"]

    @extend_schema(responses=ActionSerializer(many=True))
    def get_allowed_actions(self, alliance: Alliance) -> list[dict[str, Any]]:
        """Every act of every room that the present status lets happen."""
        return list(ActionSerializer(self.context["actions"], many=True).data)


class EventSerializer(serializers.ModelSerializer):
    """One link of the audit chain."""

    actor = serializers.CharField(source="actor.display_name", default="")
    organisation: "serializers.StringRelatedField[Any]" = serializers.StringRelatedField(
        allow_null=True
    )

    class Meta:
        model = Event
        fields = [
            "sequence",
            "verb",
            "duty",
            "actor",
            "organisation",
            "at",
            "from_status",
            "to_status",
            "reason",
            "previous_hash",
            "hash",
        ]


class ActSerializer(serializers.Serializer[dict[str, Any]]):
    """An act to perform; the same key sent twice is one act.

    ``seen`` is the ``version`` of the alliance that was read, to be refused if it has changed;
    ``reason_code`` is one of the ``reasons`` of the action.
    """

    verb = serializers.SlugField()
    reason_code = serializers.ChoiceField(
        choices=ReasonCode.choices, required=False, allow_blank=True, default=""
    )
    reason = TidyField(required=False, allow_blank=True, default="")
    key = serializers.UUIDField()
    seen = TidyField(required=False, allow_null=True, default=None, max_length=64)


class MemberSerializer(serializers.Serializer[Membership]):
    """A person who may act, in which role and for whom."""

    person = serializers.CharField(source="user.display_name")
    organisation = serializers.CharField(source="organisation.name")
    role = serializers.CharField()


class BarredSerializer(serializers.Serializer[Any]):
    """A person who may not act, and why."""

    person = serializers.CharField()
    reason = serializers.CharField()


class WhoMayActSerializer(serializers.Serializer[Any]):
    """The answer to «who may act now?» for one duty."""

    duty = serializers.CharField()
    eligible = MemberSerializer(many=True)
    barred = BarredSerializer(many=True)


class AllianceViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet):
    """Alliances the caller may see, their actions, their history and the acts of the table."""

    paged_actions = frozenset({"history"})
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    filterset_class = AllianceFilter
    queryset = Alliance.objects.none()
    serializer_class = AllianceSerializer

    def get_queryset(self) -> QuerySet[Alliance]:
        """Only what this membership may see."""
        return with_names(alliances_visible_to(acting_of(self.request))).order_by("code", "pk")

    @extend_schema(responses=AllianceDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The alliance with ``allowed_actions`` and their reasons."""
        return self._detail(self.get_object(), acting_of(request))

    @extend_schema(request=ActSerializer, responses=AllianceDetailSerializer)
    @action(detail=True, methods=["post"])
    def acts(self, request: Request, code: str) -> Response:
        """Perform one verb of the transition table."""
        alliance, acting = self.get_object(), acting_of(request)
        sent = ActSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        perform_act(alliance=alliance, acting=acting, at=now(), **sent.validated_data)
        return self._detail(self.get_object(), acting)

    @extend_schema(responses=EventSerializer(many=True), filters=False)
    @action(detail=True)
    def history(self, request: Request, code: str) -> Response:
        """The audit chain, newest first."""
        page = self.paginate_queryset(history_of(self.get_object()))
        return self.get_paginated_response(EventSerializer(page, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("duty", str, OpenApiParameter.PATH, enum=Duty.values)],
        responses=WhoMayActSerializer,
    )
    @action(detail=True, url_path=f"who-may-act/(?P<duty>{'|'.join(Duty.values)})")
    def who_may_act(self, request: Request, code: str, duty: str) -> Response:
        """Who may exercise a duty here today, and why the others may not."""
        alliance = self.get_object()
        answer = who_may_act(alliance, Duty(duty), localdate())
        barred = [{"person": str(row), "reason": reason} for row, reason in answer.barred]
        body = {"duty": duty, "eligible": answer.eligible, "barred": barred}
        return Response(WhoMayActSerializer(body).data)

    def _detail(self, alliance: Alliance, acting: Membership) -> Response:
        context = {
            "actions": every_action(alliance, acting),
            "request": self.request,
        }
        return Response(AllianceDetailSerializer(alliance, context=context).data)


router_entries = [("alliances", AllianceViewSet, "alliance")]
