"""What went wrong: the cause, the evidence, what still serves, and whether to go back.

Evidence is of this attempt only: stack events that carry its tokens, tasks of its own rollout.
"""

from __future__ import annotations

from dataclasses import replace

from ecsportal.aws.causes import Cause
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack
from ecsportal.cloudformation.states import state_of
from ecsportal.ecs.failures import most_telling
from ecsportal.ecs.rollouts import Service, describe_service
from ecsportal.steps.causes import cause_of_reason as known_reason
from ecsportal.steps.contract import Cancelled, Failed, Progress
from ecsportal.steps.deploy_ecs_service import page, rollout_watch
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.wording import counted, duration

_DETAILS = 30


def end_early(attempt: Attempt, stack: Stack) -> Progress | None:
    """End a rollout that cannot succeed, or that has used up its time; None while it may go on."""
    if attempt.past_deadline:
        return _stop(attempt, stack, _timed_out(attempt), code="ECS-TIMEOUT")
    if not attempt.memory.service_busy:
        return None
    cause = rollout_watch.early_end(attempt)
    return None if cause is None else _stop(attempt, stack, cause, code="ECS-DEPLOY-FAILED")


def _timed_out(attempt: Attempt) -> Cause:
    minutes = attempt.inputs.wait.timeout_minutes
    return Cause(
        "timeout",
        f"The step has used up its {minutes} min.",
        "Give it more time, or find out below what it was waiting for.",
        heals=False,
    )


def _stop(attempt: Attempt, stack: Stack, cause: Cause, *, code: str) -> Progress:
    _keep(attempt, cause, code)
    memory = attempt.memory
    failed = memory.failed_count
    because = f"{counted(failed, 'task')} failed: " if failed else ""
    if stack.status == "UPDATE_IN_PROGRESS" and attempt.inputs.cancel_on_failure is True:
        back = memory.before_task_definition.rpartition("/")[2]
        goes = f" CloudFormation returns to {back}." if back else ""
        stopping = "stopping" if because else "Stopping"
        attempt.log.highlight(f"{cause.sentence} {because}{stopping} the rollout.{goes}")
        return attempt.intend("cancel")
    ends = "the step ends here" if because else "The step ends here"
    attempt.log.highlight(
        f"{cause.sentence} {because}{ends}; CloudFormation goes on with stack"
        f" {attempt.stack_name} ({stack.status}) until it gives up by itself."
    )
    return _failed(attempt)


def note(attempt: Attempt, stack: Stack) -> None:
    """Remember why, the first time the operation is seen to have failed: evidence fades."""
    if attempt.memory.failure is not None or attempt.memory.cancelling:
        return
    rollout_watch.watch(attempt)
    cause = _cause(attempt, stack)
    _keep(attempt, cause, "ECS-DEPLOY-FAILED")
    if not state_of(stack.status).ended:
        attempt.log.highlight(f"{cause.sentence} CloudFormation goes back ({stack.status}).")


def _keep(attempt: Attempt, cause: Cause, code: str) -> None:
    attempt.memory.failure = {
        "code": code,
        "message": cause.sentence,
        "advice": cause.advice,
        "cause": cause.slug,
        "quote": cause.quote[:1000],
    }


def _cause(attempt: Attempt, stack: Stack) -> Cause:
    """Tasks know best, then the oldest failed event, then the stack's own words."""
    told = most_telling(rollout_watch.causes(attempt))
    if told is not None and told.slug != "unknown":
        return told
    events = attempt.memory.failed_events
    first = next((e for e in events if e["type"] != "AWS::CloudFormation::Stack"), None)
    if first is None:
        reason = stack.reason or (events[0]["reason"] if events else "")
        return told or Cause(
            "unknown",
            f"Stack {attempt.stack_name} ended in {stack.status}.",
            "Read AWS's words below.",
            heals=True,
            quote=reason,
        )
    return cause_of_reason(first["logical_id"], first["reason"], attempt)


