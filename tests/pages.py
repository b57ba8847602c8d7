"""Reads the forms of a page as a browser would send them."""

from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from django.test import Client

Fields = dict[str, list[str]]


class Browser(Client):
    """Sends with every form a key of its own, as a page that was just opened does."""

    def post(self, path: str, data: Any = None, *args: Any, **options: Any) -> Any:
        if "content_type" not in options and (data is None or isinstance(data, dict)):
            data = {"key": str(uuid4())} | (data or {})
        return super().post(path, data, *args, **options)


class _Forms(HTMLParser):
    """Collects, form by form, the address it posts to and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Fields]] = []
        self.inside = False
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = has.get("method", "").lower() == "post"
            if self.inside:
                self.forms.append((has.get("action", ""), {}))
        elif self.inside and tag == "select":
            self.select = has["name"]
        elif self.inside and tag == "option" and "selected" in has and self.select:
            self._keep(self.select, has.get("value", ""))
        elif self.inside and tag == "textarea":
            self.area = has["name"]
            self._keep(self.area, "")
        elif self.inside and tag == "input" and has.get("name"):
            is_box = has.get("type") in ("checkbox", "radio")
            if has.get("type") != "file" and ("checked" in has or not is_box):
                self._keep(has["name"], has.get("value", "on" if is_box else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area and self.inside:
            held = self.forms[-1][1][self.area]
            held[0] = (held[0] + data).removeprefix("\r\n").removeprefix("\n")

    def _keep(self, name: str, value: str) -> None:
        self.forms[-1][1].setdefault(name, []).append(value)


def posted_forms(html: str) -> list[tuple[str, Fields]]:
    """Each form that posts: its action and its fields with what they hold."""
    reader = _Forms()
    reader.feed(html)
    return reader.forms


def form_with(html: str, field: str) -> Fields:
    """The fields of the first form that has this one."""
    return next(fields for _action, fields in posted_forms(html) if field in fields)
