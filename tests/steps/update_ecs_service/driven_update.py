"""Attempts of this step, and the service of another team that they update."""

from __future__ import annotations

from typing import Any

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.update_ecs_service.run import RUNNER
from tests.steps.driven_run import Driven, clients_of
from tests.steps.run_ecs_task.driven_task import GROUP, SUBNET, registered

CHANGE: JsonDict = {
    "name": "shop",
    "image": {"reference": "web", "feed": "shop-ecr", "repository": "shop/web"},
}


class DrivenUpdate(Driven):
    """An update of service `shop` to a new image."""

    runner = RUNNER
    version = 1
    defaults = {"service_name": "shop", "target_task_definition": "shop", "containers": [CHANGE]}

    @property
    def service(self) -> dict[str, Any]:
        """The service as ECS describes it."""
        answer = self.clients.ecs.describe_services(
            cluster="demo", services=["shop"], include=["TAGS"]
        )
        found: dict[str, Any] = answer["services"][0]
        return found

    @property
    def runs(self) -> str:
        """The revision that the service wants to run: `shop:2`."""
        return str(self.service["taskDefinition"]).rpartition("/")[2]

    def definition(self, name: str = "shop") -> dict[str, Any]:
        """A task definition with its tags."""
        answer = self.clients.ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
        return {**answer["taskDefinition"], "tags": answer.get("tags", [])}

    @property
    def revisions(self) -> int:
        """How many the family has."""
        found = self.clients.ecs.list_task_definitions(familyPrefix="shop")
        return len(found["taskDefinitionArns"])


def others_service(sandbox: RunningSandbox, **settings: Any) -> None:
    """Service `shop` of two tasks at 1.3.0, made and tagged by somebody else, in steady state."""
    registered(sandbox, "1.3.0", "shop")
    ecs = clients_of(sandbox).ecs
    network = {"subnets": [SUBNET], "securityGroups": [GROUP], "assignPublicIp": "ENABLED"}
    ecs.create_service(
        cluster="demo",
        serviceName="shop",
        taskDefinition="shop",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        tags=[{"key": "owner", "value": "terraform"}],
        **settings,
    )
    sandbox.advance(300)
