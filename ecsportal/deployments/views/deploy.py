"""The deploy page: what runs, what will run, where, and the button."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods

from ecsportal.deployments import services
from ecsportal.deployments.confirmations import asked_words
from ecsportal.deployments.deploy_page import load_page, possible_targets
from ecsportal.deployments.foreseen import look_ahead
from ecsportal.deployments.forms import DeployForm
from ecsportal.deployments.guided_failure import is_guided
from ecsportal.deployments.prompts import asked_values
from ecsportal.infrastructure.models import Environment
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may, visible_environments
from ecsportal.problems import Problem
from ecsportal.releases.models import Release
from ecsportal.releases.moved_tags import look_at_tags
from ecsportal.releases.queries import get_release_for


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RELEASE_VIEW)
def deploy(request: UserRequest, slug: str, version: str, environment: str) -> HttpResponse:
    """Show what would happen; a POST queues it. Those who may not deploy see why.

    The options may stand in the address (`?skip_steps=migrate`): the page then shows that plan.
    """
    release = get_release_for(request.user, slug, version)
    where = _environment(request, environment)
    form = _form(request, release, where)
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
        "page": load_page(
            release,
            where,
            skip_steps=_chosen(form, "skip_steps"),
            targets=_chosen(form, "targets"),
        ),
        "form": form,
        "may_deploy": _may_deploy(request, release, where),
    }
    status = 422 if form.is_bound and form.errors else 200
    response = render(request, "deployments/deploy.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(Permission.RELEASE_VIEW)
def moved(request: UserRequest, slug: str, version: str) -> HttpResponse:
    """A fragment that asks the feeds whether a tag was pushed again since the release was made."""
    release = get_release_for(request.user, slug, version)
    return render(request, "deployments/_moved_tags.html", {"look": look_at_tags(release)})


@require_GET
@requires(Permission.RELEASE_VIEW)
def foreseen(request: UserRequest, slug: str, version: str, environment: str) -> HttpResponse:
    """A fragment that asks AWS for what would fail the deployment; a failure turns its button off.

    The options stand in the address as on the page.
    """
    release = get_release_for(request.user, slug, version)
    where = _environment(request, environment)
    form = _form(request, release, where)
    options = {"skip_steps": _chosen(form, "skip_steps"), "targets": _chosen(form, "targets")}
    page = load_page(release, where, **options)
    planned = services.plan_release(
        release, where, skip_steps=options["skip_steps"], only_targets=options["targets"]
    )
    findings = look_ahead(release, where, planned)
    failed = [each.foreseen.text for each in findings if each.foreseen.kind == "failed"]
    context = {
        "release": release,
        "project": release.project,
        "environment": where,
        "page": page,
        "findings": findings,
        "several_targets": len(page.targets) > 1,
        "failed": "" if page.is_refused or not failed else f"{'. '.join(failed)}.",
        "may_deploy": _may_deploy(request, release, where),
    }
    return render(request, "deployments/_foreseen.html", context)


def _may_deploy(request: UserRequest, release: Release, where: Environment) -> bool:
    return may(
        request.user,
        Permission.DEPLOYMENT_CREATE,
        project_id=release.project_id,
        environment_id=where.pk,
    )


def _environment(request: UserRequest, slug: str) -> Environment:
    found = Environment.objects.filter(visible_environments(request.user)).filter(slug=slug).first()
    if found is None:
        raise Http404(f"There is no environment {slug}.")
    return found


def _form(request: UserRequest, release: Release, where: Environment) -> DeployForm:
    """Bound on a POST; on a GET filled from the address."""
    sent = request.POST if request.method == "POST" else request.GET
    initial: dict[str, Any] = {
        "request_token": uuid4().hex,
        "skip_steps": sent.getlist("skip_steps"),
        "targets": sent.getlist("targets"),
        "not_before": sent.get("not_before", ""),
        "expires_at": sent.get("expires_at", ""),
        "guided_failure": sent.get("guided_failure", ""),
        "comment": sent.get("comment", ""),
    }
    planned = services.plan_release(
        release, where, skip_steps=initial["skip_steps"], only_targets=initial["targets"]
    )
    return DeployForm(
        request.POST if request.method == "POST" else None,
        steps=[(s["slug"], s["name"]) for s in release.process.steps if not s.get("required")],
        required_steps=[s["name"] for s in release.process.steps if s.get("required")],
        asks_on_failure=is_guided(release.project, where, None),
        possible=possible_targets(release, where),
        asked=asked_values(release, where, planned),
        words=asked_words(release, where, planned),
        initial=initial,
    )


def _chosen(form: DeployForm, name: str) -> list[str]:
    """What is ticked, as far as the form offers it: anything else is left to its validation."""
    field = form.fields[name]
    offered = {value for value, _ in field.choices}  # type: ignore[attr-defined]
    return [value for value in form[name].value() or () if value in offered]
