"""A worker killed before or after any of its commits: the next one ends the same, said once.

The chaos suite kills processes; here every commit of a deployment is a place to die, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ecsportal.deployments import engine, services
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import Deployment, InboxMessage, State, TargetRun
from ecsportal.people.models import User
from tests.deployments.conftest import Queue
from tests.deployments.scripted_step import scripted, untargeted
from tests.deployments.test_engine import make_due

MOST_TURNS = 60
STEPS = [
    untargeted("Approve", "ask", "ask", "succeed"),
    scripted("Web", "intend", "fail once", attempts=2, window=1),
    scripted("Worse", "fail", start="with_previous"),
    untargeted("Clean up", "succeed", condition="failure"),
]
CANCELLED = [scripted("Migrate", "intend", "wait long"), scripted("Web", "succeed")]


class Killed(BaseException):
    """The process is gone: no handler of the engine's runs."""


class Commits:
    """Counts the commits of leases, and dies at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.at: tuple[int, str] | None = None
        self._commit = Lease.commit
        commits = self

        @contextmanager
        def commit(lease: Lease, *lines: Any, **fields: Any) -> Iterator[None]:
            commits.count += 1
            number = commits.count
            with commits._commit(lease, *lines, **fields):
                yield
                if commits.at == (number, "before"):
                    raise Killed
            if commits.at == (number, "after"):
                raise Killed

        monkeypatch.setattr(Lease, "commit", commit)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(monkeypatch)


def drive(deployment: Deployment, by: User, *, cancels: bool) -> None:
    """Turn after turn until it has ended; a worker that died is followed by the next."""
    for _ in range(MOST_TURNS):
        make_due()
        try:
            engine.advance(deployment.pk)
        except Killed:
            # The lease that nobody let go runs out.
            past = timezone.now() - timedelta(seconds=1)
            Deployment.objects.filter(pk=deployment.pk).update(lease_until=past)
        deployment.refresh_from_db()
        if deployment.is_final:
            return
        _act(deployment, by, cancels=cancels)
    raise AssertionError(f"It hasn't ended: {deployment.state}")


def _act(deployment: Deployment, by: User, *, cancels: bool) -> None:
    if InboxMessage.objects.filter(deployment=deployment, taken_at=None).exists():
        return
    if deployment.question:
        number = deployment.question["id"]
        services.answer_question(deployment, question=number, answer="retry", by=by)
    begun = TargetRun.objects.filter(step_run__deployment=deployment, runner_state__at__gte=2)
    if cancels and begun.exists() and deployment.state == State.EXECUTING:
        services.cancel_deployment(deployment, by=by)


def facts(deployment: Deployment) -> dict[str, Any]:
    """All that has to come out the same, however often a worker died."""
    runs = TargetRun.objects.filter(step_run__deployment=deployment)
    lines = list(deployment.lines.order_by("seq"))
    assert [line.seq for line in lines] == list(range(1, deployment.last_seq + 1))
    nodes: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        took_out = line.text.partition(" after ")[0].partition(" in 0 s")[0]
        nodes.setdefault((line.step, line.target), []).append(took_out)
    return {
        "state": deployment.state,
        "error": (deployment.error or {}).get("step"),
        "steps": list(deployment.steps.values_list("slug", "state", "reason")),
        "runs": sorted(
            runs.values_list("step_run__slug", "target_slug", "state", "attempt", "outputs__By")
        ),
        "lines": sorted(nodes.items()),
        "inbox": InboxMessage.objects.filter(deployment=deployment, taken_at=None).count(),
        "due": deployment.due_at,
        "intents": runs.exclude(intent=None).count(),
    }


@pytest.mark.parametrize("cancels", [False, True], ids=["to its end", "cancelled"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_ends_the_same_wherever_a_worker_dies(
    queue: Queue, commits: Commits, deployer: User, when: str, cancels: bool
) -> None:
    steps = CANCELLED if cancels else STEPS
    undisturbed = queue(*steps)
    drive(undisturbed, deployer, cancels=cancels)
    wanted = facts(undisturbed)
    assert wanted["state"] == (State.CANCELLED if cancels else State.FAILED)
    for place in range(1, commits.count + 1):
        commits.count, commits.at = 0, (place, when)
        deployment = queue(project=undisturbed.project)
        drive(deployment, deployer, cancels=cancels)
        found = facts(deployment)
        for name, value in wanted.items():
            version = deployment.release.version, undisturbed.release.version
            told = str(value).replace(version[1], version[0])
            assert str(found[name]) == told, f"{name}, killed {when} commit {place}"
