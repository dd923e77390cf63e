"""The lines that tell what is in a folded section or container.

They are read off a document that may still be half typed, so any shape gets an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ecsportal.ecs.fargate import cpu_label, cpu_units, memory_label, memory_mib
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict

MOST_TAGS = 3
_WAITS: Mapping[str, Callable[[JsonDict], str]] = {
    "until_completed": lambda wait: "Until the tasks run",
    "with_timeout": lambda wait: f"At most {wait.get('timeout_minutes') or '…'} min",
    "dont_wait": lambda wait: "Don't wait",
}


def cpu_words(units: str) -> str:
    """`0.25 vCPU` from `256`; other text as it is."""
    number = cpu_units(units)
    return cpu_label(number) if number else units


def memory_words(mib: str) -> str:
    """`512 MiB`, `2 GB`; other text as it is."""
    number = memory_mib(mib)
    if not number:
        return mib
    return memory_label(number) if number % 1024 == 0 else f"{number} MiB"


def configuration(inputs: JsonDict) -> str:
    """`shop-web · X86_64`."""
    name = inputs.get("task_name") or "No task name yet"
    said = [str(name), str(inputs.get("cpu_architecture", "X86_64"))]
    if inputs.get("task_role_arn"):
        said.insert(1, f"role {str(inputs['task_role_arn']).rpartition('/')[2]}")
    return " · ".join(said)


def size(inputs: JsonDict) -> str:
    """`1 vCPU · 2 GB`."""
    return f"{cpu_words(str(inputs.get('cpu')))} · {memory_words(str(inputs.get('memory')))}"


def network(inputs: JsonDict) -> str:
    """`3 subnets · 1 security group · no public IP`."""
    public = inputs.get("assign_public_ip", True)
    ip = "public IP" if public is True else "no public IP" if public is False else "public IP bound"
    subnets, groups = _list(inputs.get("subnet_ids")), _list(inputs.get("security_group_ids"))
    return f"{_counted(len(subnets), 'subnet')} · {_counted(len(groups), 'security group')} · {ip}"


def roles(inputs: JsonDict) -> str:
    """The role's name."""
    arn = str(inputs.get("task_execution_role_arn") or "")
    return (arn if is_bound(arn) else arn.rpartition("/")[2] or arn) or "Made by the stack"


def tags(inputs: JsonDict) -> str:
    """`owner = shop · cost-center = 4711`."""
    found = _objects(inputs.get("tags"))
    said = [f"{tag.get('key')} = {tag.get('value')}" for tag in found[:MOST_TAGS]]
    if len(found) > MOST_TAGS:
        said.append(f"and {len(found) - MOST_TAGS} more")
    return " · ".join(said) or "None"


def containers(inputs: JsonDict) -> str:
    """`web, log-router`."""
    found = _objects(inputs.get("containers"))
    return ", ".join(str(each.get("name") or "unnamed") for each in found) or "None yet"


def deployment(inputs: JsonDict) -> str:
    """`4 tasks · healthy 100–200 %`."""
    low, high = inputs.get("minimum_healthy_percent", 100), inputs.get("maximum_percent", 200)
    return f"{_counted(inputs.get('desired_count', 1), 'task')} · healthy {low}–{high} %"


def wait(inputs: JsonDict) -> str:
    """`At most 15 min`."""
    told = _object(inputs.get("wait"))
    kind = str(told.get("type", "until_completed"))
    return _WAITS[kind](told) if kind in _WAITS else kind


def container(row: JsonDict) -> str:
    """`shop/web · port 8080 · essential`."""
    said = [str(_object(row.get("image")).get("repository") or "no image yet")]
    ports = [str(each["port"]) for each in _objects(row.get("ports")) if each.get("port")]
    if ports:
        said.append(f"port{'s' if len(ports) > 1 else ''} {', '.join(ports)}")
    if variables := len(_objects(row.get("environment"))):
        said.append(_counted(variables, "variable"))
    if row.get("essential", True) is True:
        said.append("essential")
    return " · ".join(said)


def image_expression(row: JsonDict) -> str:
    """By which templates and variables name the container's image; empty without one."""
    image = _object(row.get("image"))
    repository = str(image.get("repository") or "")
    reference = image.get("reference") or repository.rstrip("/").rpartition("/")[2]
    return f"#{{Octopus.Action.Package[{reference}].Image}}" if reference else ""


def port(row: JsonDict) -> str:
    """`port 8080`."""
    return f"port {row['port']}" if row.get("port") else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[JsonDict]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _object(value: Any) -> JsonDict:
    return value if isinstance(value, dict) else {}


def _counted(number: Any, noun: str) -> str:
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"
