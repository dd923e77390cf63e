"""The deploy page: what runs, what will run, where, and the button."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ecsportal.deployments import services
from ecsportal.deployments.forms import DeployForm
from ecsportal.deployments.models import ACTIVE_STATES, Deployment, State
from ecsportal.deployments.plan import PlannedStep
from ecsportal.deployments.prompts import asked_values
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may, visible_environments
from ecsportal.problems import Problem
from ecsportal.releases.models import Release
from ecsportal.releases.moved_tags import moved_tags
from ecsportal.releases.queries import get_release_for


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RELEASE_VIEW)
def deploy(request: UserRequest, slug: str, version: str, environment: str) -> HttpResponse:
    """Show what would happen; a POST queues it. Those who may not deploy see why."""
    release = get_release_for(request.user, slug, version)
    where = _environment(request, environment)
    planned = services.plan_release(release, where)
    possible = _possible_targets(planned)
    may_deploy = may(
        request.user,
        Permission.DEPLOYMENT_CREATE,
        project_id=release.project_id,
        environment_id=where.pk,
    )
    form = DeployForm(
        request.POST or None,
        planned=planned,
        possible=possible,
        asked=asked_values(release, where, planned),
        initial={"request_token": uuid4().hex},
    )
    if request.method == "POST":
        refuse_unless(
            request.user,
            Permission.DEPLOYMENT_CREATE,
            project_id=release.project_id,
            environment_id=where.pk,
            where=where.name,
        )
        if form.is_valid():
            try:
                made = services.queue_deployment(
                    release, environment=where, by=request.user, **form.options()
                )
                return redirect("deployments:detail", made.pk)
            except Problem as problem:
                problem.add_to_form(form, form.error_fields())
    context = {
        "release": release,
        "project": release.project,
        "environment": where,
        "planned": planned,
        "problems": [step.problem for step in planned if step.problem],
        "form": form,
        "may_deploy": may_deploy,
        **_what_runs(release, where),
        "changes": _image_changes(release, where, planned),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "deployments/deploy.html", context, status=status)


@require_GET
@requires(Permission.RELEASE_VIEW)
def moved(request: UserRequest, slug: str, version: str) -> HttpResponse:
    """A fragment that asks the feeds whether a tag was pushed again since the release was made."""
    release = get_release_for(request.user, slug, version)
    return render(request, "deployments/_moved_tags.html", {"moved": moved_tags(release)})


def _environment(request: UserRequest, slug: str) -> Environment:
    found = Environment.objects.filter(visible_environments(request.user)).filter(slug=slug).first()
    if found is None:
        raise Http404(f"There is no environment {slug}.")
    return found


def _what_runs(release: Release, environment: Environment) -> dict[str, Any]:
    here = Deployment.objects.filter(project=release.project, environment=environment)
    return {
        "running": here.filter(state=State.SUCCEEDED)
        .select_related("release")
        .order_by("-pk")
        .first(),
        "ahead": here.filter(state__in=(*ACTIVE_STATES, State.QUEUED))
        .select_related("release")
        .order_by("-pk")
        .first(),
    }


def _image_changes(
    release: Release, environment: Environment, planned: list[PlannedStep]
) -> list[dict[str, Any]]:
    """Per step its images, each with what this environment ran last; None where that isn't known."""
    last = (
        Deployment.objects.filter(
            project=release.project, environment=environment, state=State.SUCCEEDED
        )
        .order_by("-pk")
        .first()
    )
    before = {(i.step, i.reference): i for i in last.release.images.all()} if last else {}
    after: dict[str, list[dict[str, Any]]] = {}
    for image in release.images.all():
        was = before.get((image.step, image.reference))
        after.setdefault(image.step, []).append(
            {
                "image": image,
                "was": was,
                "changed": was is None or (was.tag, was.digest) != (image.tag, image.digest),
            }
        )
    return [{"step": step, "images": after.get(step.slug, [])} for step in planned]


def _possible_targets(planned: list[PlannedStep]) -> list[DeploymentTarget]:
    """The targets that the plan names, each once."""
    return list({target.pk: target for step in planned for target in step.targets}.values())
