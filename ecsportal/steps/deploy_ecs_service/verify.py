"""Success is told only when the revision that runs is the one that was registered."""

from __future__ import annotations

from ecsportal.aws.causes import Cause
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack, list_resources
from ecsportal.ecs.failures import most_telling
from ecsportal.ecs.rollouts import Service, Verdict, describe_service, judge
from ecsportal.ecs.shared_look import service_among_others, stop_following
from ecsportal.steps.contract import Progress, Succeeded
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.template import image_texts
from ecsportal.steps.service_rollout import page, watch
from ecsportal.steps.stack_operation.failure import fail_now
from ecsportal.steps.stack_operation.page import show_resources, show_stack
from ecsportal.steps.time_limit import time_is_up
from ecsportal.steps.wording import counted, duration


def verify(attempt: Attempt, stack: Stack | None) -> Progress:
    """Compare what runs with what was registered; outputs when it is the same."""
    show_stack(attempt, stack)
    try:
        service = _service(attempt)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.warning(
            f"{error.message} The stack has completed; assuming that the service runs as it says."
        )
        return Succeeded(outputs(attempt, stack, None), warnings=True)
    verdict = judge(
        service,
        expected=attempt.memory.task_definition,
        tags_only=attempt.memory.tags_only,
    )
    match verdict:
        case Verdict.SETTLED:
            return _settled(attempt, stack, service)
        case Verdict.ROLLING:
            return _rolling(attempt, service)
        case Verdict.GONE:
            return fail_now(attempt, _gone(attempt))
        case _:
            watch.watch(attempt)
            return fail_now(attempt, _another_revision(attempt, service, verdict))


def _service(attempt: Attempt) -> Service | None:
    """The service, with the task definition that the stack now says it has.

    A new stack's events have told both by name; an update tells only of what it changes.
    """
    memory = attempt.memory
    if memory.operation != "create" or set(memory.created) != attempt.names_verified:
        _list_resources(attempt)
    if not memory.service:
        return None
    service = _seen_settled(attempt) or describe_service(
        attempt.ecs, attempt.service_cluster, memory.service
    )
    if service is not None:
        page.show_service(attempt, service)
    return service


def _seen_settled(attempt: Attempt) -> Service | None:
    """The service, where a look that others share tells a good end: any other is looked at anew.

    The look may be from before this deployment's change. Of a new revision it then shows another
    one, but of a change that keeps the revision (of the count alone) the good end before it.
    """
    memory, place = attempt.memory, attempt.run.aws.place
    if memory.tags_only or memory.no_changes:
        return None  # it was not followed
    if memory.operation != "create" and not memory.has_new_revision:
        return None
    cluster, name = attempt.service_cluster, memory.service
    seen = service_among_others(attempt.ecs, cluster, name, place=place, now=attempt.run.now)
    settled = judge(seen, expected=memory.task_definition) is Verdict.SETTLED
    if settled:
        stop_following(cluster, name, place=place)
    return seen if settled else None


def _list_resources(attempt: Attempt) -> None:
    memory = attempt.memory
    resources = list_resources(attempt.cfn, memory.stack_id or attempt.stack_name)
    show_resources(attempt, resources)
    for resource in resources:
        if resource.logical_id == attempt.names.task_definition:
            memory.task_definition = resource.physical_id
        if resource.logical_id == attempt.names.service:
            memory.service_logical, memory.service = resource.logical_id, resource.physical_id


def _settled(attempt: Attempt, stack: Stack | None, service: Service | None) -> Progress:
    memory = attempt.memory
    revision = memory.task_definition.rpartition("/")[2]
    running = service.running if service else 0
    if memory.tags_only or memory.no_changes:
        said = "Only tags change, nothing restarts" if memory.tags_only else "Nothing changes"
        attempt.log.info(f"{said}: {attempt.short_name} runs {revision} as before")
        if stack and stack.status.endswith("_CLEANUP_IN_PROGRESS"):
            attempt.log.verbose("CloudFormation still cleans up; that changes nothing for users")
    else:
        _tell_last_events(attempt, service)
        ran = duration(memory.operation_seconds(attempt.run.now))
        attempt.log.highlight(
            f"{attempt.short_name} runs {revision}: {running} of"
            f" {counted(service.desired if service else 0, 'task')}, after {ran}"
        )
    return Succeeded(outputs(attempt, stack, service))


