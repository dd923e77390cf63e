"""Bodies in and out: strict JSON objects, `Location`, revisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from django.http import HttpRequest
from ninja import Schema, Status
from ninja.parser import Parser
from pydantic import ConfigDict

from ecsportal.problems import FieldError, ValidationProblem

API_ROOT = "/api/v1"
T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


class Body(Schema):
    """The base of what callers send: a field that isn't declared is an error."""

    model_config = ConfigDict(extra="forbid")


class BodyParser(Parser):
    """JSON as RFC 8259 has it, read once, without what a database can't keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        return parsed_body(request)


def parsed_body(request: HttpRequest) -> Any:
    """The body's JSON, parsed once per request. Raises ValidationProblem."""
    if not hasattr(request, "parsed_body"):
        try:
            data = json.loads(request.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ValidationProblem(
                [FieldError("", f"The body isn't JSON: {error}.", "json")], code="MALFORMED_JSON"
            ) from error
        _refuse_unstorable(data, "")
        request.parsed_body = data  # type: ignore[attr-defined]
    return request.parsed_body  # type: ignore[attr-defined]


def takes_text(view: View) -> View:
    """Mark an operation whose body is a text of its own kind, not JSON; goes under `needs`."""
    view.takes_text = True  # type: ignore[attr-defined]
    return view


def text_body(request: HttpRequest) -> str:
    """The body as text. Raises ValidationProblem for what is no UTF-8."""
    try:
        return request.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationProblem([FieldError("", "The body isn't UTF-8.", "encoding")]) from error


def created(request: HttpRequest, path: str, body: T) -> Status[T]:
    """201 with `Location`; `path` starts after /api/v1."""
    set_header(request, "Location", f"{API_ROOT}{path}")
    return Status(201, body)


def no_content() -> Status[None]:
    """204; the operation declares `response={204: None}`."""
    return Status(204, None)


def set_header(request: HttpRequest, name: str, value: str) -> None:
    """Put a header on the answer to this request."""
    headers: dict[str, str] = request.__dict__.setdefault("answer_headers", {})
    headers[name] = value


def answer_headers(request: HttpRequest) -> dict[str, str]:
    """What `set_header` was told."""
    return dict(request.__dict__.get("answer_headers", {}))


def set_revision(request: HttpRequest, revision: int) -> None:
    """Send the revision as `ETag`, ready for `If-Match`."""
    set_header(request, "ETag", f'"{revision}"')


def expected_revision(request: HttpRequest, in_body: int | None = None) -> int | None:
    """The revision that the caller edited: `If-Match` wins over the body's; None means any."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        return in_body
    if header == "*":
        return None
    number = header.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit()):
        raise ValidationProblem(
            [FieldError("If-Match", 'The header is a revision in quotes, such as "7".', "if_match")]
        )
    return int(number)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _refuse_unstorable(value: Any, path: str) -> None:
    """NUL characters and half surrogate pairs, which PostgreSQL refuses in text."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValidationProblem(
                [FieldError(path, "The text holds a character that can't be stored.", "character")]
            )
    elif isinstance(value, dict):
        for name, item in value.items():
            _refuse_unstorable(name, path)
            _refuse_unstorable(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_unstorable(item, f"{path}[{index}]")