def cause_of_reason(resource: str, reason: str, attempt: Attempt) -> Cause:
    """The cause behind a failed stack event."""
    naming = replace(
        attempt.naming,
        resource=resource,
        cluster=attempt.cluster,
        region=attempt.run.target.region,
    )
    found = known_reason(reason, naming)
    if found is not None:
        return found
    return Cause(
        "unknown",
        f'{resource} can\'t be made. AWS says: "{reason or "no reason"}"',
        "Correct what AWS names, then retry.",
        heals=True,
        quote=reason,
    )


def ended(attempt: Attempt, stack: Stack) -> Progress:
    """The operation has come to its bad end: a cancel that was asked for, or a failure."""
    memory = attempt.memory
    if memory.cancelling and memory.failure is None:
        return Cancelled(_cancelled_note(attempt, stack))
    note(attempt, stack)
    attempt.log.info(f"{stack.status}{_what_runs(attempt)}")
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        attempt.log.warning(
            "The rollback broke off: the next deployment continues it first, or a person does in"
            " CloudFormation"
        )
    return _failed(attempt)


def _what_runs(attempt: Attempt) -> str:
    """`, web:57 runs 4 of 4 tasks` where a service is left, else how long it took."""
    service = _service(attempt)
    primary = service.primary if service else None
    if service is None or service.status == "INACTIVE" or primary is None:
        return f" after {duration(attempt.memory.operation_seconds(attempt.run.now))}"
    count = counted(primary.desired, "task")
    return f", {primary.revision} runs {primary.running} of {count}"


def _cancelled_note(attempt: Attempt, stack: Stack) -> str:
    back = attempt.memory.before_task_definition.rpartition("/")[2]
    runs = f", {back} runs as before" if back and stack.status == "UPDATE_ROLLBACK_COMPLETE" else ""
    return f"Stack {attempt.stack_name} is in {stack.status}{runs}."


def _failed(attempt: Attempt) -> Failed:
    known = attempt.memory.failure or {}
    service = _service(attempt)
    return attempt.fail(
        known.get("code", "ECS-DEPLOY-FAILED"),
        known.get("message", f"Stack {attempt.stack_name} failed."),
        known.get("advice", ""),
        cause=known.get("cause", "unknown"),
        still=still_serving(attempt, service),
        details=_details(attempt),
    )


def fail_now(attempt: Attempt, cause: Cause) -> Failed:
    """End with this cause: the stack has completed, but what runs isn't what was deployed."""
    _keep(attempt, cause, "ECS-DEPLOY-FAILED")
    return _failed(attempt)


def _service(attempt: Attempt) -> Service | None:
    """The service as it stands at the end; it isn't worth failing for."""
    if not attempt.memory.service:
        return None
    try:
        service = describe_service(attempt.ecs, attempt.service_cluster, attempt.memory.service)
    except AwsError as error:
        attempt.log.verbose(f"What still serves can't be seen: {error.message}")
        return None
    if service is not None:
        page.show_service(attempt, service)
    return service


def still_serving(attempt: Attempt, service: Service | None) -> str:
    """What still serves users, in a sentence; empty where that is not known."""
    memory = attempt.memory
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


def before_revision(attempt: Attempt) -> str:
    """`web:57`, the revision that ran before."""
    return attempt.memory.before_task_definition.rpartition("/")[2]


def _details(attempt: Attempt) -> list[str]:
    """AWS's own words: failed stack events, stopped tasks, the service's newest events."""
    memory = attempt.memory
    lines = [f"{e['status']} {e['logical_id']}: {e['reason']}" for e in memory.failed_events]
    for task in attempt.run.resources.get("failed_tasks", []):
        lines.append(_task_line(task))
    events = attempt.run.resources.get("events", [])[:5]
    lines.extend(f"Service event: {event['text']}" for event in reversed(events))
    quote = (memory.failure or {}).get("quote", "")
    if quote and not any(quote in line for line in lines):
        lines.insert(0, quote)
    return lines[:_DETAILS]


def _task_line(task: dict[str, object]) -> str:
    line = f"Task {task['task']} ({task['revision']}): {task['stop_code']}, {task['reason']}"
    if task["exit_code"] is not None:
        line += f"; container {task['container']} exit code {task['exit_code']}"
    if task["container_reason"] and str(task["container_reason"]) not in str(task["reason"]):
        line += f"; {task['container_reason']}"
    return line
