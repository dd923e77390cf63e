"""AWS::ECS::Cluster, AWS::ECS::TaskDefinition and AWS::ECS::Service."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ecsportal.sandbox.cloudformation.resource_type import (
    Job,
    ResourceFailure,
    ResourceType,
    failure_of,
)
from ecsportal.sandbox.cloudformation.state import StackResource, Tags
from ecsportal.sandbox.ecs import clusters, services, task_definitions
from ecsportal.sandbox.ecs.state import EcsRegion, Service, Wire, tags_to
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.models import service_model

_ALIASES = {"placementstrategies": "placementStrategy"}
_NOT_SENT = frozenset({"Tags", "ForceNewDeployment"})


def to_api(properties: Wire, operation: str) -> Wire:
    """Template properties as parameters of an ECS call.

    The call's own model decides: names are matched without regard to case
    (`EFSVolumeConfiguration`, `FilesystemId`, `IAM`), keys of maps stay as they are
    (DockerLabels, Options), and text becomes a number or a boolean where one is wanted.
    """
    shape = service_model("ecs").operation_model(operation).input_shape
    given = {key: value for key, value in properties.items() if key not in _NOT_SENT}
    return dict(_convert(given, shape, "#")) if shape is not None else {}


def _convert(value: Any, shape: Shape, path: str) -> Any:
    if isinstance(shape, StructureShape):
        return _convert_structure(value, shape, path)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise _malformed(f"{path}: expected type: JSONArray, found: {type(value).__name__}")
        return [_convert(item, shape.member, f"{path}/{i}") for i, item in enumerate(value)]
    if isinstance(shape, MapShape):
        return {str(key): _convert(item, shape.value, path) for key, item in value.items()}
    if shape.type_name in {"integer", "long"}:
        try:
            return int(value)
        except (TypeError, ValueError):
            raise _malformed(f"{path}: expected type: Integer, found: String") from None
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _convert_structure(value: Any, shape: StructureShape, path: str) -> Wire:
    if not isinstance(value, dict):
        raise _malformed(f"{path}: expected type: JSONObject, found: {type(value).__name__}")
    members = {name.lower(): name for name in shape.members}
    converted = {}
    for key, item in value.items():
        lower = key.lower()
        name = members.get(_ALIASES.get(lower, lower).lower())
        if name is None:
            raise _malformed(f"{path}: extraneous key [{key}] is not permitted")
        converted[name] = _convert(item, shape.members[name], f"{path}/{key}")
    return converted


def _malformed(problem: str) -> ResourceFailure:
    failure = ResourceFailure(problem, "InvalidRequest")
    failure.reason = f"Properties validation failed for resource with message: {problem}"
    return failure


class ClusterType(ResourceType):
    """AWS::ECS::Cluster."""

    replacing = frozenset({"ClusterName"})

    def create(self, job: Job) -> str:
        """CreateCluster."""
        name = str(job.resource.properties.get("ClusterName") or job.made_up_name)
        clusters.create_cluster(
            job.region.ecs, {"clusterName": name, "tags": tags_to(job.resource.tags)}
        )
        return name

    def delete(self, job: Job) -> None:
        """DeleteCluster."""
        try:
            clusters.delete_cluster(job.region.ecs, {"cluster": job.resource.physical_id})
        except AwsError as error:
            if error.code != "ClusterNotFoundException":
                raise failure_of(error, "AmazonECS", "DeleteCluster") from None

    def attributes(self, job: Job) -> dict[str, object]:
        """Arn."""
        return {"Arn": job.region.ecs.arn(f"cluster/{job.resource.physical_id}")}


class TaskDefinitionType(ResourceType):
    """AWS::ECS::TaskDefinition: every change but one of tags is a new revision."""

    def is_replacement(self, changed: set[str]) -> bool:
        """Always: a revision never changes."""
        return True

    def create(self, job: Job) -> str:
        """RegisterTaskDefinition."""
        params = to_api(job.resource.properties, "RegisterTaskDefinition")
        family = f"{job.stack.name}{job.resource.logical_id}"
        params.setdefault("family", family)
        params["tags"] = tags_to(job.resource.tags)
        try:
            answer = task_definitions.register_task_definition(job.region.ecs, params)
        except AwsError as error:
            raise failure_of(error, "AmazonECS", "RegisterTaskDefinition") from None
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def retag(self, job: Job, old: StackResource) -> None:
        """Change the tags of the revision."""
        definition = job.region.ecs.definition(job.resource.physical_id)
        _replace_tags(definition.tags, old.tags, job.resource.tags)

    def delete(self, job: Job) -> None:
        """DeregisterTaskDefinition."""
        params = {"taskDefinition": job.resource.physical_id}
        try:
            task_definitions.deregister_task_definition(job.region.ecs, params)
        except AwsError:
            return

    def attributes(self, job: Job) -> dict[str, object]:
        """TaskDefinitionArn."""
        return {"TaskDefinitionArn": job.resource.physical_id}


class ServiceType(ResourceType):
    """AWS::ECS::Service: done when its rollout is."""

    seconds = 1.0
    replacing = frozenset({"Cluster", "LaunchType", "SchedulingStrategy", "ServiceName", "Role"})

    def create(self, job: Job) -> str:
        """CreateService."""
        params = to_api(job.resource.properties, "CreateService")
        params.setdefault("serviceName", job.made_up_name)
        params["tags"] = tags_to(job.resource.tags)
        try:
            answer = services.create_service(job.region.ecs, params)
        except AwsError as error:
            raise failure_of(error, "AmazonECS", "CreateService") from None
        return str(answer["service"]["serviceArn"])

    def update(self, job: Job, old: StackResource) -> None:
        """UpdateService; a desired count in the template undoes scaling done elsewhere."""
        service = self._service(job)
        given = {
            key: value
            for key, value in job.resource.properties.items()
            if key not in {"ServiceName", "LaunchType", "SchedulingStrategy", "Role"}
        }
        params = to_api(given, "UpdateService")
        for key, value in to_api(old.properties, "CreateService").items():
            if key not in params and isinstance(value, list):
                params[key] = []
        cluster, name = service.cluster.arn, service.name
        try:
            services.update_service(job.region.ecs, {**params, "cluster": cluster, "service": name})
        except AwsError as error:
            raise failure_of(error, "AmazonECS", "UpdateService") from None
        self.retag(job, old)

    def retag(self, job: Job, old: StackResource) -> None:
        """Change the tags; no deployment begins."""
        _replace_tags(self._service(job).tags, old.tags, job.resource.tags)

    def delete(self, job: Job) -> None:
        """Scale to zero and delete."""
        service = _find_service(job.region.ecs, job.resource.physical_id)
        if service is None or service.status != "ACTIVE":
            return
        cluster, name = service.cluster.arn, service.name
        params = {"cluster": cluster, "service": name, "force": True}
        services.delete_service(job.region.ecs, params)

    def is_settled(self, job: Job) -> bool:
        """True once the newest deployment is COMPLETED."""
        service = self._service(job)
        if service.status != "ACTIVE":
            raise ResourceFailure("Service was deleted outside of the stack", "NotStabilized")
        wanted = str(job.resource.properties.get("TaskDefinition", ""))
        wanted_arn = job.region.ecs.definition(wanted).arn if wanted else ""
        for each in service.deployments:
            if each.rollout_state == "FAILED" and each.definition.arn == wanted_arn:
                raise ResourceFailure(
                    "Error occurred during operation 'ECS Deployment Circuit Breaker was "
                    "triggered'.",
                    "GeneralServiceException",
                )
        return service.primary.rollout_state == "COMPLETED"

    def is_gone(self, job: Job) -> bool:
        """True once the last task has stopped."""
        service = _find_service(job.region.ecs, job.resource.physical_id)
        return service is None or service.status == "INACTIVE"

    def attributes(self, job: Job) -> dict[str, object]:
        """Name and ServiceArn."""
        arn = job.resource.physical_id
        return {"Name": arn.rpartition("/")[2], "ServiceArn": arn}

    def _service(self, job: Job) -> Service:
        service = _find_service(job.region.ecs, job.resource.physical_id)
        if service is None:
            raise ResourceFailure("Service not found.", "NotFound")
        return service


def _find_service(region: EcsRegion, arn: str) -> Service | None:
    return next((each for each in region.services.values() if each.arn == arn), None)


def _replace_tags(tags: Tags, old: Tags, new: Tags) -> None:
    """Take away what the stack had set and no longer does; leave others' tags alone."""
    for key in old.keys() - new.keys():
        tags.pop(key, None)
    tags.update(new)
