"""What is known of many projects in many environments: each a query, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from ecsportal.deployments.models import Deployment, RunState, StackBinding, State, TargetRun
from ecsportal.deployments.sentences import ServiceFacts

Pair = tuple[int, int]
"""A project's and an environment's id."""
LAST_DURATIONS = 10
"""How many earlier deployments tell how long the next one takes (their median)."""


def gone_pairs() -> set[Pair]:
    """Where the last look found none of the stacks that deployments had made."""
    return set(
        StackBinding.objects.values_list("project_id", "environment_id")
        .order_by()
        .annotate(
            missing=Count("pk", filter=Q(found=False)), others=Count("pk", filter=~Q(found=False))
        )
        .filter(missing__gt=0, others=0)
        .values_list("project_id", "environment_id")
    )


def expected_durations(pairs: Iterable[Pair]) -> dict[Pair, timedelta]:
    """The median duration of the last ten successes of each pair that has any."""
    wanted = Q(pk__in=())
    for project_id, environment_id in pairs:
        wanted |= Q(project_id=project_id, environment_id=environment_id)
    if not wanted.children:
        return {}
    rows = (
        Deployment.objects.filter(wanted, state=State.SUCCEEDED, started_at__isnull=False)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("project_id"), F("environment_id")],
                order_by=F("pk").desc(),
            )
        )
        .filter(place__lte=LAST_DURATIONS)
        .values_list("project_id", "environment_id", "started_at", "finished_at")
    )
    seconds: dict[Pair, list[float]] = defaultdict(list)
    for project_id, environment_id, started, finished in rows:
        if started and finished:
            seconds[project_id, environment_id].append((finished - started).total_seconds())
    return {pair: timedelta(seconds=median(took)) for pair, took in seconds.items()}


def services_of(deployment_ids: Iterable[int]) -> dict[int, list[ServiceFacts]]:
    """The services that each deployment's runs saw last."""
    # Only this part of `resources` is read: its task and event lists are long.
    rows = (
        TargetRun.objects.filter(step_run__deployment__in=list(deployment_ids))
        .order_by("step_run__position", "target_slug")
        .values_list("step_run__deployment_id", "resources__services")
    )
    found: dict[int, list[ServiceFacts]] = defaultdict(list)
    for deployment_id, services in rows:
        for service in services or []:
            found[deployment_id].append(_facts(service))
    return dict(found)


def held_up_among(executing: Sequence[int]) -> set[int]:
    """The deployments whose stack is busy with somebody else's operation."""
    if not executing:
        return set()
    waiting = TargetRun.objects.filter(
        step_run__deployment__in=executing,
        state=RunState.EXECUTING,
        resources__stack__waits_for__isnull=False,
    )
    return set(waiting.values_list("step_run__deployment_id", flat=True))


def _facts(service: dict[str, Any]) -> ServiceFacts:
    revisions = service.get("revisions") or [{}]
    primary = next((r for r in revisions if r.get("status") == "PRIMARY"), revisions[0])
    return ServiceFacts(
        name=str(service.get("name", "")),
        running=int(primary.get("running") or 0),
        desired=int(primary.get("desired") or 0),
        pending=int(primary.get("pending") or 0),
        failed=int(primary.get("failed") or 0),
        version=str(primary.get("version") or ""),
        serves=tuple(
            str(each.get("version") or each.get("revision", ""))
            for each in revisions
            if each.get("running")
        ),
    )
