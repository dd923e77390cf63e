"""What a resource type is: how its resources are made, changed and deleted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ecsportal.sandbox.cloudformation.state import Stack, StackRegion, StackResource
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.identifiers import mixed_id


class ResourceFailure(Exception):
    """A resource that cannot be made, changed or deleted; `reason` as the event shows it."""

    def __init__(self, message: str, code: str) -> None:
        self.reason = (
            f'Resource handler returned message: "{message}" '
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
        )
        super().__init__(self.reason)


def failure_of(error: AwsError, service: str, operation: str) -> ResourceFailure:
    """What CloudFormation makes of an error of the service behind a resource."""
    codes = {"AccessDeniedException": "AccessDenied", "ClusterNotFoundException": "NotFound"}
    return ResourceFailure(
        f"Invalid request provided: {operation} error: {error.message} (Service: {service}, "
        f"Status Code: {error.status}, Request ID: {uuid.uuid4()})",
        codes.get(error.code, "InvalidRequest"),
    )


@dataclass(frozen=True)
class Job:
    """One thing to do to one resource; `resource` has the properties that are wanted."""

    region: StackRegion
    stack: Stack
    resource: StackResource

    @property
    def made_up_name(self) -> str:
        """A name as CloudFormation makes up where the template gives none."""
        base = f"{self.stack.name}-{self.resource.logical_id}"
        return f"{base[:242]}-{mixed_id()}"


class ResourceType:
    """A resource type; this one makes nothing but a name, and suits whatever has no own class."""

    seconds = 2.0
    """The least time that making or changing one takes."""
    replacing: frozenset[str] = frozenset()
    """Properties whose change means a new resource."""
    takes_tags = True

    def is_replacement(self, changed: set[str]) -> bool:
        """True if a change of these properties means a new resource."""
        return bool(changed & self.replacing)

    def create(self, job: Job) -> str:
        """Make it; returns its physical id. ResourceFailure if it cannot be made."""
        name = next((str(v) for k, v in job.resource.properties.items() if k.endswith("Name")), "")
        return name or job.made_up_name

    def update(self, job: Job, old: StackResource) -> None:
        """Change it in place from `old` to the properties of the job."""

    def retag(self, job: Job, old: StackResource) -> None:
        """Change its tags only: nothing restarts."""

    def delete(self, job: Job) -> None:
        """Begin to delete it; one that is gone already is no error."""

    def is_settled(self, job: Job) -> bool:
        """True once what `create` or `update` began has ended; ResourceFailure if badly."""
        return True

    def is_gone(self, job: Job) -> bool:
        """True once what `delete` began has ended."""
        return True

    def attributes(self, job: Job) -> dict[str, object]:
        """What Fn::GetAtt can ask for."""
        physical_id = job.resource.physical_id
        service = job.resource.type.split("::")[1].lower()
        arn = f"arn:aws:{service}:{job.region.name}:123456789012:{physical_id}"
        return {"Arn": arn, "Id": physical_id, "Name": physical_id}
