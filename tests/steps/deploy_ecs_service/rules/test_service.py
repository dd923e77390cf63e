from typing import Any

import pytest

from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import SUBNET, TARGET_GROUP, container, document

WEB_ON_80 = container("web", ports=[{"port": 80}])


def mapping(**fields: Any) -> list[dict[str, Any]]:
    return [{"container": "web", "port": 80, "target_group_arn": TARGET_GROUP} | fields]


def balanced(balancers: list[Any]) -> dict[str, Any]:
    ports = [{"port": 80}, {"port": 443}, {"port": 53, "protocol": "udp"}]
    return document(container("web", ports=ports), load_balancers=balancers)


# Rows of test_every_rule.py.
SERVICE = [
    ({"desired_count": -1}, "desired_count", "range", "Is -1; the least is 0."),
    (
        {"security_group_ids": []}, "security_group_ids", "missing",
        "Name at least one security group.",
    ),
    (
        {"security_group_ids": [f"sg-0123456{n}" for n in range(6)]},
        "security_group_ids", "too_many", "Has 6 security groups; AWS takes at most 5.",
    ),
    (
        {"security_group_ids": ["web"]}, "security_group_ids[0]", "pattern",
        '"web" is not a security group\'s id: sg- and 8 or 17 of 0-9 and a-f.',
    ),
    ({"subnet_ids": []}, "subnet_ids", "missing", "Name at least one subnet."),
    (
        {"subnet_ids": [""]}, "subnet_ids[0]", "missing", "Name the subnet, or remove the row.",
    ),
    (
        {"subnet_ids": [f"subnet-012345{n}" for n in range(10, 27)]}, "subnet_ids", "too_many",
        "Has 17 subnets; AWS takes at most 16.",
    ),
    (
        {"subnet_ids": ["vpc-01234567"]}, "subnet_ids[0]", "pattern",
        '"vpc-01234567" is not a subnet\'s id: subnet- and 8 or 17 of 0-9 and a-f.',
    ),
    ({"subnet_ids": [SUBNET, SUBNET]}, "subnet_ids[1]", "duplicate", f"{SUBNET} is there already."),
    (
        {"minimum_healthy_percent": 101}, "minimum_healthy_percent", "range",
        "Is 101; 0 to 100 percent fits.",
    ),
    ({"maximum_percent": 99}, "maximum_percent", "range", "Is 99; 100 to 200 percent fits."),
    ({"maximum_percent": 201}, "maximum_percent", "range", "Is 201; 100 to 200 percent fits."),
    (
        {"maximum_percent": 100}, "maximum_percent", "no_room",
        "With 1 task, 1 must keep running and 1 may run at once, so none could ever be replaced. "
        "Lower the minimum or raise the maximum.",
    ),
    (
        {"maximum_percent": 149, "desired_count": 2}, "maximum_percent", "no_room",
        "With 2 tasks, 2 must keep running and 2 may run at once, so none could ever be replaced. "
        "Lower the minimum or raise the maximum.",
    ),
    (
        {"wait": {"type": "with_timeout"}}, "wait.timeout_minutes", "missing",
        "State the minutes: without them the step waits without limit.",
    ),
    (
        {"wait": {"type": "with_timeout", "timeout_minutes": 0}}, "wait.timeout_minutes", "range",
        "Is 0; the least is 1 minute.",
    ),
    (
        {"fail_after_stopped_tasks": 0}, "fail_after_stopped_tasks", "range",
        "Is 0; the least is 1.",
    ),
    (
        {"no_progress_minutes": 0}, "no_progress_minutes", "range",
        "Is 0; the least is 1 minute.",
    ),
]  # fmt: skip

# Rows of test_every_rule.py.
BALANCERS = [
    (
        mapping(container="api"), "[0].container", "unknown_container",
        'There is no container "api" in this step, only web.',
    ),
    (
        mapping(port=81), "[0].port", "unknown_port",
        "web has no tcp port 81. Its tcp ports: 80 and 443.",
    ),
    (
        mapping(port=53), "[0].port", "unknown_port",
        "web has no tcp port 53. Its tcp ports: 80 and 443.",
    ),
    (mapping(target_group_arn=""), "[0].target_group_arn", "missing", "Name the target group."),
    (
        mapping(target_group_arn="arn:x"), "[0].target_group_arn", "pattern",
        '"arn:x" is not a target group\'s ARN, like arn:aws:elasticloadbalancing:eu-west-1:'
        "123456789012:targetgroup/web/0123456789abcdef.",
    ),
    (mapping() + mapping(), "[1]", "duplicate", "This mapping is there already."),
    (
        [mapping(target_group_arn=f"{TARGET_GROUP}{n}")[0] for n in range(6)], "", "too_many",
        "Has 6 target groups; AWS takes at most 5.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"desired_count": 0, "maximum_percent": 100},
        {"desired_count": 1, "maximum_percent": 100, "minimum_healthy_percent": 0},
        {"desired_count": 2, "maximum_percent": 150},
        {"wait": {"type": "with_timeout", "timeout_minutes": 30}},
        {"load_balancers": mapping(), "containers": [WEB_ON_80]},
        {"subnet_ids": ["subnet-01234567"]},
    ],
)
def test_the_ends_of_what_is_allowed_break_nothing(fields: dict[str, Any]) -> None:
    assert found(document() | fields) == []


def test_a_scaled_service_has_room_where_its_least_count_has() -> None:
    room = {"desired_count": 1, "minimum_healthy_percent": 50, "maximum_percent": 150}
    assert [path for path, _, _ in found(document(**room))] == ["maximum_percent"]
    scaling = {"autoscaling": {"min": 4, "max": 8, "target": 60}}
    assert found(document(**room, beyond=scaling)) == []


def test_a_load_balancer_needs_a_container_with_tcp_ports() -> None:
    assert found(document(load_balancers=mapping())) == [
        ("load_balancers[0].port", "unknown_port", "web has no tcp port 80. It has none.")
    ]
    bound_port = container("web", ports=[{"port": "#{Port}"}])
    assert found(document(bound_port, load_balancers=mapping())) == []
