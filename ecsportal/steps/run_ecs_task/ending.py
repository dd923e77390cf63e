"""What the ended tasks say: success by exit code, or the cause with its evidence, and outputs."""

from __future__ import annotations

from ecsportal.aws.causes import Cause
from ecsportal.ecs.failures import cause_of_task, culprit_of, most_telling
from ecsportal.ecs.tasks import Task
from ecsportal.steps.console import log_group_url, task_url
from ecsportal.steps.contract import Cancelled, Failed, Progress, Succeeded
from ecsportal.steps.reasons import Evidence
from ecsportal.steps.run_ecs_task.attempt import TaskAttempt
from ecsportal.steps.run_ecs_task.container_output import stream_for, tail
from ecsportal.steps.stopped_tasks import keep_stopped_task, said_of
from ecsportal.steps.wording import counted, sentence

_TAKEN_ALONG = (None, 137, 143)
"""Codes of a container that was ended because another essential one had."""


def ended(attempt: TaskAttempt, tasks: list[Task]) -> Progress:
    """The step's end; a task that AWS has forgotten counts as failed."""
    if attempt.memory.cancelling:
        return Cancelled(_stopped_note(attempt))
    if attempt.memory.failure is not None:
        return _stopped(attempt, tasks)
    bad = [task for task in tasks if exit_code(attempt, task) != 0]
    if bad or len(tasks) < len(attempt.memory.tasks):
        return _failed(attempt, bad)
    lived = max((task.lived_seconds or 0 for task in tasks), default=0)
    which = "Task" if len(tasks) == 1 else f"All {len(tasks)} tasks:"
    name = f" {tasks[0].short_id}:" if len(tasks) == 1 else ""
    attempt.log.highlight(
        f"{which}{name} container {attempt.memory.container} exited with code 0 after {lived} s"
    )
    return Succeeded(_outputs(attempt))


def exit_code(attempt: TaskAttempt, task: Task) -> int | None:
    """The code of the container that counts; None where it never ended by itself."""
    counts = attempt.memory.container
    return next((c.exit_code for c in task.containers if c.name == counts), None)


def stopped_by_step(attempt: TaskAttempt, *, code: str, cause: Cause) -> None:
    """Remember why the tasks are stopped before they are."""
    attempt.memory.failure = {
        "code": code,
        "message": cause.sentence,
        "advice": cause.advice,
        "cause": cause.slug,
    }


def _stopped(attempt: TaskAttempt, tasks: list[Task]) -> Failed:
    failure = attempt.memory.failure or {}
    for task in tasks:
        lines = tail(attempt, task, attempt.memory.container)
        _keep(attempt, task, str(failure["cause"]), lines)
    return attempt.fail(
        failure["code"],
        failure["message"],
        failure["advice"],
        cause=failure["cause"],
        evidence=_evidence(attempt),
    )


def _failed(attempt: TaskAttempt, bad: list[Task]) -> Failed:
    causes = []
    for task in bad:
        lines = tail(attempt, task, attempt.memory.container)
        cause = _cause(attempt, task, lines)
        causes.append(cause)
        _keep(attempt, task, cause.slug, lines)
        if len(attempt.memory.tasks) > 1:
            attempt.log.warning(f"Task {task.short_id} failed: {cause.sentence}")
    cause = most_telling(causes) or _forgotten()
    count = len(attempt.memory.tasks)
    message = cause.sentence
    if count > 1 and bad:
        message = f"{sentence(message)} {len(bad)} of {count} tasks failed."
    return attempt.fail(
        "ECS-TASK-FAILED",
        message,
        cause.advice,
        cause=cause.slug,
        evidence=_evidence(attempt),
    )


def _cause(attempt: TaskAttempt, task: Task, lines: list[str]) -> Cause:
    if task.stop_code == "UserInitiated":
        return Cause(
            "task-stopped",
            f"Somebody stopped task {task.short_id} before it was done.",
            "Find out who and why (CloudTrail has StopTask), then retry.",
            heals=True,
            quote=task.stop_reason,
        )
    others = [c for c in task.containers if c.name != attempt.memory.container]
    other = next((c for c in others if c.exit_code == 0), None)
    if other and exit_code(attempt, task) in _TAKEN_ALONG:
        return Cause(
            "other-container-ended",
            f"Container {other.name} ended before {attempt.memory.container} was done, and took the"
            " task with it.",
            f"Mark {other.name} as not essential, or run a task definition without it.",
            heals=False,
            quote=task.stop_reason,
        )
    return cause_of_task(task, attempt.naming, log=lines)


def _forgotten() -> Cause:
    return Cause(
        "task-forgotten",
        "ECS doesn't know the task any more: nobody looked for an hour after it ended.",
        "Read in CloudWatch how it ended, then retry if it has to run again.",
        heals=True,
    )


def _keep(attempt: TaskAttempt, task: Task, cause: str, lines: list[str]) -> None:
    counts, region = attempt.memory.container, attempt.run.target.region
    named = next((c for c in task.containers if c.name == counts), None)
    stream = stream_for(attempt, task, counts)
    keep_stopped_task(
        attempt.run.resources,
        task,
        named if named and named.exit_code is not None else culprit_of(task),
        cause=cause,
        log=lines,
        console_url=task_url(region, attempt.cluster, task.id),
        log_url=log_group_url(region, stream.group, stream.name) if stream else "",
    )


def _evidence(attempt: TaskAttempt) -> list[Evidence]:
    return [said_of(row) for row in attempt.run.resources.get("failed_tasks", [])]


def _stopped_note(attempt: TaskAttempt) -> str:
    count = len(attempt.memory.tasks)
    if not count:
        return "No task was started."
    return f"Stopped {counted(count, 'task')}; what they had done by then stays."


def _outputs(attempt: TaskAttempt) -> dict[str, str]:
    memory = attempt.memory
    family, _, revision = memory.task_definition.rpartition("/")[2].partition(":")
    return {
        "TaskArn": memory.tasks[0],
        "TaskArns": ",".join(memory.tasks),
        "ExitCode": "0",
        "TaskDefinitionArn": memory.task_definition,
        "TaskDefinitionFamily": family,
        "TaskDefinitionRevision": revision,
        "ClusterName": attempt.cluster,
        "Region": attempt.run.target.region,
    }
