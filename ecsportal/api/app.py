"""The API: its routers, and the URLs under /api/v1/."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.responses import NinjaJSONEncoder

from ecsportal.api import (
    accounts,
    deployments,
    environments,
    feeds,
    libraries,
    me,
    pick_lists,
    process,
    projects,
    releases,
    steps,
    targets,
    variables,
)
from ecsportal.api.auth import KeyInHeader, authenticate_key
from ecsportal.api.bodies import API_ROOT, BodyParser
from ecsportal.api.errors import add_error_handlers, answer_error, problem_response
from ecsportal.api.operations import operation_urls
from ecsportal.people.access import open_to_everyone
from ecsportal.people.permissions import Permission
from ecsportal.problems import NotFound, Problem

api = NinjaAPI(
    title="ECS Portal",
    version="1",
    urls_namespace="api",
    auth=KeyInHeader(),
    parser=BodyParser(),
    openapi_url=None,
    docs_url=None,
)
add_error_handlers(api)
for router in (
    me.router,
    environments.router,
    accounts.router,
    targets.router,
    feeds.router,
    projects.router,
    process.router,
    steps.router,
    pick_lists.router,
    variables.router,
    libraries.router,
    releases.router,
    deployments.router,
):
    api.add_router("", router)


@cache
def _document() -> str:
    """The OpenAPI document; the routers are fixed once the process runs."""
    schema = api.get_openapi_schema(path_prefix=f"{API_ROOT}/")
    return NinjaJSONEncoder().encode(schema)


def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for every key and for everybody who is signed in."""
    if not request.user.is_authenticated:
        try:
            authenticate_key(request)
        except Problem as error:
            return problem_response(error)
    return HttpResponse(_document(), content_type="application/json")


@csrf_exempt
@open_to_everyone
def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 for every other address under /api/."""
    return answer_error(request, NotFound(f"{request.path} is no address of the API."))


openapi_json.required_permissions = {"GET": Permission.OWN_ACCOUNT}  # type: ignore[attr-defined]

urlpatterns: list[URLPattern] = [
    path("openapi.json", openapi_json),
    *operation_urls(api),
    re_path(r"^", nothing_here),
]
