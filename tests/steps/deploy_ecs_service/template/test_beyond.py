from typing import Any

import pytest

from tests.steps.deploy_ecs_service.samples import (
    LOAD_BALANCER,
    TARGET_GROUP,
    container,
    document,
)
from tests.steps.deploy_ecs_service.template.built import (
    built,
    service_properties,
    task_properties,
)


def with_beyond(**beyond: Any) -> dict[str, Any]:
    return document(container("web", ports=[{"port": 80}, {"port": 81}]), beyond=beyond)


def added_to_service(**beyond: Any) -> dict[str, Any]:
    plain, changed = service_properties(with_beyond()), service_properties(with_beyond(**beyond))
    return {key: value for key, value in changed.items() if plain.get(key) != value}


@pytest.mark.parametrize(
    ("beyond", "added"),
    [
        (
            {"circuit_breaker": {"enabled": True}},
            {
                "DeploymentConfiguration": {
                    "MinimumHealthyPercent": 100,
                    "MaximumPercent": 200,
                    "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                }
            },
        ),
        (
            {"circuit_breaker": {"enabled": True, "rollback": False, "threshold": 5}},
            {
                "DeploymentConfiguration": {
                    "MinimumHealthyPercent": 100,
                    "MaximumPercent": 200,
                    "DeploymentCircuitBreaker": {
                        "Enable": True,
                        "Rollback": False,
                        "ThresholdConfiguration": {"Type": "COUNT", "Value": 5},
                    },
                }
            },
        ),
        ({"execute_command": True}, {"EnableExecuteCommand": True}),
        ({"health_check_grace_period": 60}, {"HealthCheckGracePeriodSeconds": 60}),
        ({"propagate_tags": "task_definition"}, {"PropagateTags": "TASK_DEFINITION"}),
        (
            {"service_connect": {}},
            {"ServiceConnectConfiguration": {"Enabled": True}},
        ),
    ],
)
def test_a_feature_adds_its_own_property_only(beyond: Any, added: dict[str, Any]) -> None:
    assert added_to_service(**beyond) == added


def test_capacity_providers_take_the_place_of_the_launch_type() -> None:
    providers = [{"provider": "FARGATE", "base": 1}, {"provider": "FARGATE_SPOT", "weight": 3}]
    service = service_properties(with_beyond(capacity_providers=providers))
    assert "LaunchType" not in service
    assert service["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 3, "Base": 0},
    ]


def test_ephemeral_storage_belongs_to_the_task() -> None:
    task = task_properties(with_beyond(ephemeral_storage_gib=50))
    assert task["EphemeralStorage"] == {"SizeInGiB": 50}


def test_the_log_group_has_the_name_and_retention_given() -> None:
    template = built(with_beyond(log_group_name="/shop/web", log_retention_days=30))
    assert template["Parameters"]["LogGroupName"]["Default"] == "/shop/web"
    assert template["Resources"]["AwsLogGroupweb"]["Properties"] == {
        "LogGroupName": {"Ref": "LogGroupName"},
        "RetentionInDays": 30,
    }


def test_service_connect_names_the_ports_that_it_offers() -> None:
    inputs = document(
        container(
            "Web", image={"feed": "hub", "repository": "web"}, ports=[{"port": 80}, {"port": 81}]
        ),
        beyond={
            "service_connect": {
                "namespace": "shop",
                "services": [{"container": "Web", "port": 80, "alias": "web", "alias_port": 8080}],
            }
        },
    )
    [definition] = task_properties(inputs)["ContainerDefinitions"]
    assert definition["PortMappings"] == [
        {"Name": "web-80", "ContainerPort": 80, "HostPort": 80, "Protocol": "tcp"},
        {"ContainerPort": 81, "HostPort": 81, "Protocol": "tcp"},
    ]
    assert service_properties(inputs)["ServiceConnectConfiguration"] == {
        "Enabled": True,
        "Namespace": "shop",
        "Services": [{"PortName": "web-80", "ClientAliases": [{"DnsName": "web", "Port": 8080}]}],
    }


def test_autoscaling_owns_the_count() -> None:
    inputs = with_beyond(autoscaling={"min": 2, "max": 6, "target": 60}) | {"desired_count": 4}
    template = built(inputs)
    assert "DesiredCount" not in template["Parameters"]
    assert "DesiredCount" not in template["Resources"]["Serviceweb"]["Properties"]
    assert template["Resources"]["ScalableTargetweb"]["Properties"] == {
        "MinCapacity": 2,
        "MaxCapacity": 6,
        "ResourceId": {
            "Fn::Join": [
                "/",
                ["service", {"Ref": "ClusterName"}, {"Fn::GetAtt": ["Serviceweb", "Name"]}],
            ]
        },
        "ScalableDimension": "ecs:service:DesiredCount",
        "ServiceNamespace": "ecs",
    }
    assert template["Resources"]["ScalingPolicyweb"]["Properties"] == {
        "PolicyName": "ScalingPolicyweb",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": {"Ref": "ScalableTargetweb"},
        "TargetTrackingScalingPolicyConfiguration": {
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "TargetValue": 60,
        },
    }


def test_scaling_by_requests_names_load_balancer_and_target_group() -> None:
    scaling = {
        "min": 1,
        "max": 2,
        "metric": "requests",
        "target": 100,
        "load_balancer_arn": LOAD_BALANCER,
    }
    balancer = {"container": "web", "port": 80, "target_group_arn": TARGET_GROUP}
    inputs = with_beyond(autoscaling=scaling) | {"load_balancers": [balancer]}
    policy = built(inputs)["Resources"]["ScalingPolicyweb"]["Properties"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/web/0123456789abcdef/targetgroup/web/0123456789abcdef",
    }
