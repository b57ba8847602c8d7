"""Visits for machines, the field team's telephones first: send one, read those you may see."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.field.forms import MAX_PHOTOS
from alliances.field.models import Visit
from alliances.field.selectors import visible_visits, with_counts_for, with_figures
from alliances.field.services import log_visit
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.access import acting_of
from kit.errors import NotAllowed
from kit.machines import KnownParameters, TidyField


class VisitSerializer(serializers.ModelSerializer):
    """A visit in figures; who came is not told here."""

    alliance = serializers.CharField(source="alliance.code")
    organisation = serializers.CharField(source="visited_by.organisation.name")
    attended = serializers.IntegerField(
        allow_null=True, help_text="Null where so few would be recognised by the caller."
    )
    adopted = serializers.IntegerField(
        allow_null=True, help_text="Null where it, or who else came, would be recognised."
    )
    photographs = serializers.IntegerField()

    class Meta:
        model = Visit
        fields = [
            "key",
            "alliance",
            "kind",
            "visited_on",
            "topic",
            "practice_taught",
            "practice_checked",
            "organisation",
            "attended",
            "adopted",
            "photographs",
            "logged_at",
        ]


class VisitLogSerializer(serializers.Serializer[dict[str, Any]]):
    """A visit to log; ``key`` sent twice is one visit."""

    key = serializers.UUIDField()
    membership = serializers.IntegerField(
        required=False, help_text="Whose telephone typed it; refused when another one sends it."
    )
    alliance = TidyField(help_text="Code of the alliance.")
    kind = serializers.ChoiceField(choices=Visit.Kind.choices)
    visited_on = serializers.DateField()
    topic = TidyField(max_length=160)
    notes = TidyField(max_length=4000, required=False, allow_blank=True, default="")
    practice_taught = TidyField(max_length=120, required=False, allow_blank=True, default="")
    practice_checked = TidyField(max_length=120, required=False, allow_blank=True, default="")
    attended = serializers.ListField(
        child=serializers.IntegerField(), default=list, help_text="Ids of producers."
    )
    adopted = serializers.ListField(
        child=serializers.IntegerField(), default=list, help_text="Ids among those who attended."
    )
    photos = serializers.ListField(
        child=serializers.FileField(), default=list, max_length=MAX_PHOTOS
    )


class VisitFilter(django_filters.FilterSet):
    """By alliance."""

    alliance = django_filters.CharFilter(field_name="alliance__code", label=_lazy("Its code."))

    class Meta:
        model = Visit
        fields = ["alliance"]


class VisitViewSet(KnownParameters, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Visits of the alliances the caller may see; those who accompany one may log its visits."""

    queryset = Visit.objects.none()
    serializer_class = VisitSerializer
    filterset_class = VisitFilter

    def get_queryset(self) -> QuerySet[Visit]:
        """Only visits of alliances this membership may see."""
        return visible_visits(acting_of(self.request))

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page of keys, and then what is told of those."""
        keys = super().paginate_queryset(queryset.values_list("pk", flat=True))
        return list(with_figures(Visit.objects.filter(pk__in=keys or [])))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Visits, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = with_counts_for(acting_of(request), page or [])
        return self.get_paginated_response(VisitSerializer(rows, many=True).data)

    @extend_schema(
        request=VisitLogSerializer, responses={201: VisitSerializer, 200: VisitSerializer}
    )
    def create(self, request: Request) -> Response:
        """Log a visit: 201 the first time, 200 when this key was logged before."""
        sent = VisitLogSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        acting, at = acting_of(request), now()
        answers = dict(sent.validated_data)
        if answers.pop("membership", acting.pk) != acting.pk:
            raise NotAllowed(
                _("Somebody else typed this visit on this telephone: it waits for them to sign in.")
            )
        visible = alliances_visible_to(acting)
        alliance = get_object_or_404(visible, code=answers.pop("alliance"))
        visit = log_visit(alliance_id=alliance.pk, acting=acting, at=at, **answers)
        shown = with_figures(visible_visits(acting).filter(pk=visit.pk))
        (stored,) = with_counts_for(acting, shown)
        body = VisitSerializer(stored).data
        is_new = visit.logged_at == at
        return Response(body, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


router_entries = [("visits", VisitViewSet, "visit")]
