"""A deployment's page: how far it is, its log, and what may be done about it."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from ecsportal.deployments import services
from ecsportal.deployments.forms import AnswerForm, AssignForm, TailForm, WindowForm
from ecsportal.deployments.live.reading import lines_after, rendered_state
from ecsportal.deployments.log_window import window_context
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.progress_page import state_context
from ecsportal.deployments.queries import get_deployment_for, get_deployment_to
from ecsportal.deployments.questions import BEYOND_PERMISSIONS, covered_roles
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import NotAllowed, Problem, ValidationProblem

CONTROLS = (
    Permission.TASK_CANCEL,
    Permission.DEPLOYMENT_CREATE,
    Permission.INTERRUPTION_SUBMIT,
    Permission.RELEASE_CREATE,
    Permission.PROCESS_EDIT,
    Permission.VARIABLE_EDIT,
    Permission.ACCOUNT_EDIT,
)


@require_GET
@requires(Permission.DEPLOYMENT_VIEW)
def detail(request: UserRequest, deployment_id: int) -> HttpResponse:
    """The page; live while the deployment runs, kept as it was once it has ended."""
    return _page(request, get_deployment_for(request.user, deployment_id))


def _page(
    request: UserRequest, deployment: Deployment, *, status: int = 200, **extra: object
) -> HttpResponse:
    form = WindowForm(request.GET)
    line = form.cleaned_data["line"] if form.is_valid() else None
    may_do = [p for p in CONTROLS if _may(request, deployment, p)]
    covered = covered_roles(deployment, request.user)
    roles = [f"Role-{role}" for role in BEYOND_PERMISSIONS if role in covered]
    context = {
        **state_context(deployment.pk),
        **window_context(deployment, line),
        "may_do": " ".join([*may_do, *roles]),
        "may_cancel": Permission.TASK_CANCEL in may_do,
        "retry_token": uuid4().hex,
        **extra,
    }
    return render(request, "deployments/detail.html", context, status=status)


@require_GET
@requires(Permission.DEPLOYMENT_VIEW)
def tail(request: UserRequest, deployment_id: int) -> HttpResponse:
    """What came after a line, for pages whose stream is blocked: the same fragments."""
    deployment = get_deployment_for(request.user, deployment_id)
    form = TailForm(request.GET)
    after = form.cleaned_data["after"] or 0 if form.is_valid() else 0
    lines = lines_after(deployment.pk, after)
    html = render_to_string(
        "deployments/_tail.html",
        {
            "lines": lines,
            "last_seq": lines[-1].seq if lines else after,
            "state": rendered_state(deployment.pk),
            "ended": deployment.is_final and not lines,
        },
    )
    return HttpResponse(html)


@require_POST
@requires(Permission.TASK_CANCEL)
def cancel(request: UserRequest, deployment_id: int) -> HttpResponse:
    """Ask the engine to stop; `abandon` asks one that is stopping already not to wait any more."""
    deployment = get_deployment_to(request.user, Permission.TASK_CANCEL, deployment_id)
    try:
        services.cancel_deployment(deployment, by=request.user, abandon="abandon" in request.POST)
    except Problem as problem:
        messages.warning(request, problem.detail)
    return redirect("deployments:detail", deployment.pk)


@require_POST
@requires(Permission.DEPLOYMENT_CREATE)
def retry(request: UserRequest, deployment_id: int) -> HttpResponse:
    """Deploy the same release again, without the steps that succeeded."""
    deployment = get_deployment_to(request.user, Permission.DEPLOYMENT_CREATE, deployment_id)
    token = str(request.POST.get("request_token", ""))[:64] or None
    try:
        again = services.retry_deployment(deployment, by=request.user, request_token=token)
    except Problem as problem:
        for error in problem.field_errors:
            messages.error(request, error.message)
        if not problem.field_errors:
            messages.error(request, problem.detail)
        return redirect("deployments:detail", deployment.pk)
    return redirect("deployments:detail", again.pk)


@require_POST
@requires(Permission.INTERRUPTION_SUBMIT)
def answer(request: UserRequest, deployment_id: int) -> HttpResponse:
    """Answer the question that the deployment waits with."""
    deployment = get_deployment_to(request.user, Permission.INTERRUPTION_SUBMIT, deployment_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _asked_again(request, deployment, {"answer": "Choose one of the answers."})
    try:
        services.answer_question(deployment, by=request.user, **form.cleaned_data)
    except ValidationProblem as problem:
        return _asked_again(request, deployment, {e.path: e.message for e in problem.errors})
    except NotAllowed as refusal:
        return _asked_again(request, deployment, {"answer": refusal.detail}, status=403)
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("deployments:detail", deployment.pk)


@require_POST
@requires(Permission.INTERRUPTION_SUBMIT)
def assign(request: UserRequest, deployment_id: int) -> HttpResponse:
    """Take care of the question that the deployment waits with."""
    deployment = get_deployment_to(request.user, Permission.INTERRUPTION_SUBMIT, deployment_id)
    form = AssignForm(request.POST)
    number = form.cleaned_data["question"] if form.is_valid() else 0
    try:
        services.assign_question(deployment, question=number, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("deployments:detail", deployment.pk)


def _asked_again(
    request: UserRequest, deployment: Deployment, errors: dict[str, str], *, status: int = 422
) -> HttpResponse:
    """The page with what was typed and the messages beside it."""
    note = str(request.POST.get("note", ""))[:1000]
    return _page(request, deployment, status=status, answer_errors=errors, answer_note=note)


def _may(request: UserRequest, deployment: Deployment, permission: Permission) -> bool:
    return may(
        request.user,
        permission,
        project_id=deployment.project_id,
        environment_id=deployment.environment_id,
    )
