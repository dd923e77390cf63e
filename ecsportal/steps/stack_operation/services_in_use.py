"""Whether services in a stack still run tasks: then nobody deletes it without a person's word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import STACK
from ecsportal.cloudformation.stacks import list_resources
from ecsportal.ecs.rollouts import Service, describe_services
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import counted

_DEPTH = 8
_MOST_NAMED = 5


def services_in_use(attempt: StackAttempt) -> str:
    """`its service web still runs 2 tasks`, nested stacks included; empty where none does.

    Where AWS doesn't let us see, they may.
    """
    try:
        arns = list(_service_arns(attempt, attempt.memory.stack_id or attempt.stack_name, 0))
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return "what it holds can't be seen, and may still serve users"
    try:
        running = [each for each in _described(attempt, arns) if each.running]
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return f"{_named([_short(arn) for arn in arns])} may still run tasks"
    if not running:
        return ""
    if len(running) == 1:
        return f"its service {running[0].name} still runs {counted(running[0].running, 'task')}"
    names = [f"{each.name} ({counted(each.running, 'task')})" for each in running]
    return f"{_named(names)} still run"


def _service_arns(attempt: StackAttempt, stack: str, depth: int) -> Iterator[str]:
    for each in list_resources(attempt.cfn, stack):
        if not each.physical_id or each.status == "DELETE_COMPLETE":
            continue
        if each.type == "AWS::ECS::Service":
            yield each.physical_id
        elif each.type == STACK and depth < _DEPTH:
            yield from _service_arns(attempt, each.physical_id, depth + 1)


def _described(attempt: StackAttempt, arns: Sequence[str]) -> list[Service]:
    by_cluster: dict[str, list[str]] = {}
    for arn in arns:
        by_cluster.setdefault(_cluster(attempt, arn), []).append(arn)
    ecs = attempt.run.aws.ecs
    return [
        service
        for cluster, some in by_cluster.items()
        for service in describe_services(ecs, cluster, some)
    ]


def _cluster(attempt: StackAttempt, arn: str) -> str:
    """From the ARN; an old, short one has none, then the target's."""
    cluster, found, _ = arn.partition(":service/")[2].partition("/")
    return cluster if found else attempt.cluster


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    which = "its service" if len(names) == 1 else "its services"
    return f"{which} {', '.join(names[:_MOST_NAMED])}{more}"
