"""What the end of a rollout has to tell: what is left, what still serves, AWS's own words.

Evidence is of this attempt only: tasks of its own rollout, events since it began.
"""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.rollouts import Service, describe_service
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.reasons import Evidence, told
from ecsportal.steps.service_rollout import page, target_watch
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.stopped_tasks import said_of
from ecsportal.steps.wording import counted


def what_runs(attempt: RolloutAttempt) -> str:
    """`web:57 runs 4 of 4 tasks` where a service is left, or empty."""
    try:
        service = _service(attempt)
    except AwsError:
        return ""
    primary = service.primary if service else None
    if service is None or service.status == "INACTIVE" or primary is None:
        return ""
    count = counted(primary.desired, "task")
    return f"{primary.revision} runs {primary.running} of {count}"


def _service(attempt: RolloutAttempt) -> Service | None:
    """The service as it stands at the end; raises AwsError, which isn't worth failing for."""
    if not attempt.memory.service:
        return None
    try:
        service = describe_service(attempt.ecs, attempt.service_cluster, attempt.memory.service)
    except AwsError as error:
        attempt.log.verbose(f"What still serves can't be seen: {error.message}")
        raise
    if service is not None:
        page.show_service(attempt, service, is_before=True)
        target_watch.watch(attempt)
    return service


def still_serving(attempt: RolloutAttempt) -> str:
    """What still serves users, in a sentence; empty where that is not known."""
    memory = attempt.memory
    try:
        service = _service(attempt)
    except AwsError:
        return ""
    if service is None or service.status == "INACTIVE":
        return "" if memory.before_task_definition else f"Nothing serves {attempt.short_name} yet."
    before = [r for r in service.rollouts if r.task_definition == memory.before_task_definition]
    running = sum(rollout.running for rollout in before)
    if not memory.before_task_definition:
        count = service.running
        return (
            f"{attempt.short_name} runs {counted(count, 'task')} of the new version only."
            if count
            else f"Nothing serves {attempt.short_name} yet."
        )
    what = attempt.run.deployment.previous_release_version or before_revision(attempt)
    if not running:
        return f"Nothing of {what} serves {attempt.short_name} any more."
    whole = ", not interrupted" if running >= service.desired else ""
    return (
        f"{what} still serves {attempt.short_name}: {running} of"
        f" {counted(max(running, service.desired), 'task')} running{whole}."
    )


def before_revision(attempt: RolloutAttempt) -> str:
    """`web:57`, the revision that ran before."""
    return attempt.memory.before_task_definition.rpartition("/")[2]


def said(attempt: RolloutAttempt) -> list[Evidence]:
    """AWS's own words: stopped tasks, those that never ran, the service's newest events."""
    resources = attempt.run.resources
    found = [said_of(task) for task in resources.get("failed_tasks", [])]
    found += [_still_waits(task) for task in resources.get("waiting_tasks", [])]
    events = resources.get("events", [])[:5]
    return [*found, *(_event(event) for event in reversed(events))]


def _still_waits(task: JsonDict) -> Evidence:
    name, text = f"{task['task']} ({task['revision']})", f"still {task['status']}"
    return told(text, line=f"Task {name}: {text}", noun="task", name=name)


def _event(event: JsonDict) -> Evidence:
    text = event["text"]
    return told(text, line=f"Service event: {text}", noun="service event", at=event["at"])
