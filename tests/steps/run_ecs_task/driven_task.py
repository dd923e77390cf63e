"""Attempts of this step, and the step that it runs the task of."""

from __future__ import annotations

from typing import Any

from ecsportal.ecs.definitions import Definition, register_definition
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Image, OtherStep
from ecsportal.steps.run_ecs_task.run import RUNNER
from tests.steps.driven_run import INPUTS, Driven, clients_of

SUBNET, GROUP = "subnet-0a1b2c3d4e5f60001", "sg-0a1b2c3d4e5f60001"
ROLE = "arn:aws:iam::123456789012:role/tasks"


class DrivenTask(Driven):
    """A run of `migrate`, which logs to /ecs/migrate, unless the inputs say otherwise."""

    runner = RUNNER
    version = 1
    defaults = {"task_definition": "migrate", "subnet_ids": [SUBNET]}

    @property
    def started(self) -> list[dict[str, Any]]:
        """All tasks that run or ran, whoever started them."""
        ecs = self.clients.ecs
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster="demo", desiredStatus=status)["taskArns"]
        ]
        found: list[dict[str, Any]] = ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"]
        return found


def registered(
    sandbox: RunningSandbox, tag: str, family: str = "migrate", **fields: Any
) -> Definition:
    """A task definition of one container that plays the tag's scenario."""
    clients = clients_of(sandbox)
    group = f"/ecs/{family}"
    if not clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        clients.logs.create_log_group(logGroupName=group)
    content: dict[str, Any] = {
        "family": family,
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": ROLE,
        "containerDefinitions": [
            {
                "name": family,
                "image": f"registry.example/shop/web:{tag}",
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": group,
                        "awslogs-region": "eu-west-1",
                        "awslogs-stream-prefix": "ecs",
                    },
                },
            }
        ],
    }
    return register_definition(clients.ecs, content | fields, {})


def web_step(tag: str = "1.4.0", *, outputs: dict[str, str] | None = None) -> OtherStep:
    """The step Deploy web of the release, before or after its turn."""
    whole = f"registry.example/shop/web:{tag}"
    image = Image("web", "shop-ecr", "shop/web", tag, "", whole, "Shop ECR")
    return OtherStep(
        slug="deploy-web",
        name="Deploy web",
        type="deploy-ecs-service",
        version=2,
        inputs=INPUTS,
        images={"web": image},
        outputs=outputs or {},
    )
