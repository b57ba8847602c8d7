"""Trusts for machines: a trustee's own system constitutes one when its contract is signed."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.access import acting_of
from fiduciary.trust.models import Trust
from fiduciary.trust.services import constitute_trust
from kit.machines import TidyField


class TrustSerializer(serializers.ModelSerializer[Trust]):
    """The trust of an alliance and who keeps it."""

    alliance: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    trustee: Any = serializers.StringRelatedField()

    class Meta:
        model = Trust
        fields = ["alliance", "trustee", "contract_number", "constituted_on"]
        read_only_fields = fields


class ConstituteSerializer(serializers.Serializer[dict[str, Any]]):
    """A signed contract; the same key sent twice is one trust."""

    alliance = TidyField(max_length=32)
    contract_number = TidyField(max_length=40)
    constituted_on = serializers.DateField()
    key = serializers.UUIDField()


class TrustViewSet(viewsets.GenericViewSet[Trust]):
    """Trusts, constituted by the trustee that was appointed to the alliance."""

    queryset = Trust.objects.none()
    serializer_class = TrustSerializer

    @extend_schema(request=ConstituteSerializer, responses={201: TrustSerializer})
    def create(self, request: Request) -> Response:
        """Constitute the trust of an alliance and move the alliance with it."""
        acting = acting_of(request)
        sent = ConstituteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        terms = sent.validated_data
        alliance = get_object_or_404(alliances_visible_to(acting), code=terms.pop("alliance"))
        trust = constitute_trust(alliance_id=alliance.pk, acting=acting, at=now(), **terms)
        return Response(TrustSerializer(trust).data, status=201)


router_entries = [("trusts", TrustViewSet, "trust")]
