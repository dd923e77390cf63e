"""ECS operations that create, change and delete services."""

from __future__ import annotations

import copy
import re

from ecsportal.sandbox.ecs import scheduler
from ecsportal.sandbox.ecs.clusters import listing
from ecsportal.sandbox.ecs.describe import describe_service, failure
from ecsportal.sandbox.ecs.state import (
    Deployment,
    EcsRegion,
    Service,
    TaskDefinition,
    Wire,
    tags_from,
)
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.identifiers import number_id

_NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")
_CALL_ONLY = ("cluster", "serviceName", "service", "taskDefinition", "desiredCount", "clientToken",
              "tags", "forceNewDeployment")  # fmt: skip
_PER_DEPLOYMENT = ("networkConfiguration", "capacityProviderStrategy", "platformVersion",
                   "volumeConfigurations", "serviceConnectConfiguration")  # fmt: skip
_RESTARTS = (*_PER_DEPLOYMENT, "loadBalancers", "serviceRegistries")
"""Settings whose change begins a new deployment (UpdateService in the API reference)."""
PERCENTS = {"maximumPercent": 200, "minimumHealthyPercent": 100}


def refuse(message: str) -> AwsError:
    """ECS's word for most wrong parameters."""
    return AwsError("InvalidParameterException", message)


def create_service(region: EcsRegion, params: Wire) -> Wire:
    """CreateService; the same client token again answers the same service."""
    cluster = region.cluster(params.get("cluster"))
    name = params["serviceName"]
    existing = region.service(cluster, name)
    token = ("CreateService", params.get("clientToken") or "")
    if token[1] and existing is not None and region.tokens.get(token, ({}, {}))[0] == params:
        return {"service": describe_service(region, existing, with_tags=True)}
    if existing is not None and existing.status == "ACTIVE":
        raise refuse("Creation of service was not idempotent.")
    if existing is not None and existing.status == "DRAINING":
        raise refuse("Unable to Start a service that is still Draining.")
    if not _NAME.match(name):
        raise refuse("Service name is not well formed.")
    settings = {key: value for key, value in params.items() if key not in _CALL_ONLY}
    settings = copy.deepcopy(settings)
    settings["deploymentConfiguration"] = PERCENTS | settings.get("deploymentConfiguration", {})
    settings["deploymentConfiguration"].setdefault("strategy", "ROLLING")
    definition = _usable_definition(region, params["taskDefinition"], "create")
    _check(settings, definition)
    service = Service(
        name,
        region.arn(f"service/{cluster.name}/{name}"),
        cluster,
        settings,
        int(params.get("desiredCount", 1)),
        region.clock.now(),
        tags_from(params.get("tags")),
    )
    region.services[cluster.name, name] = service
    region.tokens[token] = (params, {})
    service.deployments = [_deployment(region, service, definition)]
    scheduler.begin_deployment(region, service, service.primary)
    return {"service": describe_service(region, service, with_tags=True)}


def update_service(region: EcsRegion, params: Wire) -> Wire:
    """UpdateService; a new deployment only where the call asks for one or changes what runs."""
    service = active_service(region, params.get("cluster"), params["service"])
    changes = {key: value for key, value in params.items() if key not in _CALL_ONLY}
    settings = {**service.settings, **copy.deepcopy(changes)}
    if "deploymentConfiguration" in changes:
        given = changes["deploymentConfiguration"]
        settings["deploymentConfiguration"] = service.settings["deploymentConfiguration"] | given
    definition = service.primary.definition
    if params.get("taskDefinition"):
        definition = _usable_definition(region, params["taskDefinition"], "update")
    _check(settings, definition)
    is_new = (
        bool(params.get("forceNewDeployment"))
        or definition is not service.primary.definition
        or any(settings.get(key) != service.settings.get(key) for key in _RESTARTS)
    )
    service.settings = settings
    if params.get("desiredCount") is not None:
        service.desired_count = int(params["desiredCount"])
    if is_new:
        fresh = None if params.get("forceNewDeployment") else _earlier(service, definition)
        fresh = fresh or _deployment(region, service, definition)
        scheduler.begin_deployment(region, service, fresh)
    scheduler.look_soon(region, service)
    return {"service": describe_service(region, service, with_tags=True)}


