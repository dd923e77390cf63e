from typing import Any

import pytest

from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import ROLE, container, document

# Rows of test_every_rule.py.
TASK = [
    ({"task_name": ""}, "task_name", "missing", "The task needs a name."),
    (
        {"task_name": "web shop"}, "task_name", "pattern",
        'Letters, digits, "-" and "_" only: the space has to go.',
    ),
    (
        {"task_name": "web.shop"}, "task_name", "pattern",
        'Letters, digits, "-" and "_" only: "." has to go.',
    ),
    (
        {"task_name": "w" * 256}, "task_name", "length",
        "Is 256 characters long; 255 is the most.",
    ),
    (
        {"stack_name": "web_shop"}, "stack_name", "pattern",
        'A stack\'s name starts with a letter and holds letters, digits and "-" only.',
    ),
    (
        {"stack_name": "1web"}, "stack_name", "pattern",
        'A stack\'s name starts with a letter and holds letters, digits and "-" only.',
    ),
    (
        {"stack_name": "w" * 129}, "stack_name", "length",
        "Is 129 characters long; 128 is the most.",
    ),
    (
        {"task_role_arn": "web"}, "task_role_arn", "pattern",
        '"web" is not an IAM role\'s ARN, like arn:aws:iam::123456789012:role/web.',
    ),
    (
        {"task_execution_role_arn": "arn:aws:iam::1:role/x"}, "task_execution_role_arn", "pattern",
        '"arn:aws:iam::1:role/x" is not an IAM role\'s ARN, '
        "like arn:aws:iam::123456789012:role/web.",
    ),
    (
        {"cpu": "300"}, "cpu", "fargate_size",
        "Fargate has no task of 300 CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
    ),
    (
        {"cpu": ""}, "cpu", "fargate_size",
        "State the CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
    ),
    (
        {"memory": "4096"}, "memory", "fargate_size",
        "Fargate has no task of 256 CPU units with 4096 MiB. "
        "With 256 goes 512, 1024 or 2048 MiB.",
    ),
    (
        {"cpu": "8192", "memory": "20000"}, "memory", "fargate_size",
        "Fargate has no task of 8192 CPU units with 20000 MiB. "
        "With 8192 goes 16384 to 61440 in steps of 4096 MiB.",
    ),
    (
        {"memory": "much"}, "memory", "fargate_size",
        '"much" is no memory size: state MiB, like 512, or GB, like 2 GB.',
    ),
    (
        {"tags": [{"key": f"k{n}", "value": ""} for n in range(21)]}, "tags", "too_many",
        "Has 21 tags; AWS takes at most 20.",
    ),
    (
        {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        "tags[1].key", "duplicate", "a is there already.",
    ),
    ({"tags": [{"key": "", "value": "1"}]}, "tags[0].key", "missing", "The tag needs a key."),
    (
        {"tags": [{"key": "k" * 129, "value": ""}]}, "tags[0].key", "length",
        "Is 129 characters long; 128 is the most.",
    ),
    (
        {"tags": [{"key": "k", "value": "v" * 257}]}, "tags[0].value", "length",
        "Is 257 characters long; 256 is the most.",
    ),
    (
        {"tags": [{"key": "AWS:owner", "value": "x"}]}, "tags[0].key", "reserved",
        "AWS keeps keys that start with aws: for itself.",
    ),
    (
        {"tags": [{"key": "k", "value": "a&b"}]}, "tags[0].value", "pattern",
        'Letters, digits, spaces and _ . : / = + - @ only: "&" has to go.',
    ),
    (
        {"tags": [{"key": "k", "value": "AWS:x"}]}, "tags[0].value", "reserved",
        "ECS keeps values that start with aws: for AWS.",
    ),
    (
        {"tags": [{"key": "k!", "value": ""}]}, "tags[0].key", "pattern",
        'Letters, digits, spaces and _ . : / = + - @ only: "!" has to go.',
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"task_role_arn": "arn:aws-us-gov:iam::123456789012:role/path/web"},
        {"task_execution_role_arn": ROLE},
        {"tags": [{"key": "Besitzer/Größe", "value": ""}]},
    ],
)
def test_other_partitions_and_letters_break_nothing(fields: dict[str, Any]) -> None:
    assert found(document(**fields)) == []


def test_a_bound_memory_beside_a_wrong_cpu_tells_the_cpu_alone() -> None:
    assert [path for path, _, _ in found(document(cpu="300", memory="#{Memory}"))] == ["cpu"]
    assert found(document(cpu="#{Cpu}", memory="777")) == []


def test_what_containers_take_together_fits_into_the_task() -> None:
    inputs = document(
        container("web", memory=2048, cpu=200),
        container("log-router", memory=256, cpu=100),
        cpu="256",
        memory="2048",
    )
    assert found(inputs) == [
        (
            "containers[0].cpu",
            "exceeds_task",
            "web 200 + log-router 100 is more than the task's 256.",
        ),
        (
            "containers[0].memory",
            "exceeds_task",
            "web 2048 + log-router 256 is more than the task's 2048.",
        ),
    ]


def test_reservations_count_where_there_are_some_and_limits_elsewhere() -> None:
    inputs = document(
        container("web", memory=300), container("api", memory_reservation=300), memory="512"
    )
    assert found(inputs) == [
        (
            "containers[0].memory",
            "exceeds_task",
            "web 300 + api 300 is more than the task's 512.",
        )
    ]
    soft = document(
        container("web", memory_reservation=200), container("api", memory_reservation=400)
    )
    assert found(soft) == [
        (
            "containers[1].memory_reservation",
            "exceeds_task",
            "web 200 + api 400 is more than the task's 512.",
        )
    ]


def test_a_sum_is_told_once_where_limits_and_reservations_both_exceed() -> None:
    inputs = document(
        container("web", memory=600), container("api", memory_reservation=10), memory="512"
    )
    assert [code for _, code, _ in found(inputs)] == ["exceeds_task"]