def _tell_last_events(attempt: Attempt, service: Service | None) -> None:
    """What ECS said since the last look; a success is one without it too."""
    try:
        watch.watch(attempt, service)
    except AwsError as error:
        attempt.log.verbose(f"The service's last events can't be read: {error.message}")


def _rolling(attempt: Attempt, service: Service | None) -> Progress:
    """The stack is complete, its service not yet: ECS goes on after a change of the count alone."""
    memory = attempt.memory
    changed = watch.watch(attempt, service)
    if attempt.past_deadline:
        memory.failure = None
        runs = attempt.runs_so_far()
        seen = f", last seen with {runs}" if runs else " to become stable"
        waited_for = f"service {attempt.short_name}{seen}; stack {attempt.stack_name} is complete"
        cause = time_is_up(attempt.run, attempt.given, waited_for)
        return fail_now(attempt, cause, code=attempt.timeout_code)
    cause_now = watch.early_end(attempt)
    if cause_now is not None:
        return fail_now(attempt, cause_now)
    ran = memory.operation_seconds(attempt.run.now)
    attempt.say_waiting(f"The stack is complete, its service not yet, {duration(ran)}", ran)
    return attempt.wait(changed=changed)


def _gone(attempt: Attempt) -> Cause:
    return Cause(
        "service-gone",
        f"The stack is complete, but service {attempt.short_name} doesn't exist.",
        "Find out who deleted it, then delete the stack and deploy again.",
        heals=False,
    )


def _another_revision(attempt: Attempt, service: Service | None, verdict: Verdict) -> Cause:
    """ECS went back by itself: the stack may say complete, but the old revision runs."""
    told = most_telling(watch.causes(attempt))
    if told is not None and told.slug != "unknown":
        return told
    primary = service.primary if service else None
    runs = primary.revision if primary else "another revision"
    wanted = attempt.memory.task_definition.rpartition("/")[2]
    if verdict is Verdict.FAILED:
        return Cause(
            "rollout-failed",
            f"The rollout of {wanted} failed.",
            "Read the service's events below, correct what they name, then retry.",
            heals=False,
            quote=primary.reason if primary else "",
        )
    return Cause(
        "rolled-back",
        f"{attempt.short_name} runs {runs}, not {wanted}: ECS went back, or something else"
        " deployed meanwhile.",
        "Read the service's events below, correct what they name, then retry.",
        heals=False,
        quote=primary.reason if primary else "",
    )


def outputs(attempt: Attempt, stack: Stack | None, service: Service | None) -> dict[str, str]:
    """The step's output variables; what isn't known yet is left out."""
    memory = attempt.memory
    task_definition = memory.task_definition
    family, _, revision = task_definition.rpartition("/")[2].partition(":")
    found = {
        "ServiceName": attempt.names.service,
        "ServiceArn": service.arn if service else _arn(memory.service),
        "PhysicalServiceName": service.name if service else memory.service.rpartition("/")[2],
        "ClusterName": attempt.cluster,
        "CloudFormationStackName": attempt.stack_name,
        "TaskDefinitionFamily": family or attempt.inputs.task_name,
        "TaskDefinitionRevision": revision,
        "TaskDefinitionArn": task_definition,
        "Region": attempt.run.target.region,
        **{
            f"Image[{name}]": text
            for name, text in image_texts(attempt.inputs, attempt.run.images).items()
        },
        "AwsOutputs[StackId]": stack.id if stack else memory.stack_id,
        **{f"AwsOutputs[{name}]": text for name, text in (stack.outputs if stack else {}).items()},
    }
    return {name: text for name, text in found.items() if text}


def _arn(text: str) -> str:
    return text if text.startswith("arn:") else ""
