"""The sections of the form in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.beyond import BEYOND
from ecsportal.steps.deploy_ecs_service.form.container import CONTAINER_SECTION
from ecsportal.steps.deploy_ecs_service.form.service import (
    DEPLOYMENT,
    LOAD_BALANCERS,
    OPTIONS,
    VOLUMES,
)
from ecsportal.steps.deploy_ecs_service.form.task import (
    CONFIGURATION,
    EXECUTION_ROLE,
    NETWORK,
    SIZE,
    TAGS,
)

SECTIONS = (
    CONFIGURATION,
    EXECUTION_ROLE,
    SIZE,
    NETWORK,
    TAGS,
    CONTAINER_SECTION,
    VOLUMES,
    LOAD_BALANCERS,
    DEPLOYMENT,
    OPTIONS,
    BEYOND,
)


def _names(key: str) -> Callable[[JsonDict], Iterable[str]]:
    def names(document: JsonDict) -> Iterable[str]:
        rows: Any = document.get(key)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("name"), str):
                yield row["name"]

    return names


KNOWN: Mapping[str, Callable[[JsonDict], Iterable[str]]] = {
    "containers": _names("containers"),
    "volumes": _names("volumes"),
}
"""Names that other fields complete from."""
