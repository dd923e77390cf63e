"""The sample project: web-shop, with an account, a target and a cluster for each environment."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.infrastructure.accounts import create_account
from ecsportal.infrastructure.details import (
    AccountDetails,
    EnvironmentDetails,
    FeedDetails,
    TargetDetails,
)
from ecsportal.infrastructure.environments import create_environment
from ecsportal.infrastructure.feeds import create_feed
from ecsportal.infrastructure.models import AwsAccount, Feed
from ecsportal.infrastructure.targets import create_target
from ecsportal.people.models import User
from ecsportal.projects.models import Project
from ecsportal.projects.process import save_process
from ecsportal.projects.services import create_project
from ecsportal.steps.contract import JsonDict

PROJECT = "web-shop"
STEP = "deploy-web"
REGISTRY = "registry.example.com"
CLUSTER = "demo"


@dataclass(frozen=True)
class Stage:
    """An environment of the sample and where its target lies."""

    name: str
    region: str
    production: bool = False


STAGES = (
    Stage("Development", "eu-west-1"),
    Stage("Staging", "eu-central-1"),
    Stage("Production", "us-east-1", production=True),
)


def load_sample(*, by: User, sandbox_url: str) -> None:
    """Create what is missing of the sample; a changed sandbox address is carried over."""
    AwsAccount.objects.exclude(endpoint_url="").update(endpoint_url=sandbox_url)
    Feed.objects.filter(slug="shop-registry").update(url=sandbox_url)
    if Project.objects.filter(slug=PROJECT).exists():
        return
    for stage in STAGES:
        _add_stage(stage, by=by, sandbox_url=sandbox_url)
    feed = FeedDetails(name="Shop registry", url=sandbox_url, registry_path=REGISTRY)
    create_feed(feed, by=by, slug="shop-registry")
    project = create_project(
        name="Web shop",
        slug=PROJECT,
        description="A sample: two containers, deployed to the simulated AWS of the demo.",
        by=by,
    )
    save_process(project, steps=[sample_step()], by=by)


def _add_stage(stage: Stage, *, by: User, sandbox_url: str) -> None:
    environment = create_environment(
        EnvironmentDetails(name=stage.name, production=stage.production), by=by
    )
    account = create_account(
        AccountDetails(
            name=f"Shop {stage.name.lower()}",
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # noqa: S106 -- AWS's example
            endpoint_url=sandbox_url,
            environments=(environment.slug,),
        ),
        by=by,
    )
    create_target(
        TargetDetails(
            name=f"shop-{environment.slug}",
            account=account.slug,
            region=stage.region,
            cluster=CLUSTER,
            environments=(environment.slug,),
            target_tags=("web",),
        ),
        by=by,
    )


def sample_step() -> JsonDict:
    """The process's one step: a web container and an API beside it."""
    return {
        "slug": STEP,
        "name": "Deploy web",
        "type": "deploy-ecs-service",
        "version": 2,
        "target_tags": ["web"],
        "inputs": {
            "task_name": "web-shop",
            "cpu": "512",
            "memory": "1024",
            "desired_count": 2,
            "subnet_ids": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
            "security_group_ids": ["sg-0a1b2c3d4e5f60001"],
            "containers": [
                _container("web", 8080, {"API_URL": "http://localhost:9090", "LOG_LEVEL": "info"}),
                _container("api", 9090, {"GREETING": "Hello from #{Octopus.Environment.Name}"}),
            ],
        },
    }


def _container(name: str, port: int, variables: dict[str, str]) -> JsonDict:
    return {
        "name": name,
        "image": {"reference": name, "feed": "shop-registry", "repository": f"shop/{name}"},
        "essential": True,
        "ports": [{"port": port, "protocol": "tcp"}],
        "environment": [
            {"name": key, "value": value, "type": "plain"} for key, value in variables.items()
        ],
    }
