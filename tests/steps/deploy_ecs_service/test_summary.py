from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.summary import image_needs, summary
from ecsportal.steps.step_type import ImageNeed
from tests.steps.deploy_ecs_service.samples import container, document


def test_images_are_listed_in_order_each_reference_once() -> None:
    image = {"feed": "ecr", "repository": "shop/api", "reference": "backend"}
    inputs = document(container("web"), container("api", image=image), container("web"))
    assert image_needs(inputs) == [
        ImageNeed("web", "docker-hub", "library/web", "web"),
        ImageNeed("backend", "ecr", "shop/api", "api"),
    ]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"containers": None},
        {"containers": [None, {}, {"image": 3}, {"image": {"repository": ""}}]},
        {"containers": [{"image": {"repository": 5}}]},
    ],
)
def test_half_typed_containers_need_no_image(inputs: dict[str, Any]) -> None:
    assert image_needs(inputs) == []


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (document(), "web: 1 task of 0.25 vCPU and 0.5 GB, container web"),
        (
            document(container("web"), container("log"), desired_count=2),
            "web: 2 tasks of 0.25 vCPU and 0.5 GB, containers web and log",
        ),
        (
            document(cpu="#{Cpu}", desired_count="#{Count}"),
            "web: #{Count} tasks of #{Cpu} and 0.5 GB, container web",
        ),
        (
            {"task_name": "", "cpu": "256", "memory": "512"},
            "A task without a name: 1 task of 0.25 vCPU and 0.5 GB, no container yet",
        ),
        ({"task_name": "web"}, "web: 1 task of no size, no container yet"),
    ],
)
def test_a_step_is_told_in_one_line(inputs: dict[str, Any], text: str) -> None:
    assert summary(inputs) == text
