"""Looking at ECS while the service resource changes, and ending early what cannot succeed.

CloudFormation waits up to 3 hours for a service that never becomes stable. A missing image is known
in seconds, three crashes in a minute, so the step decides by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecsportal.aws.causes import Cause
from ecsportal.aws.errors import AwsError
from ecsportal.ecs.failures import cause_of_task, cause_of_text, most_telling, no_progress
from ecsportal.ecs.rollouts import Rollout, Service, ServiceEvent, ours
from ecsportal.ecs.shared_look import followed_service
from ecsportal.ecs.tasks import Task, describe_tasks, list_task_arns, stopped_tasks
from ecsportal.steps.run_memory import seconds_since
from ecsportal.steps.service_rollout import page, target_watch
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.service_rollout.last_lines import last_lines
from ecsportal.steps.service_rollout.wording import service_event
from ecsportal.steps.wording import counted

_UNHEALTHY = re.compile(r"is unhealthy in \(target-group .*due to \(reason (.+?)\)")
_ORDINARY = re.compile(r"has started \d|registered \d|steady state|deployment completed")
"""Events of a rollout that goes well."""
_CAUSES = 30
_TARGETS_EVERY, _TASKS_EVERY = 3, 6
"""Looks while nothing moves, until the targets' health is read and stopped tasks are listed all the
same: of both the service's counts and events tell first."""
_TOLD_ONE_BY_ONE = 20
"""Above so many tasks the service's own events have to do."""
_RUNNING_KEPT = 60
_LOGS_OF = 3
"""Failed tasks whose container log is read: the others say the same."""


def watch(attempt: RolloutAttempt, service: Service | None = None) -> bool:
    """Tell what is new about the service; True when anything was.

    `service` is how it stands, where that was just looked at. Without permission to look, one
    warning says so, and what the step does then.
    """
    if not attempt.memory.service:
        return False
    try:
        return _look(attempt, service)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        if attempt.memory.warn_once("ecs"):
            attempt.log.warning(
                f"{error.message} Tasks and service events can't be shown; {attempt.without_sight}."
            )
        return False


def _look(attempt: RolloutAttempt, service: Service | None) -> bool:
    run, name = attempt.run, attempt.memory.service
    service = service or followed_service(
        attempt.ecs, attempt.service_cluster, name, place=run.aws.place, now=run.now
    )
    if service is None:
        return False
    page.show_service(attempt, service)
    new = _tell_service_events(attempt, service)
    moved = _fingerprint(attempt, service) != attempt.memory.progress
    unmoved = attempt.memory.unmoved = 0 if new or moved else attempt.memory.unmoved + 1
    stopped, running = [], []
    if unmoved % _TARGETS_EVERY == 0:
        target_watch.watch(attempt)
        is_due = unmoved > 0 and unmoved % _TASKS_EVERY == 0
        if _may_have_stopped(attempt, service, new) or is_due:
            stopped = _tell_stopped_tasks(attempt, service)
        running = _tell_running_tasks(attempt, service)
    _note_progress(attempt, service, bool(new or stopped or running))
    page.show_limits(attempt)
    return bool(new or stopped or running)


def _may_have_stopped(
    attempt: RolloutAttempt, service: Service, new: Sequence[ServiceEvent]
) -> bool:
    """Whether counts or events tell of a task that ended: fewer tasks, a failure, a replacement."""
    memory, rollouts = attempt.memory, our_rollouts(attempt, service)
    alive = sum(rollout.running + rollout.pending for rollout in rollouts)
    failed = sum(rollout.failed for rollout in rollouts)
    fewer = alive < memory.tasks_alive or failed != memory.tasks_failed
    memory.tasks_alive, memory.tasks_failed = alive, failed
    started = any("has started" in event.text for event in new)
    again = started and memory.has_started
    memory.has_started = memory.has_started or started
    return fewer or again or not all(_ORDINARY.search(event.text) for event in new)


