"""The programme for machines: the figures of its page, with what is hidden as null."""

from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from alliances.people.access import acting_of
from fiduciary.programme.forms import PartForm
from fiduciary.programme.selectors import ProgrammeTable, can_read_programme, programme_at
from kit.access import require
from kit.machines import KnownParameters
from kit.small_cells import THRESHOLD


class ProgrammeRowSerializer(serializers.Serializer[Any]):
    """A row of a table; ``figures`` by column, pesos as text, null where few would be told."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    figures = serializers.DictField(child=serializers.CharField(allow_null=True))


class ProgrammeTableSerializer(serializers.Serializer[Any]):
    """One table of the page."""

    name = serializers.CharField()
    title = serializers.CharField()
    rows = ProgrammeRowSerializer(many=True)


@extend_schema_serializer(many=False)
class ProgrammeSerializer(serializers.Serializer[Any]):
    """The part asked for; of fewer than ``threshold`` alliances or people nothing is told."""

    call = serializers.CharField(allow_null=True)
    department = serializers.CharField(allow_null=True)
    threshold = serializers.IntegerField()
    tables = ProgrammeTableSerializer(many=True)


class ProgrammeViewSet(KnownParameters):
    """The programme in aggregates."""

    serializer_class = ProgrammeSerializer
    pagination_class = None

    def _known(self) -> list[str]:
        return ["call", "department"]

    @extend_schema(
        parameters=[OpenApiParameter("call", str), OpenApiParameter("department", str)],
        responses=ProgrammeSerializer,
    )
    def list(self, request: Request) -> Response:
        """The tables of a call and a department, or of all."""
        require(can_read_programme(acting_of(request)))
        whole = programme_at(now())
        form = PartForm(request.query_params, calls=whole.calls, departments=whole.departments)
        if not form.is_valid():
            raise ValidationError(
                {name: [str(error) for error in errors] for name, errors in form.errors.items()}
            )
        call, department = form.place
        tables = [_as_data(table) for table in whole.tables_at(form.place)]
        body = {"call": call, "department": department, "threshold": THRESHOLD, "tables": tables}
        return Response(ProgrammeSerializer(body).data)


def _as_data(table: ProgrammeTable) -> dict[str, Any]:
    names = [name for name, _label, _unit in table.columns]
    rows = [
        {
            "name": row.name,
            "label": row.label,
            "figures": dict(zip(names, row.figures, strict=True)),
        }
        for row in table.rows
    ]
    return {"name": table.name, "title": table.title, "rows": rows}


router_entries: "list[tuple[str, type[Any], str]]" = [("programme", ProgrammeViewSet, "programme")]
