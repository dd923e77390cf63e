"""The lines that tell what is in a folded section or container.

They are read off a document that may still be half typed, so any shape gets an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ecsportal.ecs.fargate import cpu_label, cpu_units, memory_label, memory_mib
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import look_up

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
    subnets, groups = list_(inputs.get("subnet_ids")), list_(inputs.get("security_group_ids"))
    return f"{counted(len(subnets), 'subnet')} · {counted(len(groups), 'security group')} · {ip}"


def roles(inputs: JsonDict) -> str:
    """The role's name."""
    arn = str(inputs.get("task_execution_role_arn") or "")
    return (arn if is_bound(arn) else arn.rpartition("/")[2] or arn) or "Made by the stack"


def tags(inputs: JsonDict) -> str:
    """`owner = shop · cost-center = 4711`."""
    found = objects(inputs.get("tags"))
    said = [f"{tag.get('key')} = {tag.get('value')}" for tag in found[:MOST_TAGS]]
    if len(found) > MOST_TAGS:
        said.append(f"and {len(found) - MOST_TAGS} more")
    return " · ".join(said) or "None"


def deployment(inputs: JsonDict) -> str:
    """`4 tasks · healthy 100–200 %`."""
    low, high = inputs.get("minimum_healthy_percent", 100), inputs.get("maximum_percent", 200)
    tasks = counted(inputs.get("desired_count", 1), "task")
    return f"{managed_count(inputs) or tasks} · healthy {low}–{high} %"


def managed_count(inputs: JsonDict) -> str:
    """`Managed by autoscaling, 1 to 4 tasks`; empty where the count is fixed."""
    scaling = object_(inputs.get("beyond")).get("autoscaling")
    if not isinstance(scaling, dict):
        return ""
    return f"Managed by autoscaling, {scaling.get('min')} to {scaling.get('max')} tasks"


def wait(inputs: JsonDict) -> str:
    """`At most 15 min`."""
    told = object_(inputs.get("wait"))
    kind = str(told.get("type", "until_completed"))
    return _WAITS[kind](told) if kind in _WAITS else kind


def image_expression(row: JsonDict) -> str:
    """By which templates and variables name the container's image; empty without one."""
    image = object_(row.get("image"))
    repository = str(image.get("repository") or "")
    reference = image.get("reference") or repository.rstrip("/").rpartition("/")[2]
    return f"#{{Octopus.Action.Package[{reference}].Image}}" if reference else ""


def port(row: JsonDict) -> str:
    """`port 8080`."""
    return f"port {row['port']}" if row.get("port") else ""


def list_(value: Any) -> list[Any]:
    """The list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[JsonDict]:
    """The objects in a list."""
    return [each for each in list_(value) if isinstance(each, dict)]


def object_(value: Any) -> JsonDict:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def counted(number: Any, noun: str) -> str:
    """`1 task`, `4 tasks`."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"


def volumes(inputs: JsonDict) -> str:
    """`data, cache`."""
    found = objects(inputs.get("volumes"))
    return ", ".join(str(each.get("name") or "unnamed") for each in found) or "None"


def volume(row: JsonDict) -> str:
    """`EFS fs-0123 · encrypted`."""
    if row.get("type") != "efs":
        return "Scratch" if row.get("type") == "bind" else str(row.get("type") or "")
    said = [f"EFS {row.get('file_system_id') or '…'}", str(row.get("access_point_id") or "")]
    if row.get("transit_encryption") is True:
        said.append("encrypted")
    return " · ".join(part for part in said if part)


def load_balancers(inputs: JsonDict) -> str:
    """`web:8080 → targetgroup/shop-web`."""
    said = [
        f"{row.get('container') or '…'}:{row.get('port') or '…'} → {_target_group(row)}"
        for row in objects(inputs.get("load_balancers"))
    ]
    return " · ".join(said) or "None"


def _target_group(row: JsonDict) -> str:
    arn = str(row.get("target_group_arn") or "…")
    return "/".join(arn.rpartition(":")[2].split("/")[:2]) if not is_bound(arn) else arn


def beyond(inputs: JsonDict) -> str:
    """What of it is used, or what there is."""
    told = object_(inputs.get("beyond"))
    used = [words for path, words in _BEYOND.items() if look_up(told, path) not in _UNUSED]
    return " · ".join(used) or "Circuit breaker, Spot, autoscaling, Service Connect: off"


_UNUSED: tuple[Any, ...] = (None, False, "", [])
_BEYOND = {
    "circuit_breaker.enabled": "Circuit breaker",
    "health_check_grace_period": "Grace period",
    "capacity_providers": "Capacity providers",
    "ephemeral_storage_gib": "Storage",
    "autoscaling": "Autoscaling",
    "service_connect": "Service Connect",
    "execute_command": "ECS Exec",
    "propagate_tags": "Tags of tasks",
    "pin_digests": "Digests",
    "log_group_name": "Log group",
    "log_retention_days": "Log retention",
}


def rollout(inputs: JsonDict) -> str:
    """`Circuit breaker with rollback · grace period 60 s`."""
    told = object_(inputs.get("beyond"))
    breaker = object_(told.get("circuit_breaker"))
    said = []
    if breaker.get("enabled") not in _UNUSED:
        back = " with rollback" if breaker.get("rollback") is True else ""
        said.append(f"Circuit breaker{back}")
    if told.get("health_check_grace_period") not in _UNUSED:
        said.append(f"grace period {told['health_check_grace_period']} s")
    return " · ".join(said) or "As ECS does it"


def capacity(inputs: JsonDict) -> str:
    """`FARGATE_SPOT 3, FARGATE 1 · 50 GiB`."""
    told = object_(inputs.get("beyond"))
    providers = [
        f"{row.get('provider')} {row.get('weight')}"
        for row in objects(told.get("capacity_providers"))
    ]
    said = [", ".join(providers) or "Fargate"]
    if told.get("ephemeral_storage_gib") not in _UNUSED:
        said.append(f"{told['ephemeral_storage_gib']} GiB")
    return " · ".join(said)


def autoscaling(inputs: JsonDict) -> str:
    """`1 to 4 tasks by cpu`."""
    scaling = object_(inputs.get("beyond")).get("autoscaling")
    if not isinstance(scaling, dict):
        return "Off"
    return f"{scaling.get('min')} to {scaling.get('max')} tasks by {scaling.get('metric')}"


def service_connect(inputs: JsonDict) -> str:
    """`shop.local · web`."""
    connect = object_(inputs.get("beyond")).get("service_connect")
    if not isinstance(connect, dict):
        return "Off"
    aliases = [str(row.get("alias") or "…") for row in objects(connect.get("services"))]
    namespace = str(connect.get("namespace") or "the cluster's namespace")
    return " · ".join([namespace, ", ".join(aliases) or "client only"])


def access(inputs: JsonDict) -> str:
    """`ECS Exec · tags of the service`."""
    told = object_(inputs.get("beyond"))
    said = [] if told.get("execute_command") in _UNUSED else ["ECS Exec"]
    if told.get("propagate_tags") not in _UNUSED:
        said.append(f"tags of the {str(told['propagate_tags']).replace('_', ' ')}")
    return " · ".join(said) or "Nothing set"


def logs(inputs: JsonDict) -> str:
    """`By digest · /shop/web · 30 days`."""
    told = object_(inputs.get("beyond"))
    days = told.get("log_retention_days")
    said = [
        "by digest" if told.get("pin_digests") not in _UNUSED else "",
        str(told.get("log_group_name") or ""),
        f"{days} days" if days not in _UNUSED else "",
    ]
    return " · ".join(part for part in said if part) or "Nothing set"
