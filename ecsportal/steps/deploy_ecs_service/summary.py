"""What can be told about stored inputs without reading them strictly.

Pages show steps that are still half typed, so a document of any shape gets an answer here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecsportal.ecs.fargate import cpu_label, cpu_units, memory_label, memory_mib
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.container import is_whole_image
from ecsportal.steps.step_type import ImageNeed


def image_needs(inputs: JsonDict) -> list[ImageNeed]:
    """The images that a release chooses a tag for, in order, each reference once."""
    needs: dict[str, ImageNeed] = {}
    for container in _objects(inputs.get("containers")):
        image = container.get("image")
        if not isinstance(image, dict) or not _text(image.get("repository")):
            continue
        repository = _text(image.get("repository"))
        if is_whole_image(_text(image.get("feed")), repository):
            continue
        reference = _text(image.get("reference")) or repository.rstrip("/").rpartition("/")[2]
        need = ImageNeed(
            reference=reference,
            feed=_text(image.get("feed")),
            repository=repository,
            container=_text(container.get("name")),
        )
        needs.setdefault(reference, need)
    return list(needs.values())


def summary(inputs: JsonDict) -> str:
    """`shop-web: 2 tasks of 0.5 vCPU and 1 GB, containers web and log-router`."""
    name = _text(inputs.get("task_name")) or "A task without a name"
    containers = [_text(each.get("name")) for each in _objects(inputs.get("containers"))]
    named = [container for container in containers if container]
    count = inputs.get("desired_count", 1)
    tasks = "1 task" if str(count) == "1" else f"{count} tasks"
    return f"{name}: {tasks} of {_size(inputs)}, {_containers(named)}"


def _containers(names: list[str]) -> str:
    if not names:
        return "no container yet"
    if len(names) == 1:
        return f"container {names[0]}"
    return f"containers {', '.join(names[:-1])} and {names[-1]}"


def _size(inputs: JsonDict) -> str:
    cpu, memory = str(inputs.get("cpu", "")), str(inputs.get("memory", ""))
    if not cpu and not memory:
        return "no size"
    units, mib = cpu_units(cpu), memory_mib(memory)
    shown_cpu = cpu if units is None else cpu_label(units)
    shown_memory = memory if mib is None else memory_label(mib)
    return f"{shown_cpu} and {shown_memory}"


def _objects(value: Any) -> Iterator[JsonDict]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
