"""The portal and its engine in this process, with the sample and a simulated AWS moved by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from ecsportal.demo.sample import load_sample
from ecsportal.deployments import engine
from ecsportal.deployments.models import RUN_FINAL_STATES, Deployment, TargetRun
from ecsportal.people.models import User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

STACK = "cf-ecs-demo-servicewebShop-development-untenanted"
"""Where the sample's step goes in development; tests compare with it."""


@dataclass(frozen=True)
class Answer:
    """What an API call came to."""

    status: int
    body: Any
    headers: Mapping[str, str]


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal that has all that a problem needs (RFC 9457, CONTRACTS.md)."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.body
    code = answer.body["code"]
    assert answer.body["type"] == f"/docs/errors/{code}"
    assert answer.body["status"] == answer.status
    assert answer.body["title"]
    assert answer.body["detail"]
    for error in answer.body.get("errors", ()):
        assert set(error) == {"path", "message", "code"}
    return answer.status, code


class Api:
    """Calls under /api/v1 with one key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """The answer; `Idempotency_Key="x"` sends that header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self._client.generic(
            method,
            f"/api/v1{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"X-API-Key": self.key, **sent},
        )
        return _answer(response)


@dataclass
class Portal:
    """The sample in the test's database, a key and a browser of its administrator."""

    sandbox: RunningSandbox
    admin: User
    api: Api
    browser: Client

    def release(self, **body: Any) -> dict[str, Any]:
        """A new release of the sample."""
        return self._made("/projects/web-shop/releases", body)

    def deploy(self, release: int, environment: str = "development", **body: Any) -> dict[str, Any]:
        """Queue it; nothing is done until `finish` or `turn`."""
        return self._made(f"/releases/{release}/deployments", {"environment": environment, **body})

    def finish(self, deployment: int, *, most: int = 2000) -> dict[str, Any]:
        """Let engine and simulated AWS go on until it has ended or asks; as the API then tells."""
        for _ in range(most):
            self.turn()
            found = self.api("GET", f"/deployments/{deployment}").body
            if found["finished_at"] or found["state"] == "waiting":
                return dict(found)
            self.sandbox.advance(2)
        raise AssertionError(f"Deployment {deployment} hasn't ended.\n{self.log_text(deployment)}")

    def turn(self) -> None:
        """Whatever the engine waits for is due now: no test waits for a poll's time."""
        now = timezone.now()
        TargetRun.objects.exclude(due_at=None).exclude(state__in=RUN_FINAL_STATES).update(
            due_at=now
        )
        _unfinished().update(due_at=now)
        engine.advance_due()

    def log_text(self, deployment: int) -> str:
        """All its lines, verbose ones too."""
        lines = self.api("GET", f"/deployments/{deployment}/log?level=verbose").body["lines"]
        return "\n".join(line["text"] for line in lines)

    def _made(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.api("POST", path, body)
        assert answer.status == 201, answer.body
        return dict(answer.body)


def in_process_portal(sandbox: RunningSandbox) -> Portal:
    """Load the sample against the sandbox; needs a committing database (`transactional_db`)."""
    admin = builders.user_with_role(name="admin")
    load_sample(by=admin, sandbox_url=sandbox.url)
    return Portal(sandbox, admin, Api(builders.api_key(admin)), builders.signed_in(admin))


def _unfinished() -> QuerySet[Deployment]:
    return Deployment.objects.exclude(due_at=None)


def _answer(response: HttpResponse) -> Answer:
    body = json.loads(response.content) if response.content else None
    return Answer(response.status_code, body, response.headers)


def portal_that_does_not_wait(sandbox: RunningSandbox) -> Portal:
    """The sample, whose step doesn't wait for the end of what it began."""
    portal = in_process_portal(sandbox)
    process = portal.api("GET", "/projects/web-shop/process").body
    process["steps"][0]["inputs"]["wait"] = {"type": "dont_wait"}
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": process["steps"]})
    assert answer.status == 200, answer.body
    return portal
