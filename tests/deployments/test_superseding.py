"""A newer deployment takes the place of older ones that still wait, where the project wants it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments import engine, services
from ecsportal.deployments.models import Deployment, InboxMessage, State
from ecsportal.people.models import User
from ecsportal.projects.models import Project
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import scripted


@pytest.fixture
def project(transactional_db: None) -> Project:
    steps = [scripted("First", "wait long", "succeed"), scripted("Second", "succeed")]
    return builders.project(steps=steps, supersede_queued=True)


def states(*deployments: Deployment) -> list[str]:
    engine.advance_due()
    return [Deployment.objects.get(pk=deployment.pk).state for deployment in deployments]


def test_older_ones_that_wait_are_cancelled_and_name_their_successor(
    queue: Queue, project: Project, deployer: User
) -> None:
    first = run(queue(project=project))
    second, third = queue(project=project), queue(project=project)
    newest = queue(project=project)
    assert states(first, second, third, newest) == [
        "executing",
        "cancelled",
        "cancelled",
        "queued",
    ]
    second.refresh_from_db()
    third.refresh_from_db()
    # The third one had superseded the second before it was superseded itself.
    assert (second.superseded_by, third.superseded_by) == (third, newest)
    words = f"Superseded by 1.0.4, deployment {newest.pk}, before it started."
    assert third.lines.get().text == words
    answer = builders.api_client(deployer).get(f"/api/v1/deployments/{third.pk}").json()
    assert answer["superseded_by"] == newest.pk
    assert AuditEvent.objects.filter(action="deployment.superseded").count() == 2


def test_the_page_names_the_successor(
    queue: Queue, project: Project, client_of_administrator: Client
) -> None:
    run(queue(project=project))
    older, newest = queue(project=project), queue(project=project)
    engine.advance_due()
    html = client_of_administrator.get(f"/deployments/{older.pk}/").content.decode()
    assert f'Superseded by <a href="/deployments/{newest.pk}/">{newest.release.version}</a>' in html


def test_task_list_and_overview_say_what_took_its_place(
    queue: Queue, project: Project, client_of_administrator: Client
) -> None:
    run(queue(project=project))
    queue(project=project)
    newest = queue(project=project)
    engine.advance_due()
    for path in ("/tasks/", f"/projects/{project.slug}/"):
        html = client_of_administrator.get(path).content.decode()
        assert f"Superseded by {newest.release.version}" in html, path


def test_what_has_begun_is_not_superseded(queue: Queue, project: Project) -> None:
    first = run(queue(project=project))
    newest = queue(project=project)
    assert states(first, newest) == ["executing", "queued"]


def test_one_that_begins_at_the_same_instant_goes_on(queue: Queue, project: Project) -> None:
    first = queue(project=project)
    newest = queue(project=project)
    assert InboxMessage.objects.get().deployment == first
    # As if its turn had passed the inbox already when the newer one was queued.
    Deployment.objects.filter(pk=first.pk).update(state=State.EXECUTING)
    assert states(first, newest) == ["executing", "queued"]
    assert InboxMessage.objects.get().taken_at is not None


def test_nothing_is_superseded_where_the_project_does_not_say_so(queue: Queue) -> None:
    first = run(queue(scripted("First", "wait long")))
    second, third = queue(project=first.project), queue(project=first.project)
    assert states(first, second, third) == ["executing", "queued", "queued"]


def test_a_partial_one_is_kept_and_protects_those_before_it(queue: Queue, project: Project) -> None:
    run(queue(project=project))
    older = queue(project=project)
    partial = queue(project=project, skip_steps=["second"])
    later = queue(project=project)
    newest = queue(project=project)
    assert states(older, partial, later, newest) == ["queued", "queued", "cancelled", "queued"]


def test_a_partial_new_one_cancels_nothing(queue: Queue, project: Project) -> None:
    run(queue(project=project))
    older = queue(project=project)
    partial = queue(project=project, targets=["shop-staging"])
    assert states(older, partial) == ["queued", "queued"]


def test_one_with_a_time_of_its_own_is_left_alone(queue: Queue, project: Project) -> None:
    later = timezone.now() + timedelta(hours=1)
    run(queue(project=project))
    scheduled = queue(project=project, not_before=later)
    older = queue(project=project)
    newest = queue(project=project)
    at_night = queue(project=project, not_before=later)
    assert states(scheduled, older, newest, at_night) == [
        "queued",
        "cancelled",
        "queued",
        "queued",
    ]


def test_other_environments_and_projects_are_left_alone(
    queue: Queue, project: Project, deployer: User
) -> None:
    run(queue(project=project))
    other = builders.environment("Production")
    builders.target("shop-production", environments=[other])
    first = queue(project=project)
    there = services.queue_deployment(first.release, environment=other, by=deployer)
    assert states(first, there) == ["queued", "executing"]
    assert not InboxMessage.objects.exists()
