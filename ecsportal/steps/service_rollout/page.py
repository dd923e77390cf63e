"""What the deployment's page shows of a service: revisions, events, failed tasks, limits."""

from __future__ import annotations

from collections.abc import Iterable

from ecsportal.ecs.failures import culprit_of
from ecsportal.ecs.rollouts import Service, ServiceEvent
from ecsportal.ecs.target_health import TargetHealth
from ecsportal.ecs.tasks import Task
from ecsportal.steps.console import log_group_url, service_url, target_group_url, task_url
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.service_rollout.wording import service_event
from ecsportal.steps.stopped_tasks import keep_stopped_task
from ecsportal.steps.wording import iso

_EVENTS = 50
_WAITING = 20


def show_service(attempt: RolloutAttempt, service: Service, *, is_before: bool = False) -> None:
    """The service with the counts of each revision, ours first.

    `is_before` says that what ran before runs still, or again: a revision that the update keeps is
    then of the release before.
    """
    memory, facts = attempt.memory, attempt.run.deployment
    versions = {
        memory.before_task_definition: facts.previous_release_version,
        memory.task_definition: facts.release_version,
    }
    if is_before:
        versions[memory.before_task_definition] = facts.previous_release_version
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
            "gone": service.status == "INACTIVE",
            "console_url": service_url(attempt.run.target.region, service.cluster, service.name),
            "revisions": revisions,
            "log_groups": [
                {"name": name, "console_url": log_group_url(attempt.run.target.region, name)}
                for name in attempt.log_groups
            ],
        }
    ]
    attempt.run.resources["read_at"] = iso(attempt.run.now)


def show_target_health(
    attempt: RolloutAttempt, group: str, targets: Iterable[TargetHealth]
) -> None:
    """How the load balancer sees a target group's targets now."""
    shown: JsonDict = attempt.run.resources.setdefault("target_groups", {})
    shown[group] = {
        "name": target_group_name(group),
        "console_url": target_group_url(attempt.run.target.region, group),
        "targets": [
            {
                "id": target.id,
                "port": target.port,
                "state": target.state,
                "reason": target.reason,
                "words": target.words,
            }
            for target in targets
        ],
    }


def target_group_name(arn: str) -> str:
    """`web` of `arn:...:targetgroup/web/0123456789abcdef`."""
    return arn.partition(":targetgroup/")[2].partition("/")[0] or arn


def show_limits(attempt: RolloutAttempt) -> None:
    """When the step would end by itself: failed tasks so far and allowed, and the deadline."""
    deadline = attempt.deadline
    attempt.run.resources["limits"] = {
        "failed_tasks": attempt.memory.failed_count,
        "fail_after_stopped_tasks": attempt.most_failed_tasks,
        "no_progress_minutes": attempt.most_quiet_minutes,
        "deadline": iso(deadline),
    }


def show_service_events(attempt: RolloutAttempt, events: Iterable[ServiceEvent]) -> None:
    """New events, oldest first; the page has them newest first, fifty at most."""
    shown: list[JsonDict] = attempt.run.resources.setdefault("events", [])
    for event in events:
        shown.insert(0, {"at": iso(event.at), "text": service_event(event.text)})
    del shown[_EVENTS:]


def show_waiting_tasks(attempt: RolloutAttempt, tasks: Iterable[Task]) -> None:
    """Tasks that had not come up when the rollout was ended."""
    attempt.run.resources["waiting_tasks"] = [
        {
            "task": task.short_id,
            "revision": task.revision,
            "status": task.status,
            "since": iso(task.created_at),
        }
        for task in tasks
    ][:_WAITING]


def show_failed_task(attempt: RolloutAttempt, task: Task, *, cause: str, log: list[str]) -> None:
    """A stopped task, kept here because AWS forgets it within an hour."""
    culprit = culprit_of(task)
    region, name = attempt.run.target.region, culprit.name if culprit else ""
    stream = attempt.log_stream(name, task)
    keep_stopped_task(
        attempt.run.resources,
        task,
        culprit,
        cause=cause,
        log=log,
        console_url=task_url(region, attempt.service_cluster, task.id),
        log_url=log_group_url(region, stream.group, stream.name) if stream else "",
    )
