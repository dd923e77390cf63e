"""What the deployment's page shows beside the log: stack, service, revisions, events."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from ecsportal.cloudformation.events import STACK, StackEvent
from ecsportal.cloudformation.stacks import Stack, StackResource
from ecsportal.ecs.rollouts import Service, ServiceEvent
from ecsportal.ecs.tasks import Task
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.wording import service_event
from ecsportal.steps.wording import iso

_KEEPING = ("update", "cancel", "continue")
_EVENTS = 50
_TASKS = 20


def clear(attempt: Attempt) -> None:
    """Begin an attempt with an empty page."""
    resources = attempt.run.resources
    resources.clear()
    resources.update(services=[], stack=None, events=[], failed_tasks=[])
    touch(attempt)


def touch(attempt: Attempt) -> None:
    """Note when AWS was read."""
    attempt.run.resources["read_at"] = iso(attempt.run.now)


def show_stack(attempt: Attempt, stack: Stack | None, *, note: str = "") -> None:
    """The stack's name and status; its resources stay as they were told."""
    before = attempt.run.resources.get("stack") or {}
    status = stack.status if stack else "DELETE_COMPLETE"
    stack_id = stack.id if stack else attempt.memory.stack_id
    attempt.run.resources["stack"] = {
        "name": attempt.stack_name,
        "id": stack_id,
        "status": status,
        "console_url": stack_url(attempt.run.target.region, stack_id),
        "note": note or before.get("note", ""),
        "resources": before.get("resources", []),
    }
    touch(attempt)


def show_resources(attempt: Attempt, found: Iterable[StackResource]) -> None:
    """The stack's resources as CloudFormation lists them."""
    stack = attempt.run.resources.get("stack")
    if stack:
        stack["resources"] = [
            {
                "logical_id": resource.logical_id,
                "type": resource.type,
                "status": resource.status,
                "since": iso(resource.since),
                "reason": resource.reason,
            }
            for resource in found
        ]


def show_stack_event(attempt: Attempt, event: StackEvent) -> None:
    """A resource's new status, as its event tells it."""
    stack = attempt.run.resources.get("stack")
    if not stack or event.type == STACK:
        return
    if event.status.startswith("DELETE_") and attempt.memory.operation in _KEEPING:
        return  # the old one of a pair is cleaned up, the new one stays
    rows: list[JsonDict] = stack["resources"]
    row = next((row for row in rows if row["logical_id"] == event.logical_id), None)
    if row is None:
        row = {"logical_id": event.logical_id, "type": event.type}
        rows.append(row)
    began = row.get("began") if event.status.endswith("_IN_PROGRESS") else None
    row.update(
        status=event.status,
        since=iso(event.at),
        began=began
        or (iso(event.at) if event.status.endswith("_IN_PROGRESS") else row.get("began")),
        reason=event.reason,
    )


def show_service(attempt: Attempt, service: Service) -> None:
    """The service with the counts of each revision, ours first."""
    memory, facts = attempt.memory, attempt.run.deployment
    versions = {
        memory.before_task_definition: facts.previous_release_version,
        memory.task_definition: facts.release_version,
    }
    revisions = [
        {
            "revision": rollout.revision,
            "version": versions.get(rollout.task_definition, ""),
            "status": rollout.status,
            "state": rollout.state,
            "desired": rollout.desired,
            "running": rollout.running,
            "pending": rollout.pending,
            "failed": rollout.failed,
        }
        for rollout in service.rollouts
    ]
    ours = memory.task_definition.rpartition("/")[2]
    if memory.failed_count and all(row["revision"] != ours for row in revisions):
        # ECS forgets a rollout that it has left; its failed tasks are what the page is about.
        row = {"revision": ours, "version": facts.release_version, "status": "INACTIVE"}
        counts = {"desired": 0, "running": 0, "pending": 0, "failed": memory.failed_count}
        revisions.insert(0, {**row, "state": "FAILED", **counts})
    attempt.run.resources["services"] = [
        {
            "name": attempt.short_name,
            "physical_name": service.name,
            "cluster": service.cluster,
            "console_url": service_url(attempt.run.target.region, service.cluster, service.name),
            "revisions": revisions,
        }
    ]
    touch(attempt)


def show_limits(attempt: Attempt) -> None:
    """When the step would end by itself: failed tasks so far and allowed, and the deadline."""
    deadline = attempt.deadline
    attempt.run.resources["limits"] = {
        "failed_tasks": attempt.memory.failed_count,
        "fail_after_stopped_tasks": int(attempt.inputs.fail_after_stopped_tasks),
        "no_progress_minutes": int(attempt.inputs.no_progress_minutes),
        "deadline": iso(deadline),
    }


def show_service_events(attempt: Attempt, events: Iterable[ServiceEvent]) -> None:
    """New events, oldest first; the page has them newest first, fifty at most."""
    shown: list[JsonDict] = attempt.run.resources.setdefault("events", [])
    for event in events:
        shown.insert(0, {"at": iso(event.at), "text": service_event(event.text)})
    del shown[_EVENTS:]


def show_failed_task(attempt: Attempt, task: Task, *, cause: str, log: list[str]) -> None:
    """A stopped task, kept here because AWS forgets it within an hour."""
    shown: list[JsonDict] = attempt.run.resources.setdefault("failed_tasks", [])
    bad = [c for c in task.containers if c.exit_code not in (None, 0) or c.reason]
    culprit = next(iter(bad or task.containers), None)
    shown.append(
        {
            "task": task.short_id,
            "arn": task.arn,
            "revision": task.revision,
            "container": culprit.name if culprit else "",
            "exit_code": culprit.exit_code if culprit else None,
            "container_reason": culprit.reason if culprit else "",
            "stop_code": task.stop_code,
            "reason": task.stop_reason,
            "lived_seconds": task.lived_seconds,
            "stopped_at": iso(task.stopped_at),
            "cause": cause,
            "log": log,
        }
    )
    del shown[:-_TASKS]


def stack_url(region: str, stack_id: str) -> str:
    """The stack in AWS's console."""
    if not stack_id:
        return ""
    return (
        f"https://{_console(region)}/cloudformation/home?region={region}"
        f"#/stacks/stackinfo?stackId={quote(stack_id, safe='')}"
    )


def service_url(region: str, cluster: str, service: str) -> str:
    """The service in AWS's console."""
    return (
        f"https://{_console(region)}/ecs/v2/clusters/{quote(cluster)}/services/{quote(service)}"
        f"/health?region={region}"
    )


def _console(region: str) -> str:
    if region.startswith("cn-"):
        return f"{region}.console.amazonaws.cn"
    if region.startswith("us-gov-"):
        return f"{region}.console.amazonaws-us-gov.com"
    return f"{region}.console.aws.amazon.com"
