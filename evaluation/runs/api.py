"""Runs for machines: list, read, launch, cancel."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.people.access import acting_of
from evaluation.access import can_evaluate
from evaluation.pages import as_reader
from evaluation.runs.hiding import for_programs
from evaluation.runs.models import Failure, Run
from evaluation.runs.selectors import runs, whole_runs
from evaluation.runs.services import cancel_run, note_reading, request_run
from evaluation.runs.tasks import nudge
from evaluation.studies.models import Study
from evaluation.studies.stamps import stamps_of
from kit.access import require
from kit.machines import KnownParameters


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run in a list: how far it is."""

    study_title = serializers.CharField(source="study.title", read_only=True)
    study_slug = serializers.CharField(source="study.slug", read_only=True)
    requested_by = serializers.CharField(source="requested_by.user.display_name", read_only=True)
    failure_reason = serializers.ChoiceField(
        choices=Failure.choices, allow_blank=True, read_only=True
    )

    class Meta:
        model = Run
        fields = [
            "id",
            "study",
            "study_title",
            "study_slug",
            "kind",
            "status",
            "phase",
            "percent",
            "attempt",
            "requested_by",
            "requested_at",
            "started_at",
            "finished_at",
            "failure_reason",
        ]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run whole: its card and the parts of its result, as far as they are there."""

    stamps = serializers.SerializerMethodField(
        help_text="What was known when the study was frozen, and what it amends."
    )
    headline = serializers.SerializerMethodField(help_text="The main numbers, a row each.")
    result = serializers.SerializerMethodField(
        help_text="Parts by name: for evaluators as they come in, for others with the headline."
    )

    class Meta(RunSerializer.Meta):
        fields = [
            *RunSerializer.Meta.fields,
            "specification",
            "seed",
            "fingerprint",
            "versions",
            "stamps",
            "headline",
            "result",
        ]
        read_only_fields = fields

    def get_stamps(self, run: Run) -> dict[str, Any]:
        """The stamps of its study."""
        return stamps_of(run.study)

    def get_headline(self, run: Run) -> list[dict[str, Any]]:
        """The headline of its kind; empty before there is one."""
        headline: list[dict[str, Any]] = self.context["headline"]
        return headline

    def get_result(self, run: Run) -> dict[str, Any]:
        """The parts that are stored, as far as this reader may see them."""
        return dict(self.context["result"])


class LaunchSerializer(serializers.Serializer[dict[str, Any]]):
    """A launch; the same key sent twice is one run."""

    study = serializers.IntegerField(min_value=1)
    key = serializers.UUIDField()


class RunViewSet(
    KnownParameters,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Run],
):
    """Runs of the studies, for evaluators, the EIP and the ministry."""

    queryset = Run.objects.none()
    serializer_class = RunSerializer
    filterset_fields = ["study", "status"]

    def get_queryset(self) -> QuerySet[Run]:
        """Every run, whole only where one is read."""
        as_reader(self.request)
        return runs() if self.action == "list" else whole_runs()

    @extend_schema(responses=RunDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One run with its specification and its result."""
        run, acting = self.get_object(), acting_of(request)
        headline, result = for_programs(run, whole=bool(can_evaluate(acting)))
        context = {"headline": headline, "result": result}
        body = RunDetailSerializer(run, context=context).data
        if result:
            note_reading(run=run, acting=acting, at=now())
        return Response(body)

    @extend_schema(request=LaunchSerializer, responses={201: RunSerializer})
    def create(self, request: Request) -> Response:
        """Launch a frozen study."""
        acting = acting_of(request)
        sent = LaunchSerializer(data=request.data)
        require(can_evaluate(acting))
        sent.is_valid(raise_exception=True)
        study = get_object_or_404(Study, pk=sent.validated_data["study"])
        run = request_run(
            study_id=study.pk,
            acting=acting,
            at=now(),
            key=sent.validated_data["key"],
        )
        nudge()
        return Response(RunSerializer(run).data, status=201)

    @extend_schema(request=None, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Ask a run to stop."""
        run = cancel_run(run_id=self.get_object().pk, acting=acting_of(request), at=now())
        return Response(RunSerializer(run).data)


router_entries = [("runs", RunViewSet, "run")]
