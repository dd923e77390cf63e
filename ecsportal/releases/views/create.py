"""The form that makes a release, and the fragments that it loads by themselves.

Whatever asks a feed has an address under `/remote/`, so that a slow feed holds no page up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import Problem
from ecsportal.projects.models import Channel, Project
from ecsportal.projects.queries import default_channel, get_project_for
from ecsportal.releases import after_create
from ecsportal.releases.forms import ImageQuery, NewReleaseQuery, ReleaseForm, named_errors
from ecsportal.releases.image_rows import ImageRow, options_of, read_row, unread_rows
from ecsportal.releases.models import Release
from ecsportal.releases.proposal import (
    NeededImage,
    Proposal,
    propose,
    steps_with_problems,
    taken_versions,
)
from ecsportal.releases.queries import first_environment, image_changes, process_changes
from ecsportal.releases.services import VersionTaken, create_release
from ecsportal.releases.tags import feeds_by_slug, read_tags
from ecsportal.releases.versions import fault_of, next_free


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RELEASE_CREATE)
def new(request: UserRequest, slug: str) -> HttpResponse:
    """The form. `?copy=<version>` fills it from a release, `?pick=last` keeps the last tags."""
    project = _project_to_release(request, slug)
    if request.method == "POST":
        # Creating asks feeds, which mustn't hold a page's thread: the same form, sent over there.
        return redirect("releases:create", slug, preserve_request=True)
    query = NewReleaseQuery(request.GET)
    asked = query.cleaned_data if query.is_valid() else {}
    proposal = propose(project, _channel(project, asked.get("channel", "")))
    copied = _copied(project, asked.get("copy", ""))
    form = ReleaseForm(initial=_initial(proposal, copied), proposal=proposal)
    rows = unread_rows(
        proposal,
        tags=_tags_of(copied, proposal),
        pick="last" if asked.get("pick") == "last" else "latest",
    )
    return _page(request, proposal, form, rows, copied=copied)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RELEASE_CREATE)
def create(request: UserRequest, slug: str) -> HttpResponse:
    """Take the form; opened by itself (a reload after an error), the address leads back to it."""
    project = _project_to_release(request, slug)
    if request.method != "POST":
        return redirect("releases:new", slug)
    proposal = propose(project, _channel(project, request.POST.get("channel", "")))
    form = ReleaseForm(request.POST, proposal=proposal)
    if form.is_valid():
        data = form.cleaned_data
        try:
            release = create_release(
                proposal.project,
                version=data["version"],
                images=form.tags(),
                notes=data["notes"],
                channel=proposal.channel,
                by=request.user,
                request_token=data["request_token"],
            )
        except VersionTaken as taken:
            form = _with_free_version(request, proposal, taken)
        except Problem as problem:
            problem.add_to_form(form, named_errors(proposal))
        else:
            return _go_on(request, release, deploy=data["deploy"], token=data["request_token"])
    rows = unread_rows(proposal, tags=form.tags(), errors=form.image_errors())
    return _page(request, proposal, form, rows, status=422)


def _with_free_version(
    request: UserRequest, proposal: Proposal, taken: VersionTaken
) -> ReleaseForm:
    """The form as typed, with a free number in place of the taken one."""
    post = request.POST.copy()
    post["version"] = taken.next_free
    form = ReleaseForm(post, proposal=proposal)
    taken.add_to_form(form)
    return form


def _go_on(request: UserRequest, release: Release, *, deploy: bool, token: str) -> HttpResponse:
    """To the deployment where one was asked for, else to the release."""
    where = first_environment(request.user, release.project) if deploy else None
    deployer = after_create.deployer()
    if where and deployer:
        try:
            return redirect(
                deployer(release, environment=where, by=request.user, request_token=token)
            )
        except Problem as problem:
            messages.error(
                request,
                f"{release.version} is created, and not deployed to {where.name}: {problem.detail}",
            )
    else:
        messages.success(request, f"{release.version} created.")
    return redirect("releases:detail", release.project.slug, release.version)


@require_safe
@requires(Permission.RELEASE_CREATE)
def version_hint(request: UserRequest, slug: str) -> HttpResponse:
    """Under the number: whether it is free, and which is the newest."""
    proposal = propose(_project_to_release(request, slug))
    version = request.GET.get("version", "").strip()
    return render(request, "releases/_version_hint.html", _version_facts(proposal, version))


@require_safe
@requires(Permission.RELEASE_CREATE)
def images(request: UserRequest, slug: str) -> HttpResponse:
    """All rows anew: `?pick=latest` or `?pick=last` for every image, `?anew=1` to read again."""
    project = _project_to_release(request, slug)
    proposal = propose(project)
    query = NewReleaseQuery(request.GET)
    asked = query.cleaned_data if query.is_valid() else {}
    kept = {} if asked.get("pick") else ReleaseForm(request.GET, proposal=proposal).tags()
    rows = unread_rows(
        proposal,
        tags=kept,
        pick="last" if asked.get("pick") == "last" else "latest",
        anew=bool(asked.get("anew")),
    )
    pick = "" if kept else asked.get("pick") or "latest"
    context = {"project": project, "proposal": proposal, "rows": rows, "pick": pick}
    return render(request, "releases/_images.html", context)


@require_safe
@requires(Permission.RELEASE_CREATE)
def image(request: UserRequest, slug: str) -> HttpResponse:
    """One row, with what its feed says."""
    project = _project_to_release(request, slug)
    proposal, query, need = _asked_image(project, request)
    row = read_row(
        proposal,
        need,
        feeds_by_slug([need.feed]).get(need.feed),
        tag=query.chosen_tag,
        pick=query.chosen_pick,
        anew=query.cleaned_data["anew"],
        picked=query.cleaned_data["picked"],
    )
    context = {"project": project, "proposal": proposal, "row": row}
    response = render(request, "releases/_image_row.html", context)
    # The summary reads the tags from the form, so it waits until this row is in its place.
    response["HX-Trigger-After-Settle"] = "image-loaded"
    return response


@require_safe
@requires(Permission.RELEASE_CREATE)
def tag_options(request: UserRequest, slug: str) -> HttpResponse:
    """The picker's list, filtered by what is typed in it."""
    project = _project_to_release(request, slug)
    proposal, query, need = _asked_image(project, request)
    listed = read_tags(feeds_by_slug([need.feed]).get(need.feed), need.repository)
    typed = query.cleaned_data["typed"]
    context = {
        "project": project,
        "number": proposal.images.index(need),
        "need": need,
        "tag": query.cleaned_data["tag"],
        "typed": typed,
        "options": options_of(listed, need, search=typed),
    }
    return render(request, "releases/_tag_options.html", context)


