"""The container's panel of the form."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.form import container_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import GUIDE
from ecsportal.steps.deploy_ecs_service.form.environment import ENVIRONMENT
from ecsportal.steps.deploy_ecs_service.form.health_check import HEALTH
from ecsportal.steps.deploy_ecs_service.form.image import IMAGE, PORTS, SHARE
from ecsportal.steps.deploy_ecs_service.form.limits import LIMITS, NETWORK, START_ORDER
from ecsportal.steps.deploy_ecs_service.form.storage import FIRELENS, STORAGE_AND_LOGGING
from ecsportal.steps.forms.parts import Rows, Section

CONTAINERS = Rows(
    "containers",
    "Containers",
    "container",
    (
        *IMAGE,
        *SHARE,
        PORTS,
        HEALTH,
        ENVIRONMENT,
        STORAGE_AND_LOGGING,
        FIRELENS,
        NETWORK,
        LIMITS,
        START_ORDER,
    ),
    new={
        "name": "",
        "image": {"reference": "", "feed": "", "repository": ""},
        "essential": True,
        "ports": [],
        "environment": [],
    },
    note="Up to ten, started together on one task.",
    aws=f"{GUIDE}task_definitions.html",
    look="panel",
    title=lambda container: str(container.get("name") or ""),
    summary=summaries.container,
)

CONTAINER_SECTION = Section(
    "containers", "Containers", (CONTAINERS,), summaries.containers, open_at_first=True
)
