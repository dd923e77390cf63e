"""The list of a project's releases, and the page of one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ecsportal.infrastructure.queries import environments_for
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import Problem
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.variables.snapshots import differs_from_live, variables_revision
from ecsportal.releases.markdown import rendered
from ecsportal.releases.queries import (
    deployable_to,
    get_release_for,
    releases,
    rows_of,
    variable_changes,
)
from ecsportal.releases.services import delete_release, update_release_variables

PAGE_SIZE = 30


@require_safe
@requires(Permission.RELEASE_VIEW)
def list_releases(request: UserRequest, slug: str) -> HttpResponse:
    """A project's releases, newest first, each with the images that it changed."""
    project = get_project_for(request.user, slug)
    found = releases().filter(project=project).order_by("-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    below = found.filter(pk__lt=shown[-1].pk).first() if shown else None
    process = current_process(project)
    context = {
        "project": project,
        "page": page,
        "rows": rows_of(shown, below),
        "has_steps": bool(process and process.steps),
        "may_create": may(request.user, Permission.RELEASE_CREATE, project_id=project.pk),
    }
    return render(request, "releases/list.html", context)


@require_safe
@requires(Permission.RELEASE_VIEW)
def detail(request: UserRequest, slug: str, version: str) -> HttpResponse:
    """One release: what it froze, and where it may go."""
    release = get_release_for(request.user, slug, version)
    environments = environments_for(request.user).order_by("order", "name")
    context = {
        "project": release.project,
        "release": release,
        "images": _by_step(release.process.steps, list(release.images.all())),
        "notes": rendered(release.notes),
        "deployable": deployable_to(request.user, release, environments),
        "may_create": may(request.user, Permission.RELEASE_CREATE, project_id=release.project_id),
        "may_delete": may(request.user, Permission.RELEASE_DELETE, project_id=release.project_id),
        "may_edit": may(request.user, Permission.RELEASE_EDIT, project_id=release.project_id),
        "sees_variables": may(
            request.user, Permission.VARIABLE_VIEW, project_id=release.project_id
        ),
        "variables_revision": variables_revision(release.variables),
        "variables_differ": differs_from_live(release.variables, release.project),
        "variable_changes": variable_changes(request.user, release),
    }
    return render(request, "releases/detail.html", context)


@require_POST
@requires(Permission.RELEASE_DELETE)
def delete(request: UserRequest, slug: str, version: str) -> HttpResponse:
    """Delete the release, unless it runs somewhere."""
    release = get_release_for(request.user, slug, version)
    refuse_unless(
        request.user,
        Permission.RELEASE_DELETE,
        project_id=release.project_id,
        where=release.project.name,
    )
    try:
        delete_release(release, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("releases:detail", slug, version)
    messages.success(request, f"Release {version} deleted.")
    return redirect("releases:list", slug)


@require_POST
@requires(Permission.RELEASE_EDIT)
def update_variables(request: UserRequest, slug: str, version: str) -> HttpResponse:
    """Freeze the variables anew, as they are now."""
    release = get_release_for(request.user, slug, version)
    refuse_unless(
        request.user,
        Permission.RELEASE_EDIT,
        project_id=release.project_id,
        where=release.project.name,
    )
    try:
        changes = update_release_variables(release, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
    else:
        count = len(changes)
        words = f"{count} value{'' if count == 1 else 's'}" if count else "nothing"
        messages.success(request, f"Variables of {version} updated: {words} changed.")
    return redirect("releases:detail", slug, version)


def _by_step(steps: list[dict[str, object]], images: list[object]) -> list[dict[str, object]]:
    """The images under the names of their steps, in the order of the process."""
    return [
        {"name": step["name"], "images": own}
        for step in steps
        if (own := [image for image in images if getattr(image, "step", "") == step["slug"]])
    ]
