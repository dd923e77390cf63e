"""All resource types by name: those with a module of their own, log groups, roles, any other."""

from __future__ import annotations

import json

from ecsportal.sandbox.cloudformation.resource_type import Job, ResourceFailure, ResourceType
from ecsportal.sandbox.cloudformation.resources_ecs import (
    ClusterType,
    ServiceType,
    TaskDefinitionType,
)
from ecsportal.sandbox.cloudformation.resources_moto import TYPES as MOTO_TYPES
from ecsportal.sandbox.cloudformation.state import StackResource, Wire
from ecsportal.sandbox.identifiers import arn, upper_id
from ecsportal.sandbox.moto_services import MotoServices


class LogGroupType(ResourceType):
    """AWS::Logs::LogGroup, kept in moto's CloudWatch Logs."""

    replacing = frozenset({"LogGroupName"})

    def create(self, job: Job) -> str:
        """Make the group; one of that name that exists outside of the stack is an error."""
        properties = job.resource.properties
        name = str(properties.get("LogGroupName") or job.made_up_name)
        backend = job.region.moto.backend("logs", job.region.name)
        if name in backend.groups:
            identifier = json.dumps({"/properties/LogGroupName": name}, separators=(",", ":"))
            raise ResourceFailure(
                f"Resource of type 'AWS::Logs::LogGroup' with identifier '{identifier}' already "
                "exists.",
                "AlreadyExists",
            )
        backend.create_log_group(name, dict(job.resource.tags))
        self._set_retention(job, name)
        return name

    def update(self, job: Job, old: StackResource) -> None:
        """Change the retention."""
        self._set_retention(job, job.resource.physical_id)

    def retag(self, job: Job, old: StackResource) -> None:
        """Change the tags."""
        backend = job.region.moto.backend("logs", job.region.name)
        if job.resource.physical_id in backend.groups:
            group_arn = backend.groups[job.resource.physical_id].arn
            backend.untag_resource(group_arn, list(old.tags))
            backend.tag_resource(group_arn, dict(job.resource.tags))

    def delete(self, job: Job) -> None:
        """Delete the group with its streams."""
        backend = job.region.moto.backend("logs", job.region.name)
        if job.resource.physical_id in backend.groups:
            backend.delete_log_group(job.resource.physical_id)

    def attributes(self, job: Job) -> dict[str, object]:
        """Arn, as Logs writes it: with a star."""
        return {"Arn": arn("logs", job.region.name, f"log-group:{job.resource.physical_id}:*")}

    def _set_retention(self, job: Job, name: str) -> None:
        days = job.resource.properties.get("RetentionInDays")
        backend = job.region.moto.backend("logs", job.region.name)
        if name in backend.groups:
            backend.groups[name].retention_in_days = None if days is None else int(days)


def make_role(moto: MotoServices, name: str, properties: Wire) -> None:
    """Let IAM know a role."""
    document = json.dumps(properties.get("AssumeRolePolicyDocument", {}))
    path = str(properties.get("Path", "/"))
    moto.backend("iam", "").create_role(name, document, path, None, "", [], "3600")


class RoleType(ResourceType):
    """AWS::IAM::Role."""

    seconds = 4.0
    replacing = frozenset({"RoleName", "Path"})

    def create(self, job: Job) -> str:
        """Make up or take the name; two roles of one name are an error."""
        properties = job.resource.properties
        base = f"{job.stack.name}-{job.resource.logical_id}"
        name = str(properties.get("RoleName") or f"{base[:51]}-{upper_id()}")
        if not job.region.moto.is_used("iam", ""):
            return name  # nobody has looked at IAM yet: not worth the memory
        iam = job.region.moto.backend("iam", job.region.name)
        if name in {each.name for each in iam.roles.values()}:
            raise ResourceFailure(f"{name} already exists", "AlreadyExists")
        make_role(job.region.moto, name, properties)
        return name

    def delete(self, job: Job) -> None:
        """Delete it where IAM knows it."""
        if job.region.moto.is_used("iam", ""):
            iam = job.region.moto.backend("iam", job.region.name)
            found = [
                key for key, each in iam.roles.items() if each.name == job.resource.physical_id
            ]
            for key in found:
                del iam.roles[key]

    def attributes(self, job: Job) -> dict[str, object]:
        """Arn and RoleId."""
        path = str(job.resource.properties.get("Path", "/"))
        name = job.resource.physical_id
        return {"Arn": arn("iam", "", f"role{path}{name}"), "RoleId": f"AROA{name[-16:].upper()}"}


_TYPES: dict[str, ResourceType] = {
    **MOTO_TYPES,
    "AWS::ECS::Cluster": ClusterType(),
    "AWS::ECS::TaskDefinition": TaskDefinitionType(),
    "AWS::ECS::Service": ServiceType(),
    "AWS::Logs::LogGroup": LogGroupType(),
    "AWS::IAM::Role": RoleType(),
}
_ANY = ResourceType()
IAM_TYPES = frozenset(
    f"AWS::IAM::{name}"
    for name in ["AccessKey", "Group", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "User"]
)
IAM_NAMES = frozenset({"RoleName", "UserName", "GroupName", "ManagedPolicyName"})


def add_type(name: str, kind: ResourceType) -> None:
    """Add a type that is itself made of stack operations, which need this table first."""
    _TYPES[name] = kind


def type_named(name: str) -> ResourceType:
    """The type of this name; unknown ones make nothing but a name."""
    return _TYPES.get(name, _ANY)
