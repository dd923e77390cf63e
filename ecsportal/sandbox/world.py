"""Everything that the sandbox remembers, and one lock around it."""

from __future__ import annotations

import threading

from ecsportal.sandbox import seed
from ecsportal.sandbox.calls import Calls
from ecsportal.sandbox.clock import Clock
from ecsportal.sandbox.cloudformation.resource_types import make_role
from ecsportal.sandbox.cloudformation.state import StackRegion
from ecsportal.sandbox.ecs.clusters import create_cluster
from ecsportal.sandbox.ecs.state import EcsRegion, tags_to
from ecsportal.sandbox.faults import Faults
from ecsportal.sandbox.moto_services import MotoLogs, MotoServices
from ecsportal.sandbox.registry import Registry
from ecsportal.sandbox.scenarios import Scenarios
from ecsportal.sandbox.seed_moto import fill


class World:
    """One simulated AWS account. Whoever reads or changes it holds `lock`."""

    def __init__(self, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.faults = Faults()
        self.calls = Calls()
        self.registry = Registry()
        self.scenarios = Scenarios(self.registry.tag_of_digest)
        self.moto = MotoServices(self._fill)
        self.lag = 0.0
        self._ecs: dict[str, EcsRegion] = {}
        self._stacks: dict[str, StackRegion] = {}

    def ecs(self, region: str) -> EcsRegion:
        """A region's ECS, with the demo's cluster in the seeded ones."""
        if region not in self._ecs:
            logs = MotoLogs(self.moto)
            found = self._ecs[region] = EcsRegion(region, self.clock, self.scenarios, logs)
            if region in seed.REGIONS:
                tags = tags_to(seed.CLUSTER_TAGS[region])
                providers = ["FARGATE", "FARGATE_SPOT"]
                params = {"clusterName": seed.CLUSTER, "tags": tags}
                create_cluster(found, {**params, "capacityProviders": providers})
        return self._ecs[region]

    def stacks(self, region: str) -> StackRegion:
        """A region's CloudFormation."""
        if region not in self._stacks:
            self._stacks[region] = StackRegion(
                region, self.clock, self.ecs(region), self.moto, self.faults, self.calls
            )
            self._stacks[region].read_lag = self.lag
        return self._stacks[region]

    def set_lag(self, seconds: float) -> None:
        """How old what DescribeStacks shows is."""
        self.lag = seconds
        for region in self._stacks.values():
            region.read_lag = seconds

    def stack_regions(self) -> dict[str, StackRegion]:
        """The regions in which CloudFormation was used."""
        return dict(self._stacks)

    def _fill(self, moto: MotoServices, name: str, region: str) -> None:
        """Fill a service of moto's before its first use: from the seed, and from the stacks."""
        fill(moto, name, region)
        if name != "iam":
            return
        for each in self._stacks.values():
            for stack in each.stacks:
                for resource in stack.resources.values():
                    if resource.type == "AWS::IAM::Role" and resource.physical_id:
                        make_role(moto, resource.physical_id, resource.properties)

    def reset(self) -> None:
        """Back to the seed; the clock keeps its mode."""
        self.clock.clear()
        self.faults.clear()
        self.lag = 0.0
        self.calls.clear()
        self.scenarios.clear()
        self.registry.reset()
        self.moto.reset()
        self._ecs.clear()
        self._stacks.clear()
