"""Every error as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from ecsportal.aws.errors import AwsError
from ecsportal.people.access import PermissionMissingError
from ecsportal.problems import (
    FieldError,
    NotFound,
    Problem,
    RemoteFailed,
    TooManyRequests,
    ValidationProblem,
)

log = structlog.get_logger(__name__)

_WHEN = "A date and time with its zone is needed here, as in 2026-11-26T16:00:00Z."
_NO_BODY = "A JSON object is needed as body."
_WORDS = {
    "missing": ("missing", "This field is needed."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("type", "Text is needed here."),
    "int_type": ("type", "A whole number is needed here."),
    "int_parsing": ("type", "A whole number is needed here."),
    "int_from_float": ("type", "A whole number is needed here."),
    "bool_type": ("type", "true or false is needed here."),
    "bool_parsing": ("type", "true or false is needed here."),
    "list_type": ("type", "A list is needed here."),
    "dict_type": ("type", "An object is needed here."),
    "model_type": ("type", "An object is needed here."),
    "model_attributes_type": ("type", "An object is needed here."),
    "datetime_type": ("type", _WHEN),
    "datetime_parsing": ("type", _WHEN),
    "datetime_from_date_parsing": ("type", _WHEN),
    "timezone_aware": ("zone", "Say the time's zone, as in 2026-11-26T16:00:00Z."),
}


class PermissionMissing(Problem):
    """403, naming the permission."""

    status = 403
    title = "Permission missing"
    code = "PERMISSION_MISSING"


class MethodNotAllowed(Problem):
    """405."""

    status = 405
    title = "Not this method"
    code = "METHOD_NOT_ALLOWED"


class BodyTooLarge(Problem):
    """More than DATA_UPLOAD_MAX_MEMORY_SIZE: 413."""

    status = 413
    title = "Too large"
    code = "TOO_LARGE"


class OurFault(Problem):
    """500: the traceback is in the log, under the answer's X-Request-ID."""

    status = 500
    title = "Something broke in the portal"
    code = "INTERNAL"


class DatabaseAway(Problem):
    """503: the database is down or restarts; Retry-After says when to ask again."""

    status = 503
    title = "The database doesn't answer"
    code = "DATABASE_AWAY"
    retry_after = 5


def problem_response(problem: Problem) -> HttpResponse:
    """The problem as an HTTP answer."""
    response = JsonResponse(
        problem.as_json(), status=problem.status, content_type="application/problem+json"
    )
    if isinstance(problem, TooManyRequests | DatabaseAway):
        response["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response["WWW-Authenticate"] = 'ApiKey realm="ECS Portal", header="X-API-Key"'
    return response


def answer_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to whatever an operation raised; what nobody foresaw is logged and a 500."""
    problem = as_problem(error)
    if problem is None:
        log.exception("API call failed", path=request.path)
        got_request_exception.send(sender=None, request=request)
        request_id = getattr(request, "request_id", "")
        problem = OurFault(
            f"The log has the details under {request_id}. Tell your administrator.",
            request_id=request_id,
        )
    return problem_response(problem)


def as_problem(error: Exception) -> Problem | None:
    """The problem that an exception stands for; None for a bug of ours."""
    match error:
        case Problem():
            return error
        case PermissionMissingError():
            return PermissionMissing(str(error), permission=str(error.permission))
        case Http404():
            return NotFound(_what_is_missing(error))
        case RequestDataTooBig():
            return BodyTooLarge("The body is larger than 4 MiB.")
        case ValidationError():
            return _from_ninja(error)
        case DjangoValidationError():
            return _from_django(error)
        case HttpError():
            return as_problem(error.__cause__) if isinstance(error.__cause__, Problem) else None
        case OperationalError() | InterfaceError():
            return _database_away(error)
        case AwsError():
            detail = f"{error.message} {error.advice}".strip()
            return RemoteFailed(detail, aws_code=error.aws_code, aws_error=error.code)
    return None


def _database_away(error: Exception) -> DatabaseAway:
    log.warning("API call without database", error=str(error))
    return DatabaseAway(
        "The portal can't reach its database just now. Whether the call was carried out isn't "
        "known: ask again in some seconds, with the same Idempotency-Key if it had one."
    )


def add_error_handlers(api: NinjaAPI) -> None:
    """Make `answer_error` the API's only handler."""
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, answer_error)  # type: ignore[arg-type]  # never a class


def json_path(location: Sequence[Any]) -> str:
    """`steps[0].inputs.cpu` for pydantic's ("steps", 0, "inputs", "cpu")."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else str(part)
    return path


def _what_is_missing(error: Http404) -> str:
    text = str(error)
    # Django's own sentence names a class of ours and helps nobody.
    if not text or text.endswith("matches the given query."):
        return "There is nothing at this address, or you may not see it."
    return text


def _from_ninja(error: ValidationError) -> Problem:
    errors = []
    for entry in error.errors:
        source, *location = entry["loc"]
        if source == "path":
            return NotFound("There is nothing at this address.")
        # The first part of a body's location is the name of the view's parameter.
        place = location[1:] if source == "body" else location
        if source == "body" and not place and entry["type"] == "missing":
            return ValidationProblem(
                [FieldError("", "A JSON object is needed as body.", "missing")]
            )
        code, message = _WORDS.get(entry["type"], (entry["type"], _sentence(entry["msg"])))
        errors.append(FieldError(json_path(place), message, code))
    return ValidationProblem(errors)


def _from_django(error: DjangoValidationError) -> Problem:
    if hasattr(error, "error_dict"):
        return ValidationProblem(
            FieldError("" if field == "__all__" else field, message)
            for field, messages in error.message_dict.items()
            for message in messages
        )
    return ValidationProblem(FieldError("", message) for message in error.messages)


def _sentence(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text if text.endswith((".", "?", "…")) else f"{text}."
