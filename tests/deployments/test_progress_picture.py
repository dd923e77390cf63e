"""A deployment of many steps shows the picture of its process, with every step's state."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ecsportal.deployments.live.reading import rendered_state
from ecsportal.deployments.models import Deployment, RunState, State
from ecsportal.projects.process_picture import MOST_IN_A_ROW
from tests import builders

pytestmark = pytest.mark.django_db


def deployed(count: int, **second: Any) -> Deployment:
    """A running deployment of so many steps on two targets; the second step's settings."""
    staging = builders.environment("Staging")
    targets = [builders.target(name, environments=[staging]) for name in ("one", "two")]
    steps = [builders.web_step(f"Deploy {n}") for n in range(1, count + 1)]
    steps[1] |= second
    release = builders.release(builders.project("shop", steps=steps), "1.0.0")
    return builders.deployment(release, staging, state=State.EXECUTING, targets=targets)


def settle(deployment: Deployment, number: int, state: str, **fields: Any) -> None:
    """Give the step of this number, and its runs, a state."""
    step = deployment.steps.get(position=number - 1)
    step.targets.update(state=state)
    deployment.steps.filter(pk=step.pk).update(state=state, **fields)


def boxes(html: str) -> dict[str, str]:
    """What each box says to a screen reader, with its class."""
    told = r'<a class="(p-box[^"]*)" .*?<text class="p-box-said"[^>]*>([^<]*)</text>'
    found = re.findall(told, html)
    return {label: css for css, label in found}


def test_each_step_has_its_state_its_time_and_its_targets(client_of_administrator: Client) -> None:
    deployment = deployed(MOST_IN_A_ROW + 1)
    now = timezone.now()
    settle(deployment, 1, RunState.SUCCEEDED, started_at=now - timedelta(seconds=70),
           finished_at=now - timedelta(seconds=5))  # fmt: skip
    settle(deployment, 2, RunState.FAILED, started_at=now - timedelta(seconds=9),
           finished_at=now - timedelta(seconds=1))  # fmt: skip
    settle(deployment, 3, RunState.SKIPPED, started_at=None, reason="Not run.")
    settle(deployment, 6, RunState.SUCCEEDED, finished_at=now)
    deployment.steps.get(position=5).targets.update(resources={"rollback": {"state": "ended"}})
    settle(deployment, 4, RunState.PENDING, started_at=None)
    html = client_of_administrator.get(f"/deployments/{deployment.pk}/").content.decode()
    shown = boxes(html)
    assert 'class="p-process"' not in html
    assert shown["1 Deploy 1, Succeeded, 1 min 5 s"] == "p-box p-is-ok"
    assert shown["2 Deploy 2, Failed, 8 s · failed on 2 of 2"] == "p-box p-is-failed"
    assert shown["3 Deploy 3, Skipped, Not run."] == "p-box p-is-skipped"
    assert shown["4 Deploy 4, Not started, 2 targets"] == "p-box p-is-pending"
    assert shown["5 Deploy 5, Executing, 0 of 2 targets"] == "p-box p-is-running"
    assert "6 Deploy 6, Succeeded, 2 min · with rollback" in shown
    assert html.count("<tspan data-since=") == 2


def test_the_live_state_has_the_same_picture() -> None:
    deployment = deployed(MOST_IN_A_ROW + 1)
    settle(deployment, 1, RunState.WAITING)
    assert any("1 Deploy 1, Waiting" in label for label in boxes(rendered_state(deployment.pk)))


def test_a_short_process_keeps_its_cards(client_of_administrator: Client) -> None:
    deployment = deployed(MOST_IN_A_ROW + 1, start="with_previous")
    html = client_of_administrator.get(f"/deployments/{deployment.pk}/").content.decode()
    assert 'class="p-process"' in html
    assert not boxes(html)


def test_what_ended_well_is_folded_where_there_is_much_of_it(
    client_of_administrator: Client,
) -> None:
    deployment = deployed(5)
    stack = {"name": "cf-web", "status": "CREATE_COMPLETE", "note": "", "resources": []}
    for step in deployment.steps.all():
        step.targets.update(resources={"stack": stack})
    settle(deployment, 1, RunState.SUCCEEDED)
    html = client_of_administrator.get(f"/deployments/{deployment.pk}/").content.decode()
    folded = re.findall(r'<details class="p-res-of" id="res-\d+"><summary><h3>([^<]*)</h3>', html)
    assert folded == ["1 Deploy 1"] * 2
    assert html.count('<details class="p-res-of"') == 10
