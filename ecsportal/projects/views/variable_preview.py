""" "What will it be?": every variable of a project for an environment, a step and a target."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.queries import environments_for, targets_for
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.variable_forms import PreviewQuery
from ecsportal.projects.variables.preview import (
    Preview,
    PreviewItem,
    Process,
    Tried,
    completions,
)
from ecsportal.projects.variables.table import (
    Chip,
    Names,
    chips_of,
    excerpt,
    names_for,
    seen_variables,
)
from ecsportal.projects.variables.values import VariableValue, fold

MOST_NAMES = 60
LONGEST_SHOWN = 300


@dataclass(frozen=True)
class Reason:
    """One value with why it counts or doesn't."""

    text: str
    words: str
    chips: tuple[Chip, ...]
    source: str


@dataclass(frozen=True)
class Shown:
    """One name: what it would be, the winner and the others."""

    item: PreviewItem
    text: str
    winner: Reason | None
    losers: tuple[Reason, ...]
    is_open: bool


@dataclass(frozen=True)
class Pointed:
    """An expression with the character that its error points at."""

    before: str
    at: str
    after: str


@require_safe
@vary_on_headers("HX-Request")
@requires(Permission.VARIABLE_VIEW)
def show(request: UserRequest, slug: str) -> HttpResponse:
    """The panel; `?environment=&step=&target=&name=&expression=`."""
    project = get_project_for(request.user, slug)
    asked = PreviewQuery(request.GET).read()
    environments = list(environments_for(request.user).order_by("order", "name"))
    environment = _chosen(environments, asked["environment"])
    targets = _targets_in(request, environment)
    names = names_for(project, request.user)
    process = Process.of(project, current_process(project))
    context = {
        "project": project,
        "asked": asked,
        "environments": environments,
        "environment": environment,
        "targets": targets,
        "steps": process.steps.values(),
    }
    if environment:
        target = next((t for t in targets if t.slug == asked["target"]), None)
        preview = Preview(
            project,
            environment=environment,
            target=target,
            step=asked["step"],
            process=process,
            values=seen_variables(project, request.user),
        )
        context |= _results(preview, asked, names)
    is_part = bool(request.headers.get("HX-Request"))
    template = "projects/_preview.html" if is_part else "projects/preview.html"
    return render(request, template, context)


@require_safe
@requires(Permission.VARIABLE_VIEW)
def complete(request: UserRequest, slug: str) -> JsonResponse:
    """Names that go on as typed after `#{`."""
    project = get_project_for(request.user, slug)
    typed = PreviewQuery(request.GET).read()["name"]
    seen = {fold(name) for name in seen_variables(project, request.user).names}
    found = completions(project, typed=typed, limit=MOST_NAMES)
    return JsonResponse(
        {
            "names": [n for n in found if fold(n) in seen or fold(n).startswith(fold("Octopus."))][
                :20
            ]
        }
    )


def _chosen(environments: list[Environment], slug: str) -> Environment | None:
    if not slug:
        return environments[0] if environments else None
    for environment in environments:
        if environment.slug == slug:
            return environment
    raise Http404(f'There is no environment "{slug}", or you may not see it.')


def _targets_in(request: UserRequest, environment: Environment | None) -> list[DeploymentTarget]:
    if environment is None:
        return []
    return list(targets_for(request.user).filter(environments=environment).order_by("name"))


def _results(preview: Preview, asked: dict[str, str], names: Names) -> dict[str, object]:
    wanted = asked["name"].strip().lower()
    found = sorted((n for n in preview.values.names if wanted in n.lower()), key=str.lower)
    if wanted and not found and wanted.startswith("octopus."):
        found = [asked["name"].strip()]
    only = len(found) == 1
    items = [_shown(preview.item(name), names, is_open=only) for name in found[:MOST_NAMES]]
    tried = preview.tried(asked["expression"]) if asked["expression"] else None
    return {
        "items": items,
        "more": len(found) - len(items),
        "ties": [tie for tie in preview.ties if wanted in tie.name.lower()],
        "tried": tried,
        "pointed": _pointed(asked["expression"], tried),
    }


def _shown(item: PreviewItem, names: Names, *, is_open: bool) -> Shown:
    explanation = item.explanation
    winner = explanation.winner
    return Shown(
        item=item,
        text=excerpt(item.value or "", longest=LONGEST_SHOWN),
        winner=_reason(winner, explanation.why, names) if winner else None,
        losers=tuple(_reason(loser.value, loser.words, names) for loser in explanation.losers),
        is_open=is_open,
    )


def _reason(value: VariableValue, words: str, names: Names) -> Reason:
    text = "********" if value.is_sensitive else (value.value or "").split("\n", 1)[0]
    source = "project" if value.source.is_project else value.source.name
    return Reason(text[:80], words, chips_of(value.scope, names), source)


def _pointed(expression: str, tried: Tried | None) -> Pointed | None:
    if tried is None or tried.position is None:
        return None
    place = tried.position
    return Pointed(
        expression[max(0, place - 60) : place],
        expression[place : place + 1] or "\N{NO-BREAK SPACE}",
        expression[place + 1 : place + 40],
    )
