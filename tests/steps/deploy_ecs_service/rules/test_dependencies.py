from typing import Any

import pytest

from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import container, document


def test_healthy_needs_a_health_check_on_the_other() -> None:
    waiting = container("web", depends_on=[{"container": "api", "condition": "HEALTHY"}])
    told = [
        (
            "containers[0].depends_on[0].condition",
            "no_health_check",
            "api has no health check, so it never becomes healthy.",
        )
    ]
    assert found(document(waiting, container("api"))) == told
    assert found(document(waiting, container("api", health_check={"command": ["NONE"]}))) == told
    checked = container("api", health_check={"command": ["CMD", "true"]})
    assert found(document(waiting, checked)) == []


@pytest.mark.parametrize("condition", ["COMPLETE", "SUCCESS"])
def test_nothing_waits_for_the_end_of_an_essential_container(condition: str) -> None:
    waiting = container("web", depends_on=[{"container": "job", "condition": condition}])
    assert found(document(waiting, container("job"))) == [
        (
            "containers[0].depends_on[0].condition",
            "essential",
            "job is essential: when it ends, the task ends. "
            f"{condition} waits only for a container that isn't.",
        )
    ]
    assert found(document(waiting, container("job", essential=False))) == []


def test_a_container_is_waited_for_once() -> None:
    twice = [{"container": "api", "condition": "START"}] * 2
    assert found(document(container("web", depends_on=twice), container("api"))) == [
        ("containers[0].depends_on[1].container", "duplicate", "api is there already.")
    ]


def test_a_cycle_is_told_once_with_its_way() -> None:
    def waits(name: str, other: str) -> dict[str, Any]:
        return container(name, depends_on=[{"container": other, "condition": "START"}])

    inputs = document(waits("a", "b"), waits("b", "c"), waits("c", "b"), container("d"))
    assert found(inputs) == [
        (
            "containers[1].depends_on",
            "cycle",
            "Nothing could start first: b waits for c waits for b.",
        )
    ]
