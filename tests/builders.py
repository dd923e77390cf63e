"""Rows for tests: plain functions, every argument with a default that works.

A name that is left out gets a running number, so that two calls never clash.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from ecsportal.deployments.models import (
    FINAL_STATES,
    Deployment,
    Level,
    LogLine,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment, Feed
from ecsportal.people.models import Role, RoleGrant, User
from ecsportal.people.services.api_keys import create_api_key
from ecsportal.projects.models import (
    Channel,
    LibrarySet,
    ProcessRevision,
    Project,
    VariableRevision,
)
from ecsportal.projects.variables.libraries import create_library
from ecsportal.projects.variables.saving import save_variables
from ecsportal.projects.variables.snapshots import take_snapshot
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.slugs import slug_for

PASSWORD = "correct horse"
"""The password of every user made here."""

_numbers = itertools.count(1)


def user_with_role(
    role: str | None = Role.ADMINISTRATOR,
    *,
    name: str = "",
    projects: Sequence[Project] | None = None,
    environments: Sequence[Environment] | None = None,
) -> User:
    """A user with one grant; None as role means no grant, None as projects means all."""
    user = User.objects.create_user(name or f"user{next(_numbers)}", password=PASSWORD)
    if role is not None:
        grant = RoleGrant.objects.create(
            user=user,
            role=role,
            all_projects=projects is None,
            all_environments=environments is None,
        )
        grant.projects.set(projects or ())
        grant.environments.set(environments or ())
    return user


def signed_in(user: User) -> Client:
    """A browser in which the user is signed in."""
    client = Client()
    client.force_login(user)
    return client


def api_key(user: User, *, expires_at: datetime | None = None) -> str:
    """The text of a new API key of the user."""
    _, text = create_api_key(user, name="test", by=user, expires_at=expires_at)
    return text


def api_client(user: User) -> Client:
    """A client that sends a key of the user; pass `content_type="application/json"` with data."""
    return Client(headers={"X-API-Key": api_key(user)})


def environment(name: str = "", **fields: Any) -> Environment:
    """An environment, last in order unless told."""
    number = next(_numbers)
    name = name or f"Environment {number}"
    return Environment.objects.create(
        name=name, **{"slug": slug_for(name), "order": number} | fields
    )


def account(name: str = "", **fields: Any) -> AwsAccount:
    """An AWS account with an access key, for all environments."""
    name = name or f"Account {next(_numbers)}"
    defaults = {
        "slug": slug_for(name),
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": "secret-example",
    }
    return AwsAccount.objects.create(name=name, **defaults | fields)


def target(
    name: str = "",
    *,
    environments: Sequence[Environment] = (),
    tags: Sequence[str] = ("web",),
    **fields: Any,
) -> DeploymentTarget:
    """A deployment target with its own account unless told."""
    name = name or f"Target {next(_numbers)}"
    fields.setdefault("account", None)
    fields["account"] = fields["account"] or account()
    defaults = {"slug": slug_for(name), "region": "eu-west-1", "cluster": "main"}
    row = DeploymentTarget.objects.create(name=name, target_tags=list(tags), **defaults | fields)
    row.environments.set(environments)
    return row


def feed(name: str = "", **fields: Any) -> Feed:
    """A Docker registry."""
    name = name or f"Feed {next(_numbers)}"
    defaults = {
        "slug": slug_for(name),
        "url": "https://registry-1.docker.io",
        "registry_path": "docker.io",
    }
    return Feed.objects.create(name=name, **defaults | fields)


def project(
    name: str = "", *, steps: Sequence[dict[str, Any]] | None = None, **fields: Any
) -> Project:
    """A project with its default channel and revision 1 of its process (one web step)."""
    name = name or f"Project {next(_numbers)}"
    row = Project.objects.create(name=name, **{"slug": slug_for(name)} | fields)
    Channel.objects.create(project=row, slug="default", name="Default", is_default=True)
    process(row, [web_step()] if steps is None else steps)
    return row


def process(project: Project, steps: Sequence[dict[str, Any]]) -> ProcessRevision:
    """The next revision of the project's process."""
    text = json.dumps(list(steps), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return ProcessRevision.objects.create(
        project=project,
        number=project.process_revisions.count() + 1,
        steps=list(steps),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def variables(
    project: Project, *values: dict[str, Any], libraries: Sequence[str] = ()
) -> VariableRevision:
    """The next revision of the project's variables: `{"name": "Count", "value": "2"}` and more."""
    return save_variables(project, variables=values, libraries=libraries, by=None)


def library(name: str = "", *values: dict[str, Any]) -> LibrarySet:
    """A library set with these values."""
    return create_library(name=name or f"Library {next(_numbers)}", variables=values, by=None)


def web_step(name: str = "Deploy web", *, feed: str = "docker-hub", **changes: Any) -> Any:
    """A "Deploy Amazon ECS Service" step with one container, nginx; `inputs` are merged."""
    inputs = {
        "task_name": "web",
        "cpu": "256",
        "memory": "512",
        "subnet_ids": ["subnet-0a1b2c3d"],
        "security_group_ids": ["sg-0a1b2c3d"],
        "containers": [
            {
                "name": "nginx",
                "image": {"reference": "nginx", "feed": feed, "repository": "library/nginx"},
                "ports": [{"port": 80}],
            }
        ],
    }
    return (
        {
            "slug": slug_for(name),
            "name": name,
            "type": "deploy-ecs-service",
            "version": 2,
            "target_tags": ["web"],
            "start": "after_previous",
            "condition": "success",
            "expression": "",
            "environments": [],
            "channels": [],
            "required": False,
            "disabled": False,
            "attempts": 1,
            "window": None,
        }
        | changes
        | {"inputs": inputs | changes.get("inputs", {})}
    )


def release(
    project: Project, version: str = "", *, tag: str = "1.29", by: User | None = None
) -> Release:
    """A release of the project's newest process, with one image a container."""
    revision = project.process_revisions.latest("number")
    row = Release.objects.create(
        project=project,
        version=version or f"0.0.{next(_numbers)}",
        channel=project.channels.get(is_default=True),
        process=revision,
        variables=take_snapshot(project),
        created_by=by,
    )
    images = [
        (step["slug"], container["image"])
        for step in revision.steps
        for container in step.get("inputs", {}).get("containers", [])
    ]
    for position, (step, image) in enumerate(images):
        ReleaseImage.objects.create(
            release=row,
            position=position,
            step=step,
            reference=image["reference"],
            feed=image["feed"],
            repository=image["repository"],
            tag=tag,
            digest="sha256:" + "9f2c47d1" * 8,
            image=f"docker.io/{image['repository']}:{tag}",
        )
    return row


def deployment(
    release: Release,
    environment: Environment,
    *,
    state: str = State.SUCCEEDED,
    targets: Sequence[DeploymentTarget] = (),
    by: User | None = None,
    **fields: Any,
) -> Deployment:
    """A deployment in that state, with a run of every step on each of `targets`."""
    now = timezone.now()
    times: dict[str, Any] = {}
    if state != State.QUEUED:
        times["started_at"] = now - timedelta(minutes=2)
    if state in FINAL_STATES:
        times["finished_at"] = now
    row = Deployment.objects.create(
        project=release.project,
        release=release,
        environment=environment,
        state=state,
        created_by=by,
        **times | fields,
    )
    for position, step in enumerate(release.process.steps):
        _run_step(row, position, step, targets)
    return row


def many_lines(
    deployment: Deployment, count: int, *, step: str = "", target: str = "", part: str = ""
) -> None:
    """Append many lines: "line 1", "line 2", ... The database counts, which takes a moment."""
    values = {
        "deployment_id": deployment.pk,
        "at": connection.ops.adapt_datetimefield_value(timezone.now()),
        "level": Level.INFO.value,
        "step": step,
        "target": target,
        "part": part,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE counted(number) AS"
            " (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < %s)"
            f" INSERT INTO {LogLine._meta.db_table} ({', '.join(values)}, seq, text)"
            f" SELECT {', '.join(['%s'] * len(values))}, %s + number, 'line ' || number"
            " FROM counted",
            [count, *values.values(), deployment.last_seq],
        )
    deployment.last_seq += count
    deployment.save(update_fields=["last_seq"])


def log_lines(
    deployment: Deployment,
    *texts: str,
    level: str = Level.INFO,
    step: str = "",
    target: str = "",
) -> None:
    """Append lines to the deployment's log, numbered as the engine does."""
    for text in texts:
        deployment.last_seq += 1
        LogLine.objects.create(
            deployment=deployment,
            seq=deployment.last_seq,
            at=timezone.now(),
            level=level,
            step=step,
            target=target,
            text=text,
        )
    deployment.save(update_fields=["last_seq"])


_RUN_STATES: dict[str, str] = {
    State.QUEUED: RunState.PENDING,
    State.EXECUTING: RunState.EXECUTING,
    State.WAITING: RunState.WAITING,
    State.CANCELLING: RunState.CANCELLING,
    State.SUCCEEDED: RunState.SUCCEEDED,
    State.FAILED: RunState.FAILED,
    State.CANCELLED: RunState.CANCELLED,
    State.TIMED_OUT: RunState.FAILED,
}


def _run_step(
    deployment: Deployment,
    position: int,
    step: dict[str, Any],
    targets: Sequence[DeploymentTarget],
) -> None:
    shared = {
        "state": _RUN_STATES[deployment.state],
        "started_at": deployment.started_at,
        "finished_at": deployment.finished_at,
    }
    run = StepRun.objects.create(
        deployment=deployment,
        position=position,
        slug=step["slug"],
        name=step["name"],
        type=step["type"],
        version=step["version"],
        **shared,
    )
    for row in targets:
        TargetRun.objects.create(
            step_run=run,
            target=row,
            target_slug=row.slug,
            target_name=row.name,
            region=row.region,
            stack_name=f"cf-ecs-{step['slug']}-{row.slug}",
            **shared,
        )
