"""Every rule is broken once, with its message: the tables of the other modules and what is here.

A place in the rules that can object and never does in these rows fails the last test.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ecsportal.steps import arns, findings, texts, wait_option
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service import rules
from ecsportal.steps.findings import Findings
from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.rules.test_beyond import (
    BALANCER_ARNS,
    FEATURES,
    by_requests,
    with_beyond,
)
from tests.steps.deploy_ecs_service.rules.test_containers import CONTAINER, with_web
from tests.steps.deploy_ecs_service.rules.test_service import BALANCERS, SERVICE, balanced
from tests.steps.deploy_ecs_service.rules.test_task import TASK
from tests.steps.deploy_ecs_service.rules.test_volumes import VOLUMES
from tests.steps.deploy_ecs_service.samples import container, document

Row = tuple[JsonDict, str, str, str]


def waits(name: str, other: str, condition: str = "START", **fields: Any) -> JsonDict:
    return container(name, depends_on=[{"container": other, "condition": condition}], **fields)


TOGETHER: list[Row] = [
    (
        document() | {"containers": []}, "containers", "missing",
        "A task needs at least one container.",
    ),
    (
        document(*(container(f"web{number}") for number in range(11))), "containers", "too_many",
        "Has 11 containers; AWS takes at most 10.",
    ),
    (
        document(container("web"), container("api") | {"name": "web"}), "containers[1].name",
        "duplicate", "web is there already.",
    ),
    (
        document(
            container("web"),
            container("api", image={"feed": "hub", "repository": "shop/web"}),
        ),
        "containers[1].image.reference", "duplicate",
        "web already names the image of web: give this one another reference.",
    ),
    (
        document(container("web", essential=False)), "containers[0].essential", "none_essential",
        "At least one container has to be essential.",
    ),
    (
        document(*(container(name, firelens={"enabled": True}) for name in ("web", "api"))),
        "containers[1].firelens.enabled", "duplicate",
        "web routes the logs already; a task has one router.",
    ),
    (
        document(waits("web", "api", "HEALTHY"), container("api")),
        "containers[0].depends_on[0].condition", "no_health_check",
        "api has no health check, so it never becomes healthy.",
    ),
    (
        document(waits("web", "api", "SUCCESS"), container("api")),
        "containers[0].depends_on[0].condition", "essential",
        "api is essential: when it ends, the task ends. "
        "SUCCESS waits only for a container that isn't.",
    ),
    (
        document(waits("web", "api"), waits("api", "web")), "containers[0].depends_on", "cycle",
        "Nothing could start first: web waits for api waits for web.",
    ),
    (
        document(
            container("web") | waits("web", "api")
            | {"depends_on": [{"container": "api", "condition": "START"}] * 2},
            container("api"),
        ),
        "containers[0].depends_on[1].container", "duplicate", "api is there already.",
    ),
    (
        document(
            container("web", storage={"mount_points": [{"volume": "data", "path": ""}]}),
            volumes=[{"type": "bind", "name": "data"}],
        ),
        "containers[0].storage.mount_points[0].path", "missing",
        "State where in the container it appears.",
    ),
    (
        document(container("web", cpu=200), container("api", cpu=100)), "containers[0].cpu",
        "exceeds_task", "web 200 + api 100 is more than the task's 256.",
    ),
    (
        document(container("web", memory=200), container("api", memory=400)),
        "containers[1].memory", "exceeds_task", "web 200 + api 400 is more than the task's 512.",
    ),
    (
        document(
            container("web", memory_reservation=300), container("api", memory_reservation=300)
        ),
        "containers[0].memory_reservation", "exceeds_task",
        "web 300 + api 300 is more than the task's 512.",
    ),
    (
        with_beyond({"capacity_providers": [{"provider": "FARGATE", "base": 100001}]}),
        "beyond.capacity_providers[0].base", "range", "Is 100001; 0 to 100000 tasks fits.",
    ),
    (
        with_beyond({"autoscaling": {"min": 0, "max": 0, "target": 60}}),
        "beyond.autoscaling.max", "range", "Is 0; the least is 1 task.",
    ),
]  # fmt: skip

EVERY: list[Row] = [
    *((document(**change), *told) for change, *told in TASK),
    *((document(**change), *told) for change, *told in SERVICE),
    *((balanced(each), f"load_balancers{path}", *told) for each, path, *told in BALANCERS),
    *((document(volumes=each), f"volumes{path}", *told) for each, path, *told in VOLUMES),
    *((with_web(**fields), f"containers[0].{path}", *told) for fields, path, *told in CONTAINER),
    *((with_beyond(each), f"beyond.{path}", *told) for each, path, *told in FEATURES),
    *(
        (by_requests(arn), "beyond.autoscaling.load_balancer_arn", *told)
        for arn, *told in BALANCER_ARNS
    ),
    *TOGETHER,
]  # type: ignore[list-item]  # a starred rest of a tuple has no length of its own


@pytest.mark.parametrize(("inputs", "path", "code", "message"), EVERY)
def test_each_rule_is_told_alone_with_its_message_at_its_path(
    inputs: JsonDict, path: str, code: str, message: str
) -> None:
    assert found(inputs) == [(path, code, message)]


PACKAGE = Path(rules.__file__).parent
SHARED = [Path(str(module.__file__)) for module in (arns, findings, texts, wait_option)]


def objections(file: Path) -> Iterator[tuple[int, int]]:
    """First and last line of each call that may add to the findings."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = [ast.unparse(each) for each in node.args[:1]]
        if called == "findings.add" or (
            called.lstrip("_").startswith("check_") and given == ["findings"]
        ):
            yield node.lineno, node.end_lineno or node.lineno


def test_every_place_that_can_object_does_so_in_a_row() -> None:
    reached: set[tuple[str, int]] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or frame.f_code is not Findings.add.__code__:
            return
        caller = frame.f_back
        while caller is not None and caller.f_code.co_name != "check_rules":
            reached.add((caller.f_code.co_filename, caller.f_lineno))
            caller = caller.f_back

    sys.setprofile(note)
    try:
        for inputs, *_ in EVERY:
            found(inputs)
    finally:
        sys.setprofile(None)
    # The package's own list of parts begins with what each of them is told by.
    files = [*sorted(PACKAGE.glob("[!_]*.py")), *SHARED]
    silent = [
        f"{file.name}:{first}"
        for file in files
        for first, last in objections(file)
        if not any((str(file), line) in reached for line in range(first, last + 1))
    ]
    assert len(reached) > 50
    assert silent == []
