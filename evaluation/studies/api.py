"""Studies for machines: list, read with their stamps, and power before data."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.pages import as_reader
from evaluation.studies.forms.power import PowerForm, power_of
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.selectors import studies
from evaluation.studies.stamps import stamps_of
from kit.machines import KnownParameters


class StudySerializer(serializers.ModelSerializer[Study]):
    """What a study asks, and what was known when it was frozen."""

    wave = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    stamps = serializers.SerializerMethodField()

    class Meta:
        model = Study
        fields = ["id", "kind", "title", "slug", "wave", "specification", "created_at", "stamps"]
        read_only_fields = fields

    def get_stamps(self, study: Study) -> dict[str, Any]:
        """What was known on freezing, and what it amends."""
        return stamps_of(study)


class StudyViewSet(
    KnownParameters,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Study],
):
    """Studies, for evaluators, the EIP and the ministry."""

    queryset = Study.objects.none()
    serializer_class = StudySerializer
    filterset_fields = ["kind"]

    def get_queryset(self) -> QuerySet[Study]:
        """Every study, newest first."""
        as_reader(self.request)
        return studies()

    def _known(self) -> list[str]:
        return [*PowerForm.base_fields] if self.action == "power" else super()._known()

    @extend_schema(
        parameters=[OpenApiParameter(name, float) for name in PowerForm.base_fields],
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True)
    def power(self, request: Request, pk: str) -> Response:
        """What effect an impact study could see, before any outcome is read."""
        study = self.get_object()
        if study.kind != StudyKind.IMPACT:
            raise NotFound
        form = PowerForm(request.query_params)
        if not form.is_valid():
            raise ValidationError(
                {name: list(map(str, messages)) for name, messages in form.errors.items()}
            )
        return Response(power_of(study, form.answers()).data())


router_entries = [("studies", StudyViewSet, "study")]
