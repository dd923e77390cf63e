"""Telling the outside that a deployment waits for a person.

`NOTIFICATION_HOOKS` names functions of the installation (`shop.chat.tell`), each called with an
`Asked` once the question is committed. They run beside the turns: one that hangs or breaks holds up
no deployment, and is logged. Nothing is told twice; where a worker is killed between the commit and
the call nothing is told, and the dashboard has the question all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string

from ecsportal.deployments.models import Deployment

log = structlog.get_logger(__name__)
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="notify")


@dataclass(frozen=True)
class Asked:
    """A question that a deployment has begun to ask; secrets are masked."""

    deployment: int
    project: str
    release: str
    environment: str
    step: str
    target: str
    question: str
    answers: tuple[str, ...]
    responsible: tuple[str, ...]
    """Roles that may answer; empty for whoever may deploy there."""
    url: str
    """The deployment's page, under PUBLIC_URL."""


Hook = Callable[[Asked], object]


def tell_on_commit(deployment: Deployment, question: dict[str, Any]) -> None:
    """Call the hooks after the running transaction."""
    names = list(settings.NOTIFICATION_HOOKS)
    if not names:
        return
    asked = _asked(deployment, question)
    transaction.on_commit(lambda: [_pool.submit(_call, name, asked) for name in names])


def _asked(deployment: Deployment, question: dict[str, Any]) -> Asked:
    page = reverse("deployments:detail", args=[deployment.pk])
    return Asked(
        deployment=deployment.pk,
        project=deployment.project.name,
        release=deployment.release.version,
        environment=deployment.environment.name,
        step=question["step"],
        target=question["target"],
        question=question["text"],
        answers=tuple(question["answers"]),
        responsible=tuple(question.get("responsible") or ()),
        url=f"{settings.PUBLIC_URL}{page}",
    )


def _call(name: str, asked: Asked) -> None:
    try:
        hook: Hook = import_string(name)
        hook(asked)
    except Exception:  # noqa: BLE001 -- the installation's code may do anything
        log.exception("notification_hook_broke", hook=name, deployment=asked.deployment)