def our_rollouts(attempt: RolloutAttempt, service: Service) -> list[Rollout]:
    """The rollouts that this deployment began, of the revision it registered."""
    memory = attempt.memory
    return ours(service, before=memory.before_rollouts, expected=memory.task_definition)


def _tell_service_events(attempt: RolloutAttempt, service: Service) -> list[ServiceEvent]:
    memory = attempt.memory
    new: list[ServiceEvent] = []
    for event in service.events:
        if event.id == memory.known_service_event:
            break
        new.append(event)
    if not new:
        return []
    memory.known_service_event = new[0].id
    new.reverse()
    for event in new:
        if refused := _UNHEALTHY.search(event.text):
            # The target itself is gone again within seconds; the event names its answer for good.
            memory.unhealthy = refused[1]
        cause = cause_of_text(event.text, attempt.naming)
        if cause is None:
            attempt.log.info(f"{attempt.short_name} {service_event(event.text)}")
        else:
            attempt.log.warning(f"{attempt.short_name} {service_event(event.text)}")
            if not any(c["slug"] == cause.slug for c in memory.causes):
                _add_cause(attempt, cause, of_task=False)
    page.show_service_events(attempt, new)
    return new


def _tell_stopped_tasks(attempt: RolloutAttempt, service: Service) -> list[Task]:
    memory = attempt.memory
    new = stopped_tasks(
        attempt.ecs, attempt.service_cluster, service.name, known=memory.known_tasks
    )
    memory.know_tasks([task.id for task in new])
    failed = [task for task in new if task.failed and _is_ours(attempt, service, task)]
    for task in failed:
        memory.failed_count += 1
        lines = last_lines(attempt, task) if _is_log_wanted(attempt) else []
        cause = cause_of_task(task, attempt.naming, log=lines, unhealthy=attempt.memory.unhealthy)
        _add_cause(attempt, cause)
        attempt.log.warning(
            f"Task {task.short_id} ({task.revision}) stopped: {_why(task)} ({_counter(attempt)})"
        )
        page.show_failed_task(attempt, task, cause=cause.slug, log=lines)
    return failed


def _is_log_wanted(attempt: RolloutAttempt) -> bool:
    """True for the first few, and for others once those of the first are no longer kept."""
    kept = sum(bool(row["log"]) for row in attempt.run.resources.get("failed_tasks") or ())
    return attempt.memory.failed_count <= _LOGS_OF or 0 < kept < _LOGS_OF


def _is_ours(attempt: RolloutAttempt, service: Service, task: Task) -> bool:
    """True for a task of our rollout; an older attempt's failures are none of ours."""
    rollouts = our_rollouts(attempt, service)
    if task.started_by.startswith("ecs-svc/"):
        if any(task.started_by == rollout.id for rollout in rollouts):
            return True
        # ECS forgets a rollout that it has replaced: then the revision has to tell.
        known = {rollout.id for rollout in service.rollouts} | set(attempt.memory.before_rollouts)
        if task.started_by in known:
            return False
    expected = attempt.memory.task_definition
    return bool(expected) and task.task_definition == expected != _before(attempt)


def _before(attempt: RolloutAttempt) -> str:
    return attempt.memory.before_task_definition


def _why(task: Task) -> str:
    for container in task.containers:
        if container.exit_code not in (None, 0):
            reason = f" ({container.reason})" if container.reason else ""
            return f"container {container.name} exited with code {container.exit_code}{reason}"
    reasons = [container.reason for container in task.containers if container.reason]
    return task.stop_reason or "; ".join(reasons) or task.stop_code


def _counter(attempt: RolloutAttempt) -> str:
    limit = attempt.most_failed_tasks
    count = attempt.memory.failed_count
    return f"{count} of {limit}" if 0 < limit >= count else counted(count, "failure")


def _add_cause(attempt: RolloutAttempt, cause: Cause, *, of_task: bool = True) -> None:
    causes = attempt.memory.causes
    causes.append(
        {
            "slug": cause.slug,
            "sentence": cause.sentence,
            "advice": cause.advice,
            "heals": cause.heals,
            "quote": cause.quote[:1000],
            "of_task": of_task,
        }
    )
    if len(causes) > _CAUSES:
        del causes[_oldest_repeated([found["slug"] for found in causes])]


