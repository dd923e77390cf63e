"""How the rollout stands, and the step's end."""

from __future__ import annotations

from ecsportal.aws.causes import Cause
from ecsportal.ecs.failures import most_telling
from ecsportal.ecs.rollouts import Service, Verdict, judge
from ecsportal.steps import time_limit
from ecsportal.steps.causes import kept_failure
from ecsportal.steps.contract import Cancelled, Failed, Progress, Succeeded
from ecsportal.steps.reasons import with_quote
from ecsportal.steps.service_rollout import evidence, watch
from ecsportal.steps.update_ecs_service.attempt import UpdateAttempt
from ecsportal.steps.wording import counted, duration

_UNSEEN_SECONDS = 60
"""ECS may show the service as it was for some seconds after an update."""


def verdict_on(attempt: UpdateAttempt, service: Service | None) -> Verdict:
    """How the service stands; what ran before counts as a way back only once ours was seen."""
    memory = attempt.memory
    if service is not None and service.rollouts_of(memory.task_definition):
        memory.seen = True
    verdict = judge(service, expected=memory.task_definition)
    unseen = not memory.seen and memory.operation_seconds(attempt.run.now) < _UNSEEN_SECONDS
    return Verdict.ROLLING if verdict is Verdict.ROLLED_BACK and unseen else verdict


def settled(attempt: UpdateAttempt, service: Service) -> Succeeded:
    """The new revision runs."""
    ran = duration(attempt.memory.operation_seconds(attempt.run.now))
    revision = attempt.memory.task_definition.rpartition("/")[2]
    attempt.log.highlight(
        f"{attempt.short_name} runs {revision}: {service.running} of"
        f" {counted(service.desired, 'task')}, after {ran}"
    )
    return Succeeded(outputs(attempt))


def outputs(attempt: UpdateAttempt) -> dict[str, str]:
    """The first five are those of Octopus Deploy."""
    memory = attempt.memory
    family, _, revision = memory.task_definition.rpartition("/")[2].partition(":")
    found = {
        "TaskDefinitionRevision": revision,
        "TaskDefinitionFamily": family,
        "ClusterName": attempt.cluster,
        "ServiceName": attempt.inputs.service_name,
        "Region": attempt.run.target.region,
        "ServiceArn": memory.service if memory.service.startswith("arn:") else "",
        "TaskDefinitionArn": memory.task_definition,
        **{f"Image[{name}]": text for name, text in attempt.images.items()},
    }
    return {name: text for name, text in found.items() if text}


def why_not(attempt: UpdateAttempt, service: Service | None, verdict: Verdict) -> Cause:
    """The cause behind a verdict that is no success."""
    if service is None or verdict is Verdict.GONE:
        return Cause(
            "service-gone",
            f"Service {attempt.short_name} doesn't exist any more.",
            "Find out who deleted it.",
            heals=False,
        )
    told = most_telling(watch.causes(attempt))
    if told is not None and told.slug != "unknown":
        return told
    wanted = attempt.memory.task_definition.rpartition("/")[2]
    primary = service.primary
    quote = primary.reason if primary else ""
    advice = "Read the service's events below, correct what they name, then retry."
    if verdict is Verdict.FAILED:
        return Cause("rollout-failed", f"The rollout of {wanted} failed.", advice, False, quote)
    runs = primary.revision if primary else "another revision"
    sentence = (
        f"{attempt.short_name} runs {runs}, not {wanted}: ECS went back, or something else"
        " deployed meanwhile."
    )
    return Cause("rolled-back", sentence, advice, False, quote)


def time_is_up(attempt: UpdateAttempt) -> Cause:
    """The step's minutes are used up."""
    seen = time_limit.seen_tasks(attempt.run, attempt.memory.task_definition.rpartition("/")[2])
    service = f"service {attempt.short_name}"
    waited_for = f"{service}, last seen with {seen}" if seen else f"{service} to replace its tasks"
    return time_limit.time_is_up(attempt.run, attempt.given, waited_for)


def keep(attempt: UpdateAttempt, cause: Cause, code: str) -> None:
    """Remember why, while the service still goes back."""
    attempt.memory.failure = kept_failure(cause, code)


def ended(attempt: UpdateAttempt) -> Progress:
    """The bad end, or the cancel that was asked for."""
    known = attempt.memory.failure
    if known is None:
        return Cancelled(_cancelled_note(attempt))
    return _failed(attempt, known)


def failed(attempt: UpdateAttempt, cause: Cause) -> Failed:
    """The bad end for this cause."""
    return _failed(attempt, kept_failure(cause, attempt.failed_code))


def _failed(attempt: UpdateAttempt, known: dict[str, str]) -> Failed:
    return attempt.fail(
        known["code"],
        known["message"],
        known["advice"],
        cause=known["cause"],
        still=evidence.still_serving(attempt),
        evidence=with_quote(evidence.said(attempt), known.get("quote", "")),
    )


def _cancelled_note(attempt: UpdateAttempt) -> str:
    runs = evidence.what_runs(attempt)
    return f"{attempt.short_name}: {runs}." if runs else ""
