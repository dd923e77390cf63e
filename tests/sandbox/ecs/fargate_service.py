"""A service that tests make and change through the ECS API alone, without a stack."""

from __future__ import annotations

from typing import Any

from ecsportal.sandbox.server import RunningSandbox

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60001"]}}


def definition(image: str, **container: Any) -> dict[str, Any]:
    """Parameters of RegisterTaskDefinition for a family "web" with one container."""
    return {
        "family": "web",
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [
            {"name": "web", "image": image, "portMappings": [{"containerPort": 80}], **container}
        ],
    }


class FargateService:
    """The service "web" of the demo cluster."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.client = sandbox.client("ecs")

    def create(
        self, image: str, *, desired: int = 1, container: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Register and create."""
        self.client.register_task_definition(**definition(image, **(container or {})))
        answer = self.client.create_service(
            cluster="demo",
            serviceName="web",
            taskDefinition="web",
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            **more,
        )
        return dict(answer["service"])

    def update(self, image: str) -> None:
        """Register another image and deploy it."""
        self.client.register_task_definition(**definition(image))
        self.client.update_service(cluster="demo", service="web", taskDefinition="web")

    @property
    def now(self) -> dict[str, Any]:
        """The service as described."""
        answer = self.client.describe_services(cluster="demo", services=["web"])
        return dict(answer["services"][0])

    @property
    def says(self) -> list[str]:
        """Its events in order of time, without the service's name."""
        return [
            each["message"].removeprefix("(service web) ") for each in reversed(self.now["events"])
        ]

    @property
    def task_arns(self) -> list[str]:
        """Its tasks that are to run."""
        return list(self.client.list_tasks(cluster="demo", serviceName="web")["taskArns"])

    def tasks(self, desired: str = "RUNNING") -> list[dict[str, Any]]:
        """Its tasks, described."""
        arns = self.client.list_tasks(cluster="demo", serviceName="web", desiredStatus=desired)
        if not arns["taskArns"]:
            return []
        answer = self.client.describe_tasks(cluster="demo", tasks=arns["taskArns"])
        return list(answer["tasks"])

    @property
    def images(self) -> list[str]:
        """The images that its tasks run."""
        return [task["containers"][0]["image"] for task in self.tasks()]
