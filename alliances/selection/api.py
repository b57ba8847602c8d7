"""Scores for machines: read them, with the same blindness as on the pages."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers, viewsets

from alliances.people.access import acting_of
from alliances.selection.models import Score, ScoreLine
from alliances.selection.selectors.scores import scores_visible_to
from kit.machines import KnownParameters


class ScoreLineSerializer(serializers.ModelSerializer):
    """One answer: the criterion, the points of the option and the reason."""

    criterion = serializers.CharField(source="criterion.name")
    weight = serializers.DecimalField(source="criterion.weight", max_digits=5, decimal_places=2)
    points = serializers.DecimalField(source="option.points", max_digits=5, decimal_places=2)

    class Meta:
        model = ScoreLine
        fields = ["criterion", "weight", "points", "comment"]


class ScoreSerializer(serializers.ModelSerializer):
    """A score, who gave it for whom, and its seal; the total is empty until it is sealed."""

    alliance = serializers.CharField(source="alliance.code")
    scorer = serializers.CharField(source="scorer.user.display_name")
    organisation = serializers.CharField(source="scorer.organisation.name")
    lines = ScoreLineSerializer(many=True)

    class Meta:
        model = Score
        fields = [
            "id",
            "alliance",
            "kind",
            "scorer",
            "organisation",
            "started_at",
            "sealed_at",
            "total",
            "seal",
            "lines",
        ]


class ScoreViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet[Score]):
    """Scores the caller may read; ``?alliance__code=`` narrows them to one alliance."""

    filterset_fields = ["alliance__code", "kind"]
    queryset = Score.objects.none()
    serializer_class = ScoreSerializer

    def get_queryset(self) -> QuerySet[Score]:
        """One's own, and others' sealed ones once they can no longer sway anybody."""
        lines = ScoreLine.objects.select_related("criterion", "option").order_by(
            "criterion__position"
        )
        return (
            scores_visible_to(acting_of(self.request))
            .select_related("alliance", "scorer__user", "scorer__organisation")
            .prefetch_related(Prefetch("lines", queryset=lines))
            .order_by("-started_at", "pk")
        )


router_entries: list[tuple[str, type[Any], str]] = [("scores", ScoreViewSet, "score")]
