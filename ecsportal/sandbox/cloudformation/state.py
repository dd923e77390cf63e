"""What the simulated CloudFormation remembers, one `StackRegion` per region."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecsportal.sandbox.calls import Calls
from ecsportal.sandbox.clock import Clock
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.ecs.state import EcsRegion
from ecsportal.sandbox.errors import AwsError, validation_error
from ecsportal.sandbox.faults import Faults
from ecsportal.sandbox.identifiers import arn
from ecsportal.sandbox.moto_services import MotoServices

Wire = dict[str, Any]
Tags = dict[str, str]

STACK_TYPE = "AWS::CloudFormation::Stack"
NO_ECHO = "****"


@dataclass
class StackResource:
    """A resource as it is: its properties with everything resolved, and what it became."""

    logical_id: str
    type: str
    properties: Wire
    tags: Tags
    physical_id: str = ""
    attributes: Wire = field(default_factory=dict)
    metadata: Any = None
    made: Any = None
    """What the service behind the type keeps it as, where that is moto."""
    retained: bool = False
    waits_for: frozenset[str] = frozenset()
    status: str = ""
    reason: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    id: str
    at: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    properties: str
    token: str
    operation_id: str


@dataclass(frozen=True)
class Intent:
    """What a stack is to become: template, parameters as given and defaulted, tags."""

    template: Template
    parameters: Wire
    tags: Tags
    capabilities: tuple[str, ...] = ()


@dataclass
class Stack:
    """One stack. `intent` is what it is, or is becoming; `before` what a rollback returns to."""

    id: str
    name: str
    created_at: datetime
    intent: Intent
    status: str = ""
    reason: str = ""
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    outputs: list[Wire] = field(default_factory=list)
    gone: dict[str, StackResource] = field(default_factory=dict)
    """What a deletion or the rollback of a first creation has deleted."""
    before: Intent | None = None
    resources_before: dict[str, StackResource] = field(default_factory=dict)
    replaced: list[StackResource] = field(default_factory=list)
    parent_id: str = ""
    root_id: str = ""
    """The stacks around a nested one: the next, and the outermost."""
    role_arn: str = ""
    notification_arns: list[str] = field(default_factory=list)
    timeout_minutes: int | None = None
    on_failure: str = "ROLLBACK"
    disable_rollback: bool = False
    termination_protection: bool = False
    token: str = ""
    operation_id: str = ""
    turn: int = 0
    """Counts the operations and their phases: what an earlier one had planned is void."""
    wave: Any = None
    """The work on resources under way (a `Wave`), for a cancel."""
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    def status_at(self, at: datetime) -> str:
        """The stack's status at a moment, by its own events; empty before it was made."""
        own = [each for each in self.events if each.physical_id == self.id and each.at <= at]
        return own[-1].status if own else ""

    @property
    def shown_resources(self) -> list[StackResource]:
        """The resources as lists show them, deleted ones included."""
        gone = [each for name, each in self.gone.items() if name not in self.resources]
        return [*self.resources.values(), *gone]

    @property
    def is_busy(self) -> bool:
        """True while an operation goes on."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass
class ChangeSet:
    """A change set: what it would make of the stack, and the changes shown."""

    id: str
    name: str
    intent: Intent
    kind: str
    created_at: datetime
    changes: list[Wire]
    description: str = ""
    status: str = "CREATE_PENDING"
    execution: str = "UNAVAILABLE"
    reason: str = ""
    token: str = ""
    options: Wire = field(default_factory=dict)


class StackRegion:
    """All of one region's stacks, and the services that resources are made in."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        ecs: EcsRegion,
        moto: MotoServices,
        faults: Faults,
        calls: Calls,
    ) -> None:
        self.name = name
        self.clock = clock
        self.read_lag = 0.0
        """Seconds by which DescribeStacks lags behind."""
        self.ecs = ecs
        self.moto = moto
        self.faults = faults
        self.calls = calls
        self.stacks: list[Stack] = []
        self.tokens: dict[tuple[str, str], tuple[str, Wire, Wire]] = {}

    def new_stack(self, name: str, intent: Intent) -> Stack:
        """Add a stack; it has no status yet."""
        stack_id = arn("cloudformation", self.name, f"stack/{name}/{uuid.uuid4()}")
        stack = Stack(stack_id, name, self.clock.now(), intent)
        self.stacks.append(stack)
        return stack

    def find(self, name_or_id: str) -> Stack | None:
        """By name the stack that exists, by id also a deleted one."""
        for stack in reversed(self.stacks):
            if stack.id == name_or_id:
                return stack
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        return None

    def stack(self, name_or_id: str) -> Stack:
        """Like `find`, or the error that AWS answers with."""
        stack = self.find(name_or_id)
        if stack is None:
            raise validation_error(f"Stack with id {name_or_id} does not exist")
        return stack

    def record(self, stack: Stack, status: str, reason: str = "") -> None:
        """Set the stack's own status, and add the event that says so."""
        stack.status, stack.reason = status, reason
        self._add_event(stack, stack.name, stack.id, STACK_TYPE, status, reason, "")

    def record_resource(
        self, stack: Stack, resource: StackResource, status: str, reason: str = ""
    ) -> None:
        """Set a resource's status, and add the event that says so."""
        resource.status, resource.reason = status, reason
        resource.updated_at = self.clock.now()
        self._add_event(
            stack,
            resource.logical_id,
            resource.physical_id,
            resource.type,
            status,
            reason,
            json.dumps(resource.properties),
        )

    def _add_event(self, stack: Stack, logical: str, *rest: str) -> None:
        physical, kind, status, reason, properties = rest
        event_id = f"{logical}-{status}-{uuid.uuid4()}"
        if kind == STACK_TYPE and physical == stack.id:
            event_id = str(uuid.uuid4())
        stack.events.append(
            Event(
                event_id,
                self.clock.now(),
                logical,
                physical,
                kind,
                status,
                reason,
                properties,
                stack.token,
                stack.operation_id,
            )
        )

    def replay(self, operation: str, stack_name: str, token: str, params: Wire) -> Wire | None:
        """The first answer to this token; None if it is new.

        TokenAlreadyExistsException if it came with another operation or other parameters.
        """
        known = self.tokens.get((stack_name, token)) if token else None
        if known is None:
            return None
        if known[0] != operation or known[1] != params:
            raise AwsError(
                "TokenAlreadyExistsException",
                f"A client request token {token} was already used with other parameters",
            )
        return known[2]

    def remember(
        self, operation: str, stack_name: str, token: str, params: Wire, answer: Wire
    ) -> Wire:
        """Note what a token began, count it, and return the answer."""
        if token:
            self.tokens[stack_name, token] = (operation, params, answer)
        self.calls.started(f"cloudformation.{operation}")
        return answer
