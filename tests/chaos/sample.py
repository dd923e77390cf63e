"""What the suite deploys: projects of all the kinds that write to AWS, in three regions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.chaos.installation import Installation

REGISTRY = "registry.example.com"
ENVIRONMENTS = {
    "development": "eu-west-1",
    "staging": "eu-central-1",
    "production": "us-east-1",
}
"""Each has a region of its own: two stacks of one region can't have one log group."""
RELEASE = "#{Octopus.Release.Number}"
CLUSTER = "demo"
SERVICE = "orders"
SUBNET = "subnet-0a1b2c3d4e5f60001"
SHOPS = 3


@dataclass(frozen=True)
class Cell:
    """One project in one environment; at most one deployment runs there."""

    kind: str
    """service (Deploy Amazon ECS Service), gate (approval, service, task), template, update."""
    project: str
    environment: str
    region: str


def load(installation: Installation) -> list[Cell]:
    """Create everything through the API; the cells in a fixed order."""
    api = installation.api
    for slug, region in ENVIRONMENTS.items():
        api("POST", "/environments", {"name": slug.title()})
        account = api(
            "POST",
            "/accounts",
            {
                "name": f"Account {slug}",
                "kind": "access_key",
                "access_key_id": "AKIAIOSFODNN7EXAMPLE",
                "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "endpoint_url": installation.sandbox_url,
                "environments": [slug],
            },
        )["slug"]
        target = {"name": f"target-{slug}", "account": account, "region": region,
                  "cluster": CLUSTER, "environments": [slug], "target_tags": ["web"]}  # fmt: skip
        api("POST", "/targets", target)
    feed = {"name": "Shop registry", "kind": "docker", "url": installation.sandbox_url,
            "registry_path": REGISTRY}  # fmt: skip
    api("POST", "/feeds", feed)
    _make_foreign_service(installation)
    processes: dict[str, tuple[str, list[dict[str, Any]], int]] = {
        f"shop-{number}": ("service", [_service(f"shop-{number}")], 3)
        for number in range(1, SHOPS + 1)
    }
    processes["gate"] = ("gate", [_approval(), _service("gate"), _task()], 2)
    processes["table"] = ("template", [_template()], 2)
    processes["foreign"] = ("update", [_update()], 1)
    cells = []
    for project, (kind, steps, environments) in processes.items():
        api("POST", "/projects", {"name": project})
        api("PUT", f"/projects/{project}/process", {"steps": steps})
        cells += [
            Cell(kind, project, environment, ENVIRONMENTS[environment])
            for environment in list(ENVIRONMENTS)[:environments]
        ]
    return cells


def _service(task_name: str) -> dict[str, Any]:
    """A service whose web container names the release, so that AWS tells what runs."""
    web = _container("web", 8080, [{"name": "RELEASE", "value": RELEASE, "type": "plain"}])
    return {
        "slug": "deploy-web",
        "name": "Deploy web",
        "type": "deploy-ecs-service",
        "version": 2,
        "target_tags": ["web"],
        "inputs": {
            "task_name": task_name,
            "cpu": "512",
            "memory": "1024",
            "desired_count": 2,
            "subnet_ids": [SUBNET],
            "security_group_ids": ["sg-0a1b2c3d4e5f60001"],
            "containers": [web, _container("api", 9090, [])],
        },
    }


def _container(name: str, port: int, variables: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "name": name,
        "image": {"reference": name, "feed": "shop-registry", "repository": f"shop/{name}"},
        "essential": True,
        "ports": [{"port": port, "protocol": "tcp"}],
        "environment": variables,
    }


def _approval() -> dict[str, Any]:
    return {
        "name": "Approve",
        "type": "manual-intervention",
        "inputs": {"instructions": f"Release {RELEASE}?"},
    }


def _task() -> dict[str, Any]:
    return {
        "name": "Migrate",
        "type": "run-ecs-task",
        "target_tags": ["web"],
        "inputs": {"step": "deploy-web", "container": "api", "command_list": ["migrate", RELEASE]},
    }


def _template() -> dict[str, Any]:
    template = {
        "Parameters": {"Release": {"Type": "String"}},
        "Resources": {
            "Group": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": {"Fn::Sub": "/chaos/${AWS::StackName}/${Release}"}},
            }
        },
        "Outputs": {"Release": {"Value": {"Ref": "Release"}}},
    }
    return {
        "name": "Deploy table",
        "type": "deploy-cloudformation-template",
        "target_tags": ["web"],
        "inputs": {
            "stack_name": "chaos-table-#{Octopus.Environment.Name | ToLower}",
            "template": json.dumps(template),
            "parameters": [{"name": "Release", "value": RELEASE}],
        },
    }


def _update() -> dict[str, Any]:
    image = {"feed": "shop-registry", "repository": "shop/web"}
    environment = {"action": "append", "items": [{"name": "RELEASE", "value": RELEASE}]}
    return {
        "name": "Update orders",
        "type": "update-ecs-service",
        "target_tags": ["web"],
        "inputs": {
            "service_name": SERVICE,
            "target_task_definition": SERVICE,
            "containers": [{"name": SERVICE, "image": image, "environment": environment}],
        },
    }


def _make_foreign_service(installation: Installation) -> None:
    """A service that another tool made: its definition holds one container."""
    ecs = installation.client("ecs", ENVIRONMENTS["development"])
    ecs.register_task_definition(
        family=SERVICE,
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        requiresCompatibilities=["FARGATE"],
        executionRoleArn="arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
        containerDefinitions=[{"name": SERVICE, "image": f"{REGISTRY}/shop/web:1.2.0"}],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=SERVICE,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [SUBNET]}},
    )
    installation.sandbox("POST", "/clock", {"advance": 300})
