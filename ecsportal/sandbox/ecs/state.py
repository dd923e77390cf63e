"""What the simulated ECS remembers, one `EcsRegion` per region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecsportal.sandbox.clock import Clock
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.identifiers import arn
from ecsportal.sandbox.scenarios import Scenarios

Wire = dict[str, Any]
"""A structure with the member names of the API."""
Tags = dict[str, str]

NOT_STARTED = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})
KEPT_EVENTS = 100


@dataclass
class Cluster:
    """A cluster; DeleteCluster leaves it INACTIVE."""

    name: str
    arn: str
    status: str = "ACTIVE"
    tags: Tags = field(default_factory=dict)
    settings: list[Wire] = field(default_factory=list)
    capacity_providers: list[str] = field(default_factory=list)
    capacity_provider_strategy: list[Wire] = field(default_factory=list)


@dataclass
class TaskDefinition:
    """One revision of a family; `body` holds the fields as registered, defaults filled in."""

    family: str
    revision: int
    arn: str
    body: Wire
    registered_at: datetime
    tags: Tags = field(default_factory=dict)
    status: str = "ACTIVE"
    deregistered_at: datetime | None = None

    @property
    def containers(self) -> list[Wire]:
        """The container definitions."""
        return list(self.body["containerDefinitions"])


@dataclass
class Container:
    """One container of a task."""

    name: str
    image: str
    essential: bool
    arn: str
    status: str = "PENDING"
    health: str = "UNKNOWN"
    exit_code: int | None = None
    reason: str = ""


@dataclass
class Task:
    """One task. `age` counts its turns: what was planned for an earlier one is void."""

    id: str
    arn: str
    cluster: Cluster
    definition: TaskDefinition
    group: str
    started_by: str
    containers: list[Container]
    created_at: datetime
    overrides: Wire = field(default_factory=dict)
    extras: Wire = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    stop_code: str = ""
    stopped_reason: str = ""
    healthy: bool = False
    failed: bool = False
    age: int = 0
    times: dict[str, datetime] = field(default_factory=dict)
    on_change: Callable[[Task], None] | None = None

    @property
    def address(self) -> str:
        """Its private IP address."""
        return f"10.0.0.{int(self.id[:2], 16)}"

    @property
    def wanted(self) -> bool:
        """True until someone or something decided to stop it."""
        return self.desired_status == "RUNNING"

    @property
    def pending(self) -> bool:
        """True while it counts as pending."""
        return self.wanted and self.last_status in NOT_STARTED


@dataclass
class Deployment:
    """One deployment of a service: the newest is PRIMARY, replaced ones are ACTIVE."""

    id: str
    definition: TaskDefinition
    created_at: datetime
    updated_at: datetime
    settings: Wire
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    is_rollback: bool = False
    not_before: datetime | None = None


@dataclass
class Service:
    """A service; `settings` are the fields given at creation and update, defaults filled in."""

    name: str
    arn: str
    cluster: Cluster
    settings: Wire
    desired_count: int
    created_at: datetime
    tags: Tags = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    events: list[Wire] = field(default_factory=list)
    status: str = "ACTIVE"
    last_completed: Deployment | None = None
    look_planned: bool = False

    @property
    def primary(self) -> Deployment:
        """The newest deployment."""
        return self.deployments[0]

    def percent(self, name: str, default: int) -> int:
        """A number of the deployment configuration."""
        value = self.settings.get("deploymentConfiguration", {}).get(name)
        return default if value is None else int(value)


class LogSink:
    """Where containers' logs go; this one swallows them."""

    def has_group(self, region: str, group: str) -> bool:
        """True if the log group exists."""
        return True

    def write(
        self, region: str, group: str, stream: str, lines: list[tuple[datetime, str]]
    ) -> None:
        """Append lines to a stream, which is made at need."""


class EcsRegion:
    """All of one region's ECS."""

    def __init__(self, name: str, clock: Clock, scenarios: Scenarios, logs: LogSink) -> None:
        self.name = name
        self.clock = clock
        self.scenarios = scenarios
        self.logs = logs
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, list[TaskDefinition]] = {}
        self.services: dict[tuple[str, str], Service] = {}
        self.tasks: dict[str, Task] = {}
        self.tokens: dict[tuple[str, str], tuple[Wire, Wire]] = {}
        self.account_settings: dict[str, str] = {}

    def arn(self, resource: str) -> str:
        """An ARN of this region's ECS."""
        return arn("ecs", self.name, resource)

    def cluster(self, name_or_arn: str | None) -> Cluster:
        """The active cluster of this name ("default" if none is given)."""
        name = (name_or_arn or "default").rpartition("/")[2]
        cluster = self.clusters.get(name)
        if cluster is None or cluster.status == "INACTIVE":
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        """The service of this name, INACTIVE ones included."""
        return self.services.get((cluster.name, name_or_arn.rpartition("/")[2]))

    def definition(self, reference: str) -> TaskDefinition:
        """A task definition by ARN, `family:revision`, or family (its newest active one)."""
        family, _, revision = reference.rpartition("task-definition/")[2].partition(":")
        revisions = self.families.get(family, [])
        if revision:
            found = [each for each in revisions if str(each.revision) == revision]
        else:
            found = [each for each in revisions if each.status == "ACTIVE"][-1:]
        if not found:
            raise AwsError("ClientException", "Unable to describe task definition.")
        return found[0]

    def tasks_of(self, service: Service) -> Iterator[Task]:
        """The tasks of a service that are not stopped."""
        group = f"service:{service.name}"
        for task in self.tasks.values():
            in_service = task.group == group and task.cluster is service.cluster
            if in_service and task.last_status != "STOPPED":
                yield task


def tags_from(wire: list[Wire] | None) -> Tags:
    """Tags as the API sends them (`key`, `value`), as a mapping."""
    return {tag["key"]: tag.get("value", "") for tag in wire or []}


def tags_to(tags: Tags) -> list[Wire]:
    """The reverse of `tags_from`."""
    return [{"key": key, "value": value} for key, value in tags.items()]
