"""What the deployment's page shows of the service: revisions, events, failed tasks, limits."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from ecsportal.ecs.rollouts import Service, ServiceEvent
from ecsportal.ecs.tasks import Task
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.wording import service_event
from ecsportal.steps.stack_operation.page import console_host, touch
from ecsportal.steps.wording import iso

_EVENTS = 50
_TASKS = 20


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


def service_url(region: str, cluster: str, service: str) -> str:
    """The service in AWS's console."""
    return (
        f"https://{console_host(region)}/ecs/v2/clusters/{quote(cluster)}/services/{quote(service)}"
        f"/health?region={region}"
    )
