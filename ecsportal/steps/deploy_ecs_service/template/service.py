"""The ECS service."""

from __future__ import annotations

from collections.abc import Collection

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.beyond import CircuitBreaker
from ecsportal.steps.deploy_ecs_service.names import LogicalIds
from ecsportal.steps.deploy_ecs_service.template.expressions import ref, switch
from ecsportal.steps.deploy_ecs_service.template.service_connect import (
    service_connect_configuration,
)
from ecsportal.steps.deploy_ecs_service.template.task_definition import resource_tags


def service(
    inputs: DeployEcsServiceInputs, ids: LogicalIds, parameters: Collection[str]
) -> JsonDict:
    """The AWS::ECS::Service; what has a parameter refers to it. CloudFormation names it."""
    properties: JsonDict = {"Cluster": ref("ClusterName"), **_launch(inputs)}
    properties["TaskDefinition"] = ref(ids.task_definition)
    if inputs.beyond.autoscaling is None:
        properties["DesiredCount"] = _ref_or_number(
            "DesiredCount", inputs.desired_count, parameters
        )
    properties["EnableECSManagedTags"] = inputs.enable_ecs_managed_tags
    properties["DeploymentConfiguration"] = _deployment_configuration(inputs, parameters)
    properties["NetworkConfiguration"] = {
        "AwsvpcConfiguration": {
            "AssignPublicIp": switch(inputs.assign_public_ip),
            "Subnets": list(inputs.subnet_ids),
            "SecurityGroups": list(inputs.security_group_ids),
        }
    }
    if inputs.load_balancers:
        properties["LoadBalancers"] = [
            {
                "ContainerName": each.container,
                "ContainerPort": each.port,
                "TargetGroupArn": each.target_group_arn,
            }
            for each in inputs.load_balancers
        ]
    properties.update(_beyond_properties(inputs))
    properties["Tags"] = resource_tags(inputs.tags)
    return {
        "Type": "AWS::ECS::Service",
        "DependsOn": ids.task_definition,
        "Properties": properties,
    }


def _launch(inputs: DeployEcsServiceInputs) -> JsonDict:
    # ECS refuses a launch type beside a strategy.
    if not inputs.beyond.capacity_providers:
        return {"LaunchType": "FARGATE"}
    return {
        "CapacityProviderStrategy": [
            {"CapacityProvider": each.provider, "Weight": each.weight, "Base": each.base}
            for each in inputs.beyond.capacity_providers
        ]
    }


def _ref_or_number(
    parameter: str, value: int | str, parameters: Collection[str]
) -> JsonDict | int | str:
    return ref(parameter) if parameter in parameters else value


def _deployment_configuration(
    inputs: DeployEcsServiceInputs, parameters: Collection[str]
) -> JsonDict:
    configuration: JsonDict = {
        "MinimumHealthyPercent": _ref_or_number(
            "MinimumHealthPercent", inputs.minimum_healthy_percent, parameters
        ),
        "MaximumPercent": _ref_or_number(
            "MaximumHealthPercent", inputs.maximum_percent, parameters
        ),
    }
    if inputs.beyond.circuit_breaker.enabled is not False:
        configuration["DeploymentCircuitBreaker"] = _circuit_breaker(inputs.beyond.circuit_breaker)
    return configuration


def _circuit_breaker(breaker: CircuitBreaker) -> JsonDict:
    properties: JsonDict = {"Enable": breaker.enabled, "Rollback": breaker.rollback}
    if breaker.threshold is not None:
        properties["ThresholdConfiguration"] = {"Type": "COUNT", "Value": breaker.threshold}
    return properties


def _beyond_properties(inputs: DeployEcsServiceInputs) -> JsonDict:
    beyond = inputs.beyond
    properties: JsonDict = {}
    if beyond.execute_command is not False:
        properties["EnableExecuteCommand"] = beyond.execute_command
    if beyond.health_check_grace_period is not None:
        properties["HealthCheckGracePeriodSeconds"] = beyond.health_check_grace_period
    if beyond.propagate_tags:
        properties["PropagateTags"] = beyond.propagate_tags.upper()
    if beyond.service_connect is not None:
        properties["ServiceConnectConfiguration"] = service_connect_configuration(
            beyond.service_connect
        )
    return properties
