"""How a refusal is told to machines (RFC 9457): one body for every status, and its schema."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from kit.errors import DomainError, InvalidFile

CONTENT_TYPE = "application/problem+json"
SCHEMA = {
    "type": "object",
    "description": "A refusal (RFC 9457), in words of the caller's language.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do."},
        "errors": {
            "type": "array",
            "description": "What is wrong with each field, where fields are.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
}
READING = {
    400: "A parameter that is not known or cannot be read.",
    403: "Not signed in, or this may not be read.",
    404: "No such thing, or none that the caller may see.",
}
WRITING = READING | {
    400: "A field that is missing, cannot be read or makes no sense.",
    403: "Not signed in, or this may not be done; the reason is said.",
    409: "Somebody did it first, or the key was used for something else.",
    413: "The body is larger than is accepted.",
    415: "The body is in no format that is read.",
}
ANYTHING = {
    503: "Something is busy or starting again: try again after Retry-After.",
    "default": "Any other refusal: 405, 406, 429 and whatever a proxy answers alike.",
}


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body of a refusal."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    return body | {"detail": detail} | ({"errors": errors} if errors else {})


def problem_of(error: DomainError) -> dict[str, Any]:
    """The body for a refusal of the domain, with the rows of a file that was refused."""
    rows = error.errors if isinstance(error, InvalidFile) else ()
    errors = [
        {"field": f"{row.sheet} {row.row} {row.column}".strip(), "detail": row.message}
        for row in rows
    ]
    return problem(error.status, error.message, errors)


def problem_in(status: int, data: Any) -> dict[str, Any]:
    """The body for what the framework says: a sentence, or messages by field, however nested."""
    if isinstance(data, dict) and list(data) == ["detail"] and isinstance(data["detail"], str):
        return problem(status, data["detail"])
    errors = [{"field": field, "detail": text} for field, text in _messages(data)]
    sentence = " ".join(dict.fromkeys(row["detail"] for row in errors))
    return problem(status, sentence or _("This cannot be read."), errors)


def _messages(data: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Each message with the way to its field: ``photos.0``; what concerns none has none."""
    if isinstance(data, dict):
        for name, inner in data.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _messages(inner, ".".join(filter(None, [field, step])))
    elif isinstance(data, list | tuple):
        for inner in data:
            yield from _messages(inner, field)
    elif str(data):
        yield field, str(data)


def document_problems(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """A hook of the schema's generator: every operation says how it may refuse."""
    result["components"]["schemas"]["Problem"] = SCHEMA
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            refusals = (READING if method == "get" else WRITING) | ANYTHING
            operation["responses"] |= {
                str(status): {"description": words, "content": content}
                for status, words in refusals.items()
            }
    return result
