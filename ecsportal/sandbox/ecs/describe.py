"""The simulated ECS's answers: state as the API's structures."""

from __future__ import annotations

from typing import Any

from ecsportal.sandbox.ecs.scheduler import target_groups
from ecsportal.sandbox.ecs.state import (
    Cluster,
    Container,
    Deployment,
    EcsRegion,
    Service,
    Task,
    TaskDefinition,
    Wire,
    tags_to,
)

PLATFORM = "1.4.0"
_TIMES = {
    "connectivityAt": "connectivity",
    "pullStartedAt": "pull_started",
    "pullStoppedAt": "pull_stopped",
    "startedAt": "started",
    "stoppingAt": "stopping",
    "executionStoppedAt": "execution_stopped",
    "stoppedAt": "stopped",
}

_SERVICE_DEFAULTS: Wire = {
    "launchType": "FARGATE",
    "schedulingStrategy": "REPLICA",
    "platformVersion": "LATEST",
    "platformFamily": "Linux",
    "deploymentController": {"type": "ECS"},
    "loadBalancers": [],
    "serviceRegistries": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "propagateTags": "NONE",
    "healthCheckGracePeriodSeconds": 0,
    "availabilityZoneRebalancing": "DISABLED",
}


def failure(arn: str) -> Wire:
    """An entry of `failures`."""
    return {"arn": arn, "reason": "MISSING"}


def describe_cluster(region: EcsRegion, cluster: Cluster) -> Wire:
    """A `Cluster`, with all that `include` could ask for."""
    tasks = [task for task in region.tasks.values() if task.cluster is cluster]
    services = [each for each in region.services.values() if each.cluster is cluster]
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.last_status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.pending for task in tasks),
        "activeServicesCount": sum(each.status != "INACTIVE" for each in services),
        "statistics": [],
        "tags": tags_to(cluster.tags),
        "settings": cluster.settings,
        "capacityProviders": cluster.capacity_providers,
        "defaultCapacityProviderStrategy": cluster.capacity_provider_strategy,
    }


def describe_definition(definition: TaskDefinition) -> Wire:
    """A `TaskDefinition`."""
    wire = {
        **definition.body,
        "taskDefinitionArn": definition.arn,
        "family": definition.family,
        "revision": definition.revision,
        "status": definition.status,
        "registeredAt": definition.registered_at,
        "registeredBy": "arn:aws:sts::123456789012:user/moto",
        "compatibilities": ["EC2", "FARGATE"],
        "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
    }
    if definition.deregistered_at:
        wire["deregisteredAt"] = definition.deregistered_at
    return wire


def describe_service(region: EcsRegion, service: Service, *, with_tags: bool) -> Wire:
    """A `Service`."""
    tasks = list(region.tasks_of(service))
    wire: dict[str, Any] = {
        **_SERVICE_DEFAULTS,
        **service.settings,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "status": service.status,
        "desiredCount": service.desired_count,
        "runningCount": sum(task.last_status == "RUNNING" for task in tasks),
        "pendingCount": sum(task.pending for task in tasks),
        "deployments": [_deployment(service, each, tasks) for each in service.deployments],
        "events": service.events,
        "createdAt": service.created_at,
        "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/"
        "AWSServiceRoleForECS",
        "createdBy": "arn:aws:iam::123456789012:role/deployer",
    }
    if service.settings.get("capacityProviderStrategy"):
        del wire["launchType"]
    if not target_groups(service):
        del wire["healthCheckGracePeriodSeconds"]
    if service.deployments:
        current = service.deployments[0]
        wire["taskDefinition"] = current.definition.arn
        wire["currentServiceDeployment"] = service_deployment_arn(region, service, current)
    if with_tags:
        wire["tags"] = tags_to(service.tags)
    wire.pop("serviceConnectConfiguration", None)
    return wire


def service_deployment_arn(region: EcsRegion, service: Service, deployment: Deployment) -> str:
    """The ARN of a deployment as the newer calls name it."""
    number = deployment.id.rpartition("/")[2]
    return region.arn(f"service-deployment/{service.cluster.name}/{service.name}/{number}")


