from typing import Any

import pytest

from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import (
    LOAD_BALANCER,
    ROLE,
    TARGET_GROUP,
    container,
    document,
)

SCALING = {"min": 1, "max": 4, "target": 60}
BALANCER = [{"container": "web", "port": 80, "target_group_arn": TARGET_GROUP}]


def with_beyond(beyond: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return document(container("web", ports=[{"port": 80}]), beyond=beyond, **fields)


def connected(**fields: Any) -> dict[str, Any]:
    service = {"container": "web", "port": 80, "alias": "web", "alias_port": 80} | fields
    return {"service_connect": {"namespace": "shop", "services": [service]}}


def by_requests(arn: str) -> dict[str, Any]:
    scaling = SCALING | {"metric": "requests", "load_balancer_arn": arn}
    return with_beyond({"autoscaling": scaling}, load_balancers=BALANCER)


# Rows of test_every_rule.py.
FEATURES = [
    (
        {"circuit_breaker": {"enabled": True, "threshold": 0}}, "circuit_breaker.threshold",
        "range", "Is 0; the least is 1 failed task.",
    ),
    (
        {"capacity_providers": [{"provider": "FARGATE"}, {"provider": "FARGATE"}]},
        "capacity_providers[1].provider", "duplicate", "FARGATE is there already.",
    ),
    (
        {"capacity_providers": [{"provider": "FARGATE", "weight": 1001}]},
        "capacity_providers[0].weight", "range", "Is 1001; 0 to 1000 fits.",
    ),
    (
        {"capacity_providers": [{"provider": "FARGATE", "weight": 0}]},
        "capacity_providers[0].weight", "range", "At least one weight has to be above 0.",
    ),
    (
        {
            "capacity_providers": [
                {"provider": "FARGATE", "base": 1}, {"provider": "FARGATE_SPOT", "base": 1},
            ]
        },
        "capacity_providers[1].base", "duplicate", "Only one provider may have a base.",
    ),
    (
        {"execute_command": True}, "execute_command", "task_role",
        "ECS Exec needs a task role that may open SSM channels (ssmmessages:*); "
        "name one as the task role.",
    ),
    (
        {"health_check_grace_period": -1}, "health_check_grace_period", "range",
        "Is -1; 0 to 2147483647 seconds fits.",
    ),
    (
        {"ephemeral_storage_gib": 20}, "ephemeral_storage_gib", "range",
        "Is 20; 21 to 200 GiB fits.",
    ),
    (
        {"log_retention_days": 10}, "log_retention_days", "choice",
        "CloudWatch keeps logs for fixed numbers of days; 7 is the nearest.",
    ),
    (
        connected(port=81), "service_connect.services[0].port", "unknown_port",
        "There is no container web with a port 81.",
    ),
    (
        {
            "service_connect": {
                "services": [
                    {"container": "web", "port": 80, "alias": alias, "alias_port": 80}
                    for alias in ("a", "b")
                ]
            }
        },
        "service_connect.services[1].port", "duplicate", "Port 80 of web is there already.",
    ),
    (
        {"log_group_name": "/shop web"}, "log_group_name", "pattern",
        "Letters, digits and _ - / . # only: the space has to go.",
    ),
    (
        {"log_group_name": "g" * 513}, "log_group_name", "length",
        "Is 513 characters long; 512 is the most.",
    ),
    (
        connected(alias=""), "service_connect.services[0].alias", "missing",
        "State the name by which others reach it.",
    ),
    (
        connected(alias_port=0), "service_connect.services[0].alias_port", "range",
        "Is 0; 1 to 65535 fits.",
    ),
    (
        {"autoscaling": SCALING | {"min": -1}}, "autoscaling.min", "range",
        "Is -1; the least is 0 tasks.",
    ),
    (
        {"autoscaling": SCALING | {"min": 5}}, "autoscaling.max", "below_min",
        "The most, 4, is below the least, 5.",
    ),
    (
        {"autoscaling": SCALING | {"target": 101}}, "autoscaling.target", "range",
        "Is 101; 1 to 100 percent fits.",
    ),
    (
        {"autoscaling": SCALING | {"metric": "requests", "load_balancer_arn": LOAD_BALANCER}},
        "autoscaling.metric", "no_load_balancer",
        "Scaling by requests needs a load balancer of this step to count at.",
    ),
]  # fmt: skip


# Rows of test_every_rule.py.
BALANCER_ARNS = [
    (
        "", "missing",
        "Name the application load balancer by its ARN: AWS counts requests there.",
    ),
    (
        "arn:x", "pattern",
        '"arn:x" is not an application load balancer\'s ARN, like arn:aws:elasticloadbalancing:'
        "eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "beyond",
    [
        {"circuit_breaker": {"enabled": True, "threshold": 3}},
        {"capacity_providers": [{"provider": "FARGATE_SPOT", "weight": "#{Weight}"}]},
        {"execute_command": True},
        {"ephemeral_storage_gib": 200},
        {"log_retention_days": "#{Days}"},
        connected(),
        connected(container="#{Name}"),
        {"autoscaling": SCALING | {"metric": "requests", "target": 5000,
                                   "load_balancer_arn": LOAD_BALANCER}},
    ],
)  # fmt: skip
def test_a_feature_in_order_breaks_nothing(beyond: dict[str, Any]) -> None:
    inputs = with_beyond(beyond, task_role_arn=ROLE, load_balancers=BALANCER)
    assert found(inputs) == []