def delete_service(region: EcsRegion, params: Wire) -> Wire:
    """DeleteService: its tasks drain, then it is INACTIVE."""
    service = active_service(region, params.get("cluster"), params["service"])
    if service.desired_count > 0 and not params.get("force"):
        raise refuse("The service cannot be stopped while it is scaled above 0.")
    scheduler.stop_all(region, service)
    return {"service": describe_service(region, service, with_tags=True)}


def describe_services(region: EcsRegion, params: Wire) -> Wire:
    """DescribeServices, at most 10; INACTIVE ones are still found."""
    names = params["services"]
    if len(names) > 10:
        raise refuse("Service identifiers can have at most 10 items.")
    if not names:
        raise refuse("Services cannot be empty.")
    cluster = region.cluster(params.get("cluster"))
    found, failures = [], []
    for name in names:
        service = region.service(cluster, name)
        if service is None:
            path = f"service/{cluster.name}/{name.rpartition('/')[2]}"
            failures.append(failure(region.arn(path)))
        else:
            with_tags = "TAGS" in params.get("include", [])
            found.append(describe_service(region, service, with_tags=with_tags))
    return {"services": found, "failures": failures}


def list_services(region: EcsRegion, params: Wire) -> Wire:
    """ListServices, 10 a page unless asked otherwise."""
    cluster = region.cluster(params.get("cluster"))
    arns = [
        each.arn
        for each in region.services.values()
        if each.cluster is cluster and each.status != "INACTIVE"
    ]
    return listing("serviceArns", arns, params, 10)


def active_service(region: EcsRegion, cluster_name: str | None, name: str) -> Service:
    """The service, or the error that AWS answers with."""
    cluster = region.cluster(cluster_name)
    service = region.service(cluster, name)
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def _deployment(region: EcsRegion, service: Service, definition: TaskDefinition) -> Deployment:
    now = region.clock.now()
    settings = {key: service.settings[key] for key in _PER_DEPLOYMENT if key in service.settings}
    return Deployment(f"ecs-svc/{number_id()}", definition, now, now, settings)


def _earlier(service: Service, definition: TaskDefinition) -> Deployment | None:
    """A deployment of the same definition that is still there: going back takes it up again."""
    wanted = {key: service.settings[key] for key in _PER_DEPLOYMENT if key in service.settings}
    for each in service.deployments[1:]:
        same = each.definition is definition and each.settings == wanted
        if same and each.rollout_state != "FAILED":
            return each
    return None


def _usable_definition(region: EcsRegion, reference: str, verb: str) -> TaskDefinition:
    try:
        definition = region.definition(reference)
    except AwsError:
        raise AwsError("ClientException", "TaskDefinition not found.") from None
    if definition.status != "ACTIVE" and verb == "create":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return definition


def _check(settings: Wire, definition: TaskDefinition) -> None:
    if settings.get("launchType") and settings.get("capacityProviderStrategy"):
        raise refuse(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    network = settings.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if definition.body.get("networkMode") == "awsvpc" and not network:
        raise refuse(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if network and not network.get("subnets"):
        raise refuse("subnets can not be empty.")
    percents = settings["deploymentConfiguration"]
    if not 0 <= (percents.get("minimumHealthyPercent") or 0) <= 100:
        raise refuse("minimumHealthyPercent must be at most 100")
    for balancer in settings.get("loadBalancers", []):
        _check_load_balancer(balancer, definition)


def _check_load_balancer(balancer: Wire, definition: TaskDefinition) -> None:
    if balancer.get("loadBalancerName") and balancer.get("targetGroupArn"):
        raise refuse("loadBalancerName and targetGroupArn cannot both be specified.")
    name, port = balancer.get("containerName"), balancer.get("containerPort")
    containers = {each["name"]: each for each in definition.containers}
    if name not in containers:
        raise refuse(f"The container {name} does not exist in the task definition.")
    ports = {each.get("containerPort") for each in containers[name]["portMappings"]}
    if port not in ports:
        raise refuse(f"The container {name} did not have a container port {port} defined.")
