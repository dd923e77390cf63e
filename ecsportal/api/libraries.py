"""`/libraries`: sets of variables that projects share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.api.variables import ValueOut, presented_values
from ecsportal.people.permissions import Permission
from ecsportal.projects.models import LibrarySet
from ecsportal.projects.variables import libraries
from ecsportal.projects.variables.queries import libraries_for, library_for

router = Router(tags=["libraries"])


class LibraryIn(Body):
    name: str
    description: str = ""
    variables: list[Any]
    revision: int | None = None


class NewLibrary(Body):
    name: str
    description: str = ""
    slug: str = ""
    variables: list[Any] = []


class LibrarySummary(Schema):
    slug: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime


class LibraryOut(LibrarySummary):
    revision: int
    variables: list[ValueOut]


@router.get("/libraries", response=Page[LibrarySummary])
@needs(Permission.LIBRARY_VIEW)
def list_libraries(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """The library sets by name, without their values."""
    rows = libraries_for(request.user)
    return paginate(request, rows, paging, _summary, order=("name", "pk"))


@router.post("/libraries", response={201: LibraryOut})
@needs(Permission.LIBRARY_EDIT)
def create_library(request: ApiRequest, body: NewLibrary) -> Status[LibraryOut]:
    """Add a set."""
    library = libraries.create_library(
        name=body.name,
        description=body.description,
        slug=body.slug,
        variables=body.variables,
        by=request.user,
    )
    return created(request, f"/libraries/{library.slug}", _present(request, library))


@router.get("/libraries/{slug}", response=LibraryOut)
@needs(Permission.LIBRARY_VIEW)
def get_library(request: ApiRequest, slug: str) -> LibraryOut:
    """One set with the values of its newest revision, without secrets."""
    return _present(request, library_for(request.user, slug))


@router.put("/libraries/{slug}", response=LibraryOut)
@needs(Permission.LIBRARY_EDIT)
def replace_library(request: ApiRequest, slug: str, body: LibraryIn) -> LibraryOut:
    """Replace the set; a sensitive value of null stays where its id is sent."""
    library = libraries.update_library(
        library_for(request.user, slug),
        name=body.name,
        description=body.description,
        variables=body.variables,
        expected_revision=expected_revision(request, body.revision),
        by=request.user,
    )
    return _present(request, library)


@router.delete("/libraries/{slug}", response={204: None})
@needs(Permission.LIBRARY_EDIT)
def delete_library(request: ApiRequest, slug: str) -> Status[None]:
    """Delete it; refused while a project includes it."""
    libraries.delete_library(library_for(request.user, slug), by=request.user)
    return no_content()


def _summary(library: LibrarySet) -> LibrarySummary:
    return LibrarySummary(
        slug=library.slug,
        name=library.name,
        description=library.description,
        created_at=library.created_at,
        updated_at=library.updated_at,
    )


def _present(request: ApiRequest, library: LibrarySet) -> LibraryOut:
    number, _, values = presented_values(request, library)
    return LibraryOut(**_summary(library).model_dump(), revision=number, variables=values)
