"""What the service says: count, network, load balancers, rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.running_service import Facts

_ABOUT_ITSELF = (
    "serviceArn", "serviceName", "clusterArn", "status", "runningCount", "pendingCount",
    "taskDefinition", "taskSets", "roleArn", "events", "createdAt", "createdBy", "platformFamily",
    "currentServiceDeployment", "currentServiceRevisions", "resourceManagementType",
)  # fmt: skip
_OF_THE_PORTAL = ("aws:", "Octopus.")
"""How tags begin that AWS or each deployment sets anew."""
_PROPAGATE = {"SERVICE": "service", "TASK_DEFINITION": "task_definition"}


def service_inputs(service: Facts, task_definition: Mapping[str, Any]) -> JsonDict:
    """The service's inputs; those of later features under `beyond`."""
    rollout = service.object("deploymentConfiguration")
    place = service.object("networkConfiguration").object("awsvpcConfiguration")
    inputs: JsonDict = {
        "desired_count": service.take("desiredCount", 1),
        "subnet_ids": place.take("subnets", []),
        "security_group_ids": place.take("securityGroups", []),
        "assign_public_ip": place.take("assignPublicIp", "DISABLED") == "ENABLED",
        "enable_ecs_managed_tags": service.take("enableECSManagedTags", False),
        "minimum_healthy_percent": rollout.take("minimumHealthyPercent", 100),
        "maximum_percent": rollout.take("maximumPercent", 200),
        "load_balancers": [_load_balancer(each) for each in service.objects("loadBalancers")],
        "tags": _tags(service),
        "beyond": {
            "circuit_breaker": _circuit_breaker(rollout.object("deploymentCircuitBreaker")),
            "capacity_providers": [
                _provider(each) for each in service.objects("capacityProviderStrategy")
            ],
            "execute_command": service.take("enableExecuteCommand", False),
            "health_check_grace_period": service.take("healthCheckGracePeriodSeconds") or None,
            "propagate_tags": _PROPAGATE.get(service.take("propagateTags", "NONE"), ""),
            "service_connect": _service_connect(service, task_definition),
        },
    }
    _tell_the_rest(service, rollout, place)
    return inputs


def _tell_the_rest(service: Facts, rollout: Facts, place: Facts) -> None:
    rollout.usual("strategy", "ROLLING")
    rollout.usual("bakeTimeInMinutes", 0)
    alarms = rollout.take("alarms", {})
    if alarms.get("enable"):
        rollout.tell("alarms", alarms)
    service.usual("launchType", "FARGATE")
    service.usual("platformVersion", "LATEST", "1.4.0")
    service.usual("schedulingStrategy", "REPLICA")
    service.usual("availabilityZoneRebalancing", "DISABLED")
    controller = service.object("deploymentController")
    controller.usual("type", "ECS")
    service.ignore(*_ABOUT_ITSELF)
    for part in (controller, place, rollout, service):
        part.close()


def _tags(service: Facts) -> list[JsonDict]:
    return [
        {"key": tag["key"], "value": tag.get("value", "")}
        for tag in service.take("tags", [])
        if not tag["key"].startswith(_OF_THE_PORTAL)
    ]


def _load_balancer(each: Facts) -> JsonDict:
    read = {
        "container": each.take("containerName", ""),
        "port": each.take("containerPort", 0),
        "target_group_arn": each.take("targetGroupArn", ""),
    }
    each.close()
    return read


def _circuit_breaker(breaker: Facts) -> JsonDict:
    threshold = breaker.object("thresholdConfiguration")
    count = threshold.take("value") if threshold.take("type") == "COUNT" else None
    enabled = breaker.take("enable", False)
    read = {
        "enabled": enabled,
        "rollback": breaker.take("rollback", False) if enabled else True,
        "threshold": count if enabled else None,
    }
    breaker.usual("resetOnHealthyTask", True)
    breaker.close()
    return read


def _provider(each: Facts) -> JsonDict:
    read = {
        "provider": each.take("capacityProvider", ""),
        "weight": each.take("weight", 0),
        "base": each.take("base", 0),
    }
    each.close()
    return read


def _service_connect(service: Facts, task_definition: Mapping[str, Any]) -> JsonDict | None:
    """The newest deployment's: the service itself doesn't tell it."""
    newest: Mapping[str, Any] = next(
        (d for d in service.take("deployments", []) if d.get("status") == "PRIMARY"), {}
    )
    connect = Facts(
        newest.get("serviceConnectConfiguration"),
        service.path("serviceConnectConfiguration"),
        service.report,
    )
    if not connect.take("enabled", False):
        return None
    ports = {
        mapping.get("name"): (container["name"], mapping["containerPort"])
        for container in task_definition.get("containerDefinitions", ())
        for mapping in container.get("portMappings", ())
    }
    read = {
        "namespace": connect.take("namespace", ""),
        "services": [
            alias for each in connect.objects("services") for alias in _aliases(each, ports)
        ],
    }
    connect.close()
    return read


def _aliases(each: Facts, ports: Mapping[Any, tuple[str, int]]) -> list[JsonDict]:
    name = each.take("portName", "")
    container, port = ports.get(name, ("", 0))
    discovery = each.take("discoveryName", name)
    aliases = []
    for alias in each.objects("clientAliases"):
        aliases.append(
            {
                "container": container,
                "port": port,
                "alias": alias.take("dnsName", discovery),
                "alias_port": alias.take("port", port),
            }
        )
        alias.close()
    each.close()
    return aliases
