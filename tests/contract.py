"""The word of the API: whether an answer is one that its schema promises."""

from copy import deepcopy
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

SCHEMA = SchemaGenerator().get_schema(public=True)
OPERATIONS = [
    (method, path) for path, methods in sorted(SCHEMA["paths"].items()) for method in methods
]


def _strict() -> dict[str, Any]:
    """The schema's components, in which an object has no more than it promises."""
    components = deepcopy(SCHEMA["components"])
    for component in components["schemas"].values():
        if "properties" in component:
            component.setdefault("additionalProperties", False)
    return {"components": components}


STRICT = _strict()


def broken(method: str, path: str, answer: HttpResponse) -> str:
    """How the answer breaks what the schema says of this operation; empty when it keeps it."""
    responses = SCHEMA["paths"][path][method]["responses"]
    promised = responses.get(str(answer.status_code), responses["default"])
    if answer.status_code < 400 and str(answer.status_code) not in responses:
        return f"{answer.status_code} is not promised"
    content = promised["content"]
    kind = answer.headers["Content-Type"].partition(";")[0]
    if kind not in content:
        return f"{kind} is not promised"
    schema = STRICT | content[kind]["schema"]
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return "; ".join(
        f"{error.json_path}: {error.message[:200]}"
        for error in validator.iter_errors(answer.json())  # type: ignore[attr-defined]
    )