def _deployment(service: Service, deployment: Deployment, tasks: list[Task]) -> Wire:
    own = [task for task in tasks if task.started_by == deployment.id]
    wire: Wire = {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.definition.arn,
        "desiredCount": service.desired_count,
        "pendingCount": sum(task.pending for task in own),
        "runningCount": sum(task.last_status == "RUNNING" for task in own),
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "launchType": "FARGATE",
        "platformVersion": PLATFORM,
        "platformFamily": "Linux",
        "rolloutState": deployment.rollout_state,
        "rolloutStateReason": deployment.reason,
        **{key: value for key, value in deployment.settings.items() if key != "platformVersion"},
    }
    if wire.get("capacityProviderStrategy"):
        del wire["launchType"]
    if deployment.status == "ACTIVE":
        wire["desiredCount"] = sum(task.wanted for task in own)
    return wire


def describe_task(region: EcsRegion, task: Task, *, with_tags: bool) -> Wire:
    """A `Task`."""
    body = task.definition.body
    wire: Wire = {
        "taskArn": task.arn,
        "clusterArn": task.cluster.arn,
        "taskDefinitionArn": task.definition.arn,
        "group": task.group,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        **_placement(task),
        "platformVersion": PLATFORM,
        "platformFamily": "Linux",
        "availabilityZone": f"{region.name}a",
        "connectivity": "CONNECTED" if "connectivity" in task.times else None,
        "cpu": str(task.overrides.get("cpu") or body.get("cpu", "256")),
        "memory": str(task.overrides.get("memory") or body.get("memory", "512")),
        "createdAt": task.created_at,
        "containers": [_container(task, each) for each in task.containers],
        "attachments": [_attachment(task)],
        "attributes": [
            {
                "name": "ecs.cpu-architecture",
                "value": body.get("runtimePlatform", {}).get("cpuArchitecture", "x86_64").lower(),
            }
        ],
        "healthStatus": _health(task),
        "overrides": task.overrides or {"containerOverrides": []},
        "ephemeralStorage": body.get("ephemeralStorage", {"sizeInGiB": 20}),
        "enableExecuteCommand": bool(task.extras.get("enableExecuteCommand", False)),
        "version": task.age + 1,
        "startedBy": task.started_by or None,
        "stopCode": task.stop_code or None,
        "stoppedReason": task.stopped_reason or None,
        **{name: task.times.get(key) for name, key in _TIMES.items()},
    }
    if with_tags:
        wire["tags"] = tags_to(task.tags)
    return {key: value for key, value in wire.items() if value is not None}


def _placement(task: Task) -> Wire:
    strategy = task.extras.get("capacityProviderStrategy")
    if strategy:
        return {"capacityProviderName": strategy[0]["capacityProvider"]}
    return {"launchType": "FARGATE"}


def _health(task: Task) -> str:
    states = {each.health for each in task.containers if each.essential}
    if "UNHEALTHY" in states:
        return "UNHEALTHY"
    return "HEALTHY" if "HEALTHY" in states else "UNKNOWN"


def _container(task: Task, container: Container) -> Wire:
    wire: Wire = {
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": container.status,
        "networkInterfaces": [],
        "networkBindings": [],
        "healthStatus": container.health,
        "runtimeId": f"{task.id}-{sum(map(ord, container.name)):010d}",
        "cpu": "0",
    }
    if container.exit_code is not None:
        wire["exitCode"] = container.exit_code
    if container.reason:
        wire["reason"] = container.reason
    return wire


def _attachment(task: Task) -> Wire:
    network = task.extras.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    subnets = network.get("subnets") or ["subnet-0a1b2c3d4e5f60001"]
    states = {"PROVISIONING": "PRECREATED", "STOPPED": "DELETED"}
    return {
        "id": f"{task.id[:8]}-{task.id[8:12]}-{task.id[12:16]}-{task.id[16:20]}-{task.id[20:]}",
        "type": "ElasticNetworkInterface",
        "status": states.get(task.last_status, "ATTACHED"),
        "details": [
            {"name": "subnetId", "value": subnets[int(task.id[:4], 16) % len(subnets)]},
            {"name": "networkInterfaceId", "value": f"eni-{task.id[:17]}"},
            {"name": "privateIPv4Address", "value": task.address},
        ],
    }
