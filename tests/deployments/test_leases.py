"""Who holds a deployment: one worker at a time, and only whoever has really taken it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ecsportal.deployments import leases
from ecsportal.deployments.models import Deployment
from tests.deployments.conftest import Queue
from tests.deployments.scripted_step import scripted

HOUR = timedelta(hours=1)


def due(queue: Queue, count: int) -> list[leases.Due]:
    """So many deployments that are due, of a project each."""
    for _ in range(count):
        queue(scripted("First", "succeed"))
    found = leases.due(count)
    assert len(found) == count
    return found


def test_a_lease_that_was_let_go_is_not_held_by_an_old_sight_of_it(queue: Queue) -> None:
    [seen] = due(queue, 1)
    [first] = leases.take_all([seen], "worker")
    first.close(due_at=timezone.now() + HOUR)
    # Another thread had put the same sight on the list that both take from.
    assert leases.take_all([seen], "worker") == []
    assert leases.take(seen.deployment_id, "worker") is None


def test_of_several_only_those_are_held_that_were_taken(queue: Queue) -> None:
    mine, done, others = due(queue, 3)
    [finished] = leases.take_all([done], "worker")
    finished.close(due_at=timezone.now() + HOUR)
    assert leases.take_all([others], "another worker") != []
    [held] = leases.take_all([mine, done, others], "worker")
    assert (held.deployment_id, held.number) == (mine.deployment_id, mine.lease_number + 1)
    with held.commit():
        Deployment.objects.filter(pk=mine.deployment_id).update(comment="written")
    assert Deployment.objects.get(pk=mine.deployment_id).comment == "written"