@require_safe
@requires(Permission.RELEASE_CREATE)
def changes(request: UserRequest, slug: str) -> HttpResponse:
    """In the side panel: what the form as it stands would change."""
    project = _project_to_release(request, slug)
    proposal = propose(project)
    tags = ReleaseForm(request.GET, proposal=proposal).tags()
    return render(request, "releases/_changes.html", _changes(proposal, tags))


def _project_to_release(request: UserRequest, slug: str) -> Project:
    project = get_project_for(request.user, slug)
    refuse_unless(
        request.user, Permission.RELEASE_CREATE, project_id=project.pk, where=project.name
    )
    return project


def _asked_image(
    project: Project, request: UserRequest
) -> tuple[Proposal, ImageQuery, NeededImage]:
    proposal = propose(project)
    query = ImageQuery(request.GET)
    need = proposal.image(query.key) if query.is_valid() else None
    if need is None:
        raise Http404("There is no such image in the process any more. Reload the page.")
    return proposal, query, need


def _channel(project: Project, slug: str) -> Channel:
    return project.channels.filter(slug=slug).first() or default_channel(project)


def _copied(project: Project, version: str) -> Release | None:
    if not version:
        return None
    release = project.releases.prefetch_related("images").filter(version=version).first()
    if release is None:
        raise Http404(f"There is no release {version} of {project.name}.")
    return release


def _tags_of(copied: Release | None, proposal: Proposal) -> dict[str, str]:
    """The copied release's tags, as far as the process still has their images."""
    known = {f"{i.step}/{i.reference}": i.tag for i in copied.images.all()} if copied else {}
    return {image.key: known[image.key] for image in proposal.images if image.key in known}


def _initial(proposal: Proposal, copied: Release | None) -> dict[str, object]:
    return {
        "version": proposal.version,
        "channel": proposal.channel.slug,
        "notes": copied.notes if copied else "",
        "request_token": uuid4().hex,
    }


def _version_facts(proposal: Proposal, version: str) -> dict[str, Any]:
    taken = taken_versions(proposal.project)
    return {
        "version": version,
        "fault": fault_of(version) if version else "",
        "free": next_free(version, taken) if version in taken else "",
        "previous": proposal.previous,
        "proposed": proposal.version,
    }


def _page(
    request: UserRequest,
    proposal: Proposal,
    form: ReleaseForm,
    rows: list[ImageRow],
    *,
    copied: Release | None = None,
    status: int = 200,
) -> HttpResponse:
    version = str(form["version"].value() or "")
    tags = {row.need.key: row.tag for row in rows if row.tag}
    first = first_environment(request.user, proposal.project)
    context = {
        **_changes(proposal, tags),
        "form": form,
        "rows": rows,
        "copied": copied,
        "pick": "" if tags or not rows else rows[0].pick,
        "hint": _version_facts(proposal, version),
        "chosen_version": version or proposal.version,
        "deploy_to": first if after_create.deployer() else None,
    }
    # Deploying is what most come for, so the tick is on; a broken process can't be deployed.
    wanted = form["deploy"].value() if form.is_bound else not context["broken_steps"]
    return render(
        request, "releases/create.html", context | {"deploy_chosen": bool(wanted)}, status=status
    )


def _changes(proposal: Proposal, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "project": proposal.project,
        "proposal": proposal,
        "tags_known": bool(tags),
        "image_changes": image_changes(proposal, tags),
        "process_changes": process_changes(proposal),
        "broken_steps": steps_with_problems(proposal),
    }
