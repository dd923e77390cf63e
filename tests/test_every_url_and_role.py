"""Every URL of the portal, asked by everybody: nothing opens that its permission doesn't open.

A new URL is walked by itself. It has to declare a permission, and where it has a new kind of
placeholder, `_World.value_of` has to know an object for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments.models import State
from ecsportal.people.models import Role, User
from ecsportal.people.permissions import Permission, may
from ecsportal.people.services.api_keys import create_api_key
from tests import builders

NOBODY_LISTENS = "http://127.0.0.1:9"
QUERIES = {
    "api/v1/projects/<slug>/variables/preview": "?environment=production",
    "remote/feeds/<slug:slug>/tags/": "?repository=library/nginx",
    "remote/projects/<slug:slug>/releases/new/image/": "?step=deploy-web&reference=nginx",
    "remote/projects/<slug:slug>/releases/new/tags/": "?step=deploy-web&reference=nginx",
}
"""What an address can't be asked without."""


@dataclass(frozen=True)
class _Door:
    """One URL with what each method asks for; None means open to everyone."""

    route: str
    view: Any
    permissions: dict[str, Permission | None]

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")


def _patterns(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def _doors() -> list[_Door]:
    doors = []
    for route, view in _patterns(get_resolver().url_patterns):
        if hasattr(view, "required_permissions"):
            declared = {m: p for m, p in view.required_permissions.items() if m != "HEAD"}
        elif hasattr(view, "required_permission"):
            declared = {"GET": view.required_permission}
            if view.required_permission is not None:
                declared["POST"] = view.required_permission
        else:
            declared = {}
        doors.append(_Door(route.replace("^", ""), view, declared))
    return doors


class _World:
    """One object of every kind, all of the project web-shop in production."""

    def __init__(self, visitor: User | None) -> None:
        self.production = builders.environment("Production")
        self.account = builders.account("Main", endpoint_url=NOBODY_LISTENS)
        self.target = builders.target("Web", environments=[self.production], account=self.account)
        self.feed = builders.feed("Docker Hub", url=NOBODY_LISTENS)
        self.library = builders.library("Defaults", {"name": "Count", "value": "2"})
        self.project = builders.project("Web shop")
        builders.variables(self.project, {"name": "Count", "value": "3"})
        self.release = builders.release(self.project, "1.0.0")
        self.deployment = builders.deployment(
            self.release, self.production, targets=[self.target], state=State.FAILED
        )
        owner = visitor or builders.user_with_role(Role.VIEWER)
        self.key, _ = create_api_key(owner, name="own", by=owner)
        self.somebody = builders.user_with_role(Role.VIEWER)

    def path(self, door: _Door) -> str:
        """The door's address with real objects in its placeholders."""

        def fill(match: re.Match[str]) -> str:
            return str(self.value_of(match.group(1).split(":")[-1], door.route[: match.start()]))

        return "/" + re.sub(r"<([^>]+)>", fill, door.route) + QUERIES.get(door.route, "")

    def value_of(self, name: str, before: str) -> Any:
        """What stands for a placeholder, by its name and the part of the route before it."""
        noun = before.rstrip("/").split("/")[-1]
        by_noun = {
            "projects": self.project.slug,
            "environments": self.production.slug,
            "accounts": self.account.slug,
            "targets": self.target.slug,
            "feeds": self.feed.slug,
            "libraries": self.library.slug,
            "cells": self.project.slug,
            "users": self.somebody.pk,
            "api-keys": self.key.pk,
        }
        by_name = {
            "environment": self.production.slug,
            "release_id": self.release.pk,
            "deployment_id": self.deployment.pk,
            "step": "deploy-web",
            "number": 1,
            "value_id": 1,
            "type": "deploy-ecs-service",
            "step_type": "deploy-ecs-service",
            "version": 2 if "step-types" in before else "1.0.0",
            "code": "VALIDATION",
            "kind": "subnets",
        }
        if name in ("slug", "pk") and noun in by_noun:
            return by_noun[noun]
        assert name in by_name, f"Tell _World.value_of what <{name}> after {before} is."
        return by_name[name]


@dataclass(frozen=True)
class _Visitor:
    """Who asks, and which of the objects they see."""

    make: Callable[[], User | None]
    sees_project: bool = True
    sees_environment: bool = True
    only_reads: bool = False


def _of_another_project(role: str) -> Callable[[], User]:
    return lambda: builders.user_with_role(role, projects=[builders.project("Elsewhere")])


VISITORS = {
    "signed out": _Visitor(lambda: None, only_reads=True),
    "without a role": _Visitor(
        lambda: builders.user_with_role(None), False, False, only_reads=True
    ),
    "viewer": _Visitor(lambda: builders.user_with_role(Role.VIEWER), only_reads=True),
    "deployer": _Visitor(lambda: builders.user_with_role(Role.DEPLOYER)),
    "lead": _Visitor(lambda: builders.user_with_role(Role.LEAD)),
    "administrator": _Visitor(lambda: builders.user_with_role(Role.ADMINISTRATOR)),
    "lead of another project": _Visitor(_of_another_project(Role.LEAD), sees_project=False),
    "administrator of another project": _Visitor(
        _of_another_project(Role.ADMINISTRATOR), sees_project=False
    ),
    "deployer elsewhere": _Visitor(
        lambda: builders.user_with_role(
            Role.DEPLOYER, environments=[builders.environment("Elsewhere")]
        ),
        sees_environment=False,
    ),
}

OF_PROJECT = re.compile(r"projects/<|cells/<|<int:release_id>|<int:deployment_id>")
OF_ENVIRONMENT = re.compile(
    r"environments/<|targets/<|<slug:environment>|<int:deployment_id>|api/.*/variables/preview"
)
CHANGES_ONESELF = {Permission.OWN_ACCOUNT}


def _allowed(door: _Door, method: str, visitor: _Visitor, user: User | None) -> str:
    """What may come of it: `sign-in`, `403`, `404`, `in`, or `in or refused`."""
    permission = door.permissions[method]
    if permission is None:
        return "open"
    if user is None:
        return "401" if door.is_api else "sign-in"
    if not may(user, permission):
        return "403"
    if OF_PROJECT.search(door.route) and not visitor.sees_project:
        return "404"
    if OF_ENVIRONMENT.search(door.route) and not visitor.sees_environment:
        return "404"
    # A page is declared by what its reader needs; what its form needs is asked inside. So a form
    # that is sent may be refused, but never by an error.
    return "in" if method == "GET" or door.is_api else "in or refused"


def _outcome(response: HttpResponseBase) -> str:
    status = response.status_code
    if status == 422:
        return "422"
    if status in (301, 302) and response["Location"].startswith("/accounts/login/"):
        return "sign-in"
    if status in (401, 403, 404, 500):
        return str(status)
    return "in"


def _fits(method: str, allowed: str, outcome: str) -> bool:
    if allowed == "open":
        return outcome != "500"
    if allowed == "in":
        return outcome in ("in", "422")
    if allowed == "in or refused":
        return outcome in ("in", "403", "404", "422")
    if allowed == "404":
        # A body's shape, or the permission of a form, may be looked at before the object is looked
        # for: then the answer is the same for an object that doesn't exist.
        return outcome == "404" or (method != "GET" and outcome in ("403", "422"))
    return outcome == allowed


def _clients(user: User | None) -> dict[bool, Client]:
    """The visitor's clients, for the API (True) and for pages."""
    if user is None:
        clients = {True: Client(), False: Client()}
    else:
        clients = {True: builders.api_client(user), False: builders.signed_in(user)}
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def _text(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode(errors="replace")


def _knock(client: Client, method: str, path: str) -> Any:
    """Ask, and take back whatever it changed."""
    with transaction.atomic():
        response = client.generic(
            method,
            path,
            "{}" if path.startswith("/api/") else "",
            content_type="application/json"
            if path.startswith("/api/")
            else "application/x-www-form-urlencoded",
        )
        response.text_of_all = _text(response)
        response.events_after = AuditEvent.objects.count()
        transaction.set_rollback(True)
    return response


def test_every_url_declares_a_permission() -> None:
    assert [door.route for door in _doors() if not door.permissions] == []


def _complaints(
    visitor: _Visitor, user: User | None, door: _Door, method: str, response: Any, events: int
) -> Iterator[str]:
    """What is wrong with an answer; `events` is the length of the audit trail before the call."""
    permission = door.permissions[method]
    allowed, outcome = _allowed(door, method, visitor, user), _outcome(response)
    if not _fits(method, allowed, outcome):
        yield f"{outcome}, should be {allowed}"
    if visitor.only_reads and permission not in CHANGES_ONESELF and response.events_after != events:
        yield "changed something"
    # An address with the slug in it may be echoed; everything else would be a leak.
    is_told = "web-shop" in response.text_of_all or "Web shop" in response.text_of_all
    if is_told and not visitor.sees_project and not OF_PROJECT.search(door.route):
        yield "tells of a project that is invisible"


@pytest.mark.django_db
@pytest.mark.parametrize("who", VISITORS)
def test_every_url_opens_to_those_who_may_and_to_nobody_else(who: str) -> None:
    visitor = VISITORS[who]
    user = visitor.make()
    world = _World(user)
    clients = _clients(user)
    events = AuditEvent.objects.count()
    wrong = []
    for door in _doors():
        path = world.path(door)
        for method in door.permissions:
            response = _knock(clients[door.is_api], method, path)
            if response.status_code != 405:
                wrong += [
                    f"{method} {path}: {complaint}"
                    for complaint in _complaints(visitor, user, door, method, response, events)
                ]
    assert not wrong, "\n".join(wrong)
