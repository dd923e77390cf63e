"""AWS::CloudFormation::Stack: a stack within a stack, which the outer one waits for."""

from __future__ import annotations

from typing import Any

from ecsportal.sandbox.cloudformation.changes import changes_between
from ecsportal.sandbox.cloudformation.operations import Creation, Removal, Update
from ecsportal.sandbox.cloudformation.resource_type import Job, ResourceFailure, ResourceType
from ecsportal.sandbox.cloudformation.stack_calls import read_intent
from ecsportal.sandbox.cloudformation.state import (
    STACK_TYPE,
    Intent,
    Stack,
    StackResource,
    Wire,
)
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.identifiers import upper_id

TYPE = STACK_TYPE
_LONGEST = 128


class NestedStackType(ResourceType):
    """Settled when the inner stack is; a failure in it is the outer resource's failure.

    The inner stack has events of its own, found by its id, that carry the outer operation's token.
    """

    seconds = 1.0

    def create(self, job: Job) -> str:
        """Create the inner stack. It stays as it is when it fails: the outer one deletes it."""
        intent = _intent(job, None)
        outer = job.stack
        base = f"{outer.name}-{job.resource.logical_id}"[: _LONGEST - 14]
        inner = job.region.new_stack(f"{base}-{upper_id(13)}", intent)
        inner.parent_id, inner.root_id = outer.id, outer.root_id or outer.id
        inner.on_failure = "DO_NOTHING"
        inner.token = outer.token
        Creation(job.region, inner).begin()
        return inner.id

    def update(self, job: Job, old: StackResource) -> None:
        """Update the inner stack, or take it back where the outer one goes back."""
        inner = _inner(job)
        inner.token = job.stack.token
        if _goes_back(job.stack):
            self._take_back(job, inner)
        else:
            self._bring_to(job, inner)

    def retag(self, job: Job, old: StackResource) -> None:
        """Tags of the outer stack are tags of the inner one: that is an update too."""
        self.update(job, old)

    def delete(self, job: Job) -> None:
        """Delete the inner stack."""
        inner = job.region.find(job.resource.physical_id)
        if inner is not None and inner.status not in {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}:
            inner.token = job.stack.token
            Removal(job.region, inner).begin()

    def is_settled(self, job: Job) -> bool:
        """True once the inner stack's operation has ended well, or gone back where it should."""
        inner = _inner(job)
        if inner.status == "CREATE_FAILED":
            raise _embedded(inner, f"was not successfully created: {inner.reason}")
        if _goes_back(job.stack):
            if inner.status == "UPDATE_ROLLBACK_FAILED":
                raise _not_updated(inner)
            return not inner.is_busy
        if "ROLLBACK" in inner.status:
            raise _not_updated(inner)
        return not inner.is_busy

    def is_gone(self, job: Job) -> bool:
        """True once the inner stack is deleted."""
        inner = job.region.find(job.resource.physical_id)
        if inner is not None and inner.status == "DELETE_FAILED":
            raise _embedded(inner, f"was not successfully deleted: {inner.reason}")
        return inner is None or inner.status == "DELETE_COMPLETE"

    def attributes(self, job: Job) -> dict[str, object]:
        """Outputs.<name>."""
        inner = job.region.find(job.resource.physical_id)
        outputs = [] if inner is None else inner.outputs
        return {f"Outputs.{each['OutputKey']}": each["OutputValue"] for each in outputs}

    def _bring_to(self, job: Job, inner: Stack) -> None:
        intent = _intent(job, inner)
        if changes_between(job.region, inner, intent):
            Update(job.region, inner).begin(intent)

    def _take_back(self, job: Job, inner: Stack) -> None:
        if inner.status == "UPDATE_IN_PROGRESS":
            Update(job.region, inner).cancel()
        elif inner.status == "UPDATE_ROLLBACK_FAILED":
            Update(job.region, inner).continue_rollback()
        elif not inner.is_busy:
            self._bring_to(job, inner)


def _goes_back(outer: Stack) -> bool:
    return outer.status == "UPDATE_ROLLBACK_IN_PROGRESS"


def _intent(job: Job, inner: Stack | None) -> Intent:
    given = job.resource.properties
    parameters = [
        {"ParameterKey": name, "ParameterValue": _text(value)}
        for name, value in (given.get("Parameters") or {}).items()
    ]
    tags = [
        {"Key": key, "Value": value}
        for key, value in job.resource.tags.items()
        if not key.startswith("aws:")
    ]
    params: Wire = {
        "TemplateURL": given.get("TemplateURL", ""),
        "Parameters": parameters,
        "Tags": tags,
        "Capabilities": list(job.stack.intent.capabilities),
    }
    try:
        return read_intent(job.region, params, inner)
    except AwsError as error:
        failure = ResourceFailure(error.message, "InvalidRequest")
        failure.reason = error.message
        raise failure from None


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _inner(job: Job) -> Stack:
    return job.region.stack(job.resource.physical_id)


def _embedded(inner: Stack, what: str) -> ResourceFailure:
    failure = ResourceFailure("", "NotStabilized")
    failure.reason = f"Embedded stack {inner.id} {what}"
    return failure


def _not_updated(inner: Stack) -> ResourceFailure:
    return _embedded(
        inner,
        f"was not successfully updated. Currently in {inner.status} with reason: {inner.reason}",
    )
