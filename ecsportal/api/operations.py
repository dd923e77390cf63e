"""From a URL to an operation: method, key, permission, idempotency, then ninja.

ninja's own views run an operation before anything of ours; here the permission is checked before
the body is read, and every path knows what each of its methods asks for (`required_permissions`,
which the middleware and the test of all URLs read).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.utils import normalize_path, replace_path_param_notation

from ecsportal.api.auth import authenticate_key, check_permission
from ecsportal.api.bodies import answer_headers, parsed_body
from ecsportal.api.errors import MethodNotAllowed, answer_error, problem_response
from ecsportal.api.idempotency import answered_once
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, ValidationProblem


def operation_urls(api: NinjaAPI) -> Iterator[URLPattern]:
    """One URL pattern a path, whichever routers its operations come from."""
    by_route: dict[str, list[Operation]] = {}
    for router in api._get_bound_routers():
        for template, path_view in router.path_operations.items():
            route = normalize_path("/".join(part for part in (router.prefix, template) if part))
            route = replace_path_param_notation(route).lstrip("/")
            by_route.setdefault(route, []).extend(path_view.operations)
    for route, operations in by_route.items():
        yield path(route, _view_of(route, operations))


def permission_of(operation: Operation) -> Permission:
    """What the operation was marked with by `needs`; raises ImproperlyConfigured without it."""
    permission = getattr(operation.view_func, "required_permission", None)
    if not isinstance(permission, Permission):
        raise ImproperlyConfigured(f"{operation.view_func} declares no permission: @needs(...).")
    return permission


def _view_of(route: str, operations: list[Operation]) -> Callable[..., HttpResponse]:
    by_method = {method: operation for operation in operations for method in operation.methods}
    if len(by_method) != sum(len(operation.methods) for operation in operations):
        raise ImproperlyConfigured(f"Two operations answer the same method of {route}.")
    if "GET" in by_method:
        by_method.setdefault("HEAD", by_method["GET"])

    @csrf_exempt  # a key in a header is no cookie: no other site can send it
    def view(request: HttpRequest, **in_path: Any) -> HttpResponse:
        operation = by_method.get(request.method or "")
        if operation is None:
            methods = ", ".join(sorted(by_method))
            response = problem_response(MethodNotAllowed(f"This address answers to {methods}."))
            response["Allow"] = methods
            return response
        return _run(operation, request, in_path)

    view.required_permissions = {  # type: ignore[attr-defined]
        method: permission_of(operation) for method, operation in by_method.items()
    }
    return view


def _run(operation: Operation, request: HttpRequest, in_path: dict[str, Any]) -> HttpResponse:
    try:
        key = authenticate_key(request)
        check_permission(request, permission_of(operation))
        _refuse_unknown_query(operation, request)
        takes_text = getattr(operation.view_func, "takes_text", False)
        if request.body and request.method not in ("GET", "HEAD") and not takes_text:
            parsed_body(request)
        response = answered_once(request, key, lambda: _answer(operation, request, in_path))
    except Exception as error:  # noqa: BLE001 -- the outermost edge of the API
        response = answer_error(request, error)
    response["Cache-Control"] = "no-store"
    return response


def _answer(operation: Operation, request: HttpRequest, in_path: dict[str, Any]) -> HttpResponse:
    response = operation.run(request, **in_path)
    assert isinstance(response, HttpResponse)
    if response.status_code < 400:
        for name, value in answer_headers(request).items():
            response[name] = value
    return response


def _refuse_unknown_query(operation: Operation, request: HttpRequest) -> None:
    """A mistyped filter must not answer with everything."""
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    unknown = sorted(set(request.GET) - known)
    if unknown:
        raise ValidationProblem(
            FieldError(name, "There is no such parameter here.", "unknown_field")
            for name in unknown
        )
