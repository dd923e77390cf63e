"""ECS operations on service deployments (the newer view of a service's rollouts)."""

from __future__ import annotations

from ecsportal.sandbox.ecs.clusters import BAD_TOKEN
from ecsportal.sandbox.ecs.describe import PLATFORM, failure, service_deployment_arn
from ecsportal.sandbox.ecs.state import Deployment, EcsRegion, Service, Wire
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.paging import page

_Of = tuple[Service, Deployment]
_STATUSES = {"IN_PROGRESS": "IN_PROGRESS", "COMPLETED": "SUCCESSFUL", "FAILED": "STOPPED"}


def list_service_deployments(region: EcsRegion, params: Wire) -> Wire:
    """ListServiceDeployments of one service, newest first."""
    cluster = region.cluster(params.get("cluster"))
    service = region.service(cluster, params["service"])
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    briefs = [_brief(region, service, each) for each in service.deployments]
    shown, following = page(
        briefs, params.get("maxResults") or 20, params.get("nextToken"), error=BAD_TOKEN
    )
    return {"serviceDeployments": shown, "nextToken": following}


def describe_service_deployments(region: EcsRegion, params: Wire) -> Wire:
    """DescribeServiceDeployments."""
    known = {
        service_deployment_arn(region, service, each): (service, each)
        for service in region.services.values()
        for each in service.deployments
    }
    found, failures = _find(params["serviceDeploymentArns"], known)
    shown = [_full(region, *each) for each in found.values()]
    return {"serviceDeployments": shown, "failures": failures}


def describe_service_revisions(region: EcsRegion, params: Wire) -> Wire:
    """DescribeServiceRevisions: what a deployment runs."""
    known = {
        _revision_arn(region, service, each): (service, each)
        for service in region.services.values()
        for each in service.deployments
    }
    found, failures = _find(params["serviceRevisionArns"], known)
    shown = [_revision(arn, *each) for arn, each in found.items()]
    return {"serviceRevisions": shown, "failures": failures}


def _find(wanted: list[str], known: dict[str, _Of]) -> tuple[dict[str, _Of], list[Wire]]:
    """What is there of the wanted, by ARN, and the failures that name the rest."""
    found = {arn: known[arn] for arn in wanted if arn in known}
    return found, [failure(arn) for arn in wanted if arn not in known]


def _revision(arn: str, service: Service, deployment: Deployment) -> Wire:
    wire: Wire = {
        "serviceRevisionArn": arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "taskDefinition": deployment.definition.arn,
        "launchType": "FARGATE",
        "platformVersion": PLATFORM,
        "platformFamily": "Linux",
        "loadBalancers": service.settings.get("loadBalancers", []),
        "serviceRegistries": service.settings.get("serviceRegistries", []),
        "containerImages": [
            {"containerName": each["name"], "image": each["image"]}
            for each in deployment.definition.containers
        ],
        "createdAt": deployment.created_at,
    }
    if "networkConfiguration" in deployment.settings:
        wire["networkConfiguration"] = deployment.settings["networkConfiguration"]
    return wire


def _brief(region: EcsRegion, service: Service, deployment: Deployment) -> Wire:
    return {
        "serviceDeploymentArn": service_deployment_arn(region, service, deployment),
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "createdAt": deployment.created_at,
        "startedAt": deployment.created_at,
        "targetServiceRevisionArn": _revision_arn(region, service, deployment),
        "status": _STATUSES[deployment.rollout_state],
        "statusReason": deployment.reason,
    }


def _full(region: EcsRegion, service: Service, deployment: Deployment) -> Wire:
    wire = _brief(region, service, deployment)
    tasks = [task for task in region.tasks_of(service) if task.started_by == deployment.id]
    wire["targetServiceRevision"] = {
        "arn": wire.pop("targetServiceRevisionArn"),
        "requestedTaskCount": service.desired_count,
        "runningTaskCount": sum(task.last_status == "RUNNING" for task in tasks),
        "pendingTaskCount": sum(task.pending for task in tasks),
    }
    wire["updatedAt"] = deployment.updated_at
    return wire


def _revision_arn(region: EcsRegion, service: Service, deployment: Deployment) -> str:
    number = deployment.id.rpartition("/")[2]
    return region.arn(f"service-revision/{service.cluster.name}/{service.name}/{number}")