def _oldest_repeated(slugs: Sequence[str]) -> int:
    """Where the oldest stands that isn't the first of its kind: the first quotes the container."""
    return next((n for n, slug in enumerate(slugs) if slug in slugs[:n]), 0)


def causes(attempt: RolloutAttempt) -> list[Cause]:
    """The causes seen so far: those of tasks first, they can name the container."""
    ordered = sorted(attempt.memory.causes, key=lambda found: not found["of_task"])
    return [
        Cause(**{key: value for key, value in found.items() if key != "of_task"})
        for found in ordered
    ]


def _tell_running_tasks(attempt: RolloutAttempt, service: Service) -> list[Task]:
    """New tasks of ours that run, each told once; asked only while some are on their way."""
    memory = attempt.memory
    rollouts = our_rollouts(attempt, service)
    running = sum(rollout.running for rollout in rollouts)
    if running <= len(memory.running_tasks) or running > _TOLD_ONE_BY_ONE:
        return []
    arns = list_task_arns(attempt.ecs, attempt.service_cluster, service.name)
    unknown = [arn for arn in arns if arn.rpartition("/")[2] not in memory.running_tasks]
    new = [
        task
        for task in describe_tasks(attempt.ecs, attempt.service_cluster, unknown)
        if task.status == "RUNNING" and _is_ours(attempt, service, task)
    ]
    memory.running_tasks = (memory.running_tasks + [task.id for task in new])[-_RUNNING_KEPT:]
    for task in new:
        attempt.log.info(f"Task {task.short_id} ({task.revision}) is running")
    return new


def _note_progress(attempt: RolloutAttempt, service: Service, changed: bool) -> None:
    """Progress is a new event, a stopped task, or another count of running or pending tasks."""
    fingerprint = _fingerprint(attempt, service)
    memory = attempt.memory
    if changed or fingerprint != memory.progress or not memory.progress_at:
        memory.progress = fingerprint
        memory.progress_at = attempt.run.now.isoformat()


def _fingerprint(attempt: RolloutAttempt, service: Service) -> str:
    """What has to change for a rollout to count as moving."""
    return repr([(r.id, r.running, r.pending, r.failed) for r in our_rollouts(attempt, service)])


def early_end(attempt: RolloutAttempt) -> Cause | None:
    """The cause to end the rollout for now, or None while it may still succeed."""
    memory, found = attempt.memory, causes(attempt)
    final = [cause for cause in found if not cause.heals]
    if final:
        return final[0]
    limit = attempt.most_failed_tasks
    if 0 < limit <= memory.failed_count:
        return most_telling(found)
    minutes = attempt.most_quiet_minutes
    if minutes > 0 and seconds_since(memory.progress_at, attempt.run.now) >= minutes * 60:
        _keep_waiting_tasks(attempt)
        return most_telling(found) or no_progress(minutes)
    return None


def keep_what_waits(attempt: RolloutAttempt) -> None:
    """Keep what a rollout that has used up its time still waited for, as far as AWS answers.

    No fault of AWS puts off the end.
    """
    try:
        _keep_waiting_tasks(attempt)
    except AwsError as error:
        attempt.log.verbose(f"The tasks that it waited for can't be seen: {error.message}")


def _keep_waiting_tasks(attempt: RolloutAttempt) -> None:
    """The tasks that a rollout which stands still waits for: going back takes them away."""
    name, cluster = attempt.memory.service.rpartition("/")[2], attempt.service_cluster
    try:
        tasks = describe_tasks(attempt.ecs, cluster, list_task_arns(attempt.ecs, cluster, name))
    except AwsError as error:
        if error.transient:
            raise
        attempt.log.verbose(f"The tasks that it waits for can't be seen: {error.message}")
        return
    wanted = attempt.memory.task_definition
    page.show_waiting_tasks(
        attempt,
        [task for task in tasks if task.status != "RUNNING" and task.task_definition == wanted],
    )
