"""Rules of the task: its name, roles, size, and how containers share the size."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.ecs.fargate import CPUS, cpu_units, memories_for, memory_mib
from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.findings import Findings, listed, literal_number
from ecsportal.steps.texts import (
    check_name,
    check_stack_name,
    check_tags,
)

_NO_CPU = "State the CPU units"


def check_task(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """Everything above the containers that ends in the task definition."""
    check_name(findings, "task_name", inputs.task_name, "task")
    check_stack_name(findings, "stack_name", inputs.stack_name)
    check_id(findings, "task_role_arn", "role", inputs.task_role_arn)
    check_id(findings, "task_execution_role_arn", "role", inputs.task_execution_role_arn)
    _check_size(findings, inputs)
    check_tags(findings, "tags", inputs.tags)
    for index, tag in enumerate(inputs.tags):
        # CloudFormation takes such values; ECS, whose resources carry the tags too, doesn't.
        if tag.value.lower().startswith("aws:"):
            message = "ECS keeps values that start with aws: for AWS."
            findings.add(f"tags[{index}].value", "reserved", message)


def check_shares(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """What the containers take together fits into the task."""
    containers = inputs.containers
    cpu, memory = cpu_units(inputs.cpu), memory_mib(inputs.memory)
    _check_share(findings, containers, "cpu", lambda each: each.cpu, cpu)
    _check_share(findings, containers, "memory", lambda each: each.memory, memory)
    # ECS reserves the soft limit where there is one, else the hard one.
    if any(each.memory_reservation is not None for each in containers):
        _check_share(findings, containers, "memory_reservation", _reserved, memory)


def _reserved(container: Container) -> int | str | None:
    return (
        container.memory if container.memory_reservation is None else container.memory_reservation
    )


def _check_size(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    cpu = None if is_bound(inputs.cpu) else cpu_units(inputs.cpu)
    memory = None if is_bound(inputs.memory) else memory_mib(inputs.memory)
    if not is_bound(inputs.cpu) and cpu not in CPUS:
        start = f"Fargate has no task of {inputs.cpu} CPU units" if inputs.cpu else _NO_CPU
        message = f"{start}: {listed(CPUS)} fits."
        findings.add("cpu", "fargate_size", message)
        return
    if is_bound(inputs.memory):
        return
    if memory is None:
        message = f'"{inputs.memory}" is no memory size: state MiB, like 512, or GB, like 2 GB.'
        findings.add("memory", "fargate_size", message)
    elif cpu is not None and memory not in memories_for(cpu):
        message = (
            f"Fargate has no task of {cpu} CPU units with {memory} MiB. "
            f"With {cpu} goes {_memories(cpu)} MiB."
        )
        findings.add("memory", "fargate_size", message)


def _memories(cpu: int) -> str:
    choices = memories_for(cpu)
    if len(choices) <= 4:
        return listed(choices)
    return f"{choices[0]} to {choices[-1]} in steps of {choices[1] - choices[0]}"


def _check_share(
    findings: Findings,
    containers: list[Container],
    field: str,
    share: Callable[[Container], int | str | None],
    total: int | None,
) -> None:
    shares = [(index, literal_number(share(each))) for index, each in enumerate(containers)]
    stated = [(index, number) for index, number in shares if number is not None and number > 0]
    if total is None or sum(number for _, number in stated) <= total:
        return
    sum_text = " + ".join(f"{containers[index].name} {number}" for index, number in stated)
    # Told where most can be saved.
    largest = max(stated, key=lambda each: each[1])[0]
    if field == "memory_reservation" and containers[largest].memory_reservation is None:
        field = "memory"
    path = f"containers[{largest}].{field}"
    if any(problem.path == path for problem in findings.problems):
        return  # told already, in the same words
    findings.add(path, "exceeds_task", f"{sum_text} is more than the task's {total}.")
