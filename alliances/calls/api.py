"""Calls for machines: the rules as they were sealed, to read."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers, viewsets

from alliances.calls.models import Call, CallRegion, Criterion, CriterionOption, EligibilityRule
from alliances.calls.selectors import calls_visible_to
from alliances.people.access import acting_of
from kit.machines import KnownParameters
from kit.names import by_name


class RegionSerializer(serializers.ModelSerializer):
    """Money and cut-off of a call region."""

    class Meta:
        model = CallRegion
        fields = ["call_region", "budget_cop", "cutoff"]


class OptionSerializer(serializers.ModelSerializer):
    """One answer to a criterion."""

    class Meta:
        model = CriterionOption
        fields = ["points", "descriptor"]


class CriterionSerializer(serializers.ModelSerializer):
    """One criterion of the rubric with its options."""

    options = OptionSerializer(many=True)

    class Meta:
        model = Criterion
        fields = ["group", "position", "name", "guidance", "weight", "is_affirmative", "options"]


class LimitSerializer(serializers.ModelSerializer):
    """One eligibility limit, its source and how sure it is."""

    class Meta:
        model = EligibilityRule
        fields = ["code", "unit", "minimum", "maximum", "source", "confidence"]


class CallSerializer(serializers.ModelSerializer):
    """A call, its rules, and the seal over them."""

    regions = RegionSerializer(many=True)
    rubric = CriterionSerializer(many=True, source="criteria")
    eligibility = LimitSerializer(many=True)

    class Meta:
        model = Call
        fields = [
            "code",
            "name",
            "opens_on",
            "closes_on",
            "wage_year",
            "regime",
            "source",
            "rubric_source",
            "sealed_at",
            "rules_hash",
            "regions",
            "rubric",
            "eligibility",
        ]


class CallViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet[Call]):
    """Calls and their rules, latest first."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    filterset_fields = {"opens_on": ["gte", "lte"], "closes_on": ["gte", "lte"]}
    queryset = Call.objects.none()
    serializer_class = CallSerializer

    def get_queryset(self) -> QuerySet[Call]:
        """Only what this membership may see, each with its rules in a constant number of reads."""
        options = CriterionOption.objects.order_by("points")
        criteria = Criterion.objects.order_by("position").prefetch_related(
            Prefetch("options", queryset=options)
        )
        return (
            calls_visible_to(acting_of(self.request))
            .prefetch_related(
                Prefetch("regions", queryset=CallRegion.objects.order_by(*by_name("call_region"))),
                Prefetch("criteria", queryset=criteria),
                Prefetch("eligibility", queryset=EligibilityRule.objects.order_by("pk")),
            )
            .order_by("-opens_on", "pk")
        )


router_entries: list[tuple[str, type[Any], str]] = [("calls", CallViewSet, "call")]
