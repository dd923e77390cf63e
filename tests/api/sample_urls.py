"""An API over users' display names, for the tests of what all operations share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import include, path
from ninja import NinjaAPI, Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, KeyInHeader, needs
from ecsportal.api.bodies import (
    Body,
    BodyParser,
    created,
    expected_revision,
    no_content,
    set_revision,
)
from ecsportal.api.errors import add_error_handlers
from ecsportal.api.operations import operation_urls
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.aws.errors import AwsError
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission
from ecsportal.problems import Conflict, InUse, StaleRevision

router = Router()


class Part(Body):
    size: int


class Thing(Body):
    name: str
    parts: list[Part] = []


class ThingOut(Schema):
    name: str
    at: datetime


class Filter(Paging):
    name: str = ""


@router.get("/things", response=Page[ThingOut])
@needs(Permission.PROJECT_VIEW)
def list_things(request: ApiRequest, filters: Query[Filter]) -> dict[str, Any]:
    rows = User.objects.filter(first_name="thing", display_name__contains=filters.name)
    return paginate(request, rows, filters, _present, order=("display_name", "-pk"))


@router.post("/things", response={201: ThingOut})
@needs(Permission.PROJECT_CREATE)
def create_thing(request: ApiRequest, body: Thing) -> Status[ThingOut]:
    if body.name == "taken":
        raise Conflict("There is a thing of this name.", code="TAKEN")
    number = User.objects.count()
    row = User.objects.create(
        username=f"thing-{number}", first_name="thing", display_name=body.name
    )
    return created(request, f"/things/{row.pk}", _present(row))


@router.get("/things/{pk}", response=ThingOut)
@needs(Permission.PROJECT_VIEW)
def get_thing(request: ApiRequest, pk: int) -> ThingOut:
    row = User.objects.filter(first_name="thing", pk=pk).first()
    if row is None:
        raise Http404(f"There is no thing {pk}.")
    return _present(row)


@router.put("/things/{pk}")
@needs(Permission.PROJECT_EDIT)
def replace_thing(request: ApiRequest, pk: int, body: Thing) -> dict[str, str]:
    if expected_revision(request) not in (None, 7):
        raise StaleRevision(current=7)
    set_revision(request, 8)
    return {"name": body.name}


@router.delete("/things/{pk}", response={204: None})
@needs(Permission.PROJECT_EDIT)
def delete_thing(request: ApiRequest, pk: int) -> Status[None]:
    if pk == 1:
        raise InUse("Thing 1", [{"kind": "project", "slug": "web-shop", "name": "Web shop"}])
    return no_content()


@router.post("/broken/{how}")
@needs(Permission.PROJECT_VIEW)
def break_down(request: ApiRequest, how: str) -> None:
    if how == "aws":
        raise AwsError("AWS-PERMISSION", "AWS refuses it.", "Allow it.", aws_code="AccessDenied")
    raise RuntimeError("a secret detail")


def _present(row: User) -> ThingOut:
    return ThingOut(name=row.display_name, at=row.date_joined)


api = NinjaAPI(urls_namespace="sample", auth=KeyInHeader(), parser=BodyParser(), openapi_url=None)
add_error_handlers(api)
api.add_router("", router)
urlpatterns = [path("api/v1/", include(list(operation_urls(api))))]
