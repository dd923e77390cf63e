"""Who may open a stream. It runs outside Django's middleware, so it checks everything itself."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import F, QuerySet
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.models import Deployment
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, grants_of, is_visible, may

Scope = dict[str, Any]


def host_is_allowed(scope: Scope) -> bool:
    """The same check of the Host header as Django's pages make."""
    host = header(scope, b"host")
    domain, _ = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
    return bool(domain) and validate_host(domain, allowed)


def header(scope: Scope, name: bytes) -> str:
    """A request header's value, or empty."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def cookie(scope: Scope, name: str) -> str:
    """A cookie's value, or empty."""
    try:
        cookies = SimpleCookie(header(scope, b"cookie"))
    except CookieError:
        return ""
    morsel = cookies.get(name)
    return morsel.value if morsel else ""


def session_key(scope: Scope) -> str:
    """The session cookie, or empty."""
    return cookie(scope, settings.SESSION_COOKIE_NAME)


def user_of(key: str) -> User | None:
    """The signed-in, active user of a session whose hash still fits; None otherwise."""
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


def may_watch_deployment(key: str, deployment_id: int) -> tuple[int, int]:
    """(status, user id): 200 where the session's user may see this deployment, else why not."""
    user = user_of(key)
    if user is None:
        return 401, 0
    place = _PLACE.first(deployment_id)
    if place is None or not is_visible(user, *place):
        return 404, user.pk
    project, environment = place
    allowed = may(user, Permission.DEPLOYMENT_VIEW, project_id=project, environment_id=environment)
    return (200 if allowed else 403), user.pk


def _place(deployment: Given) -> QuerySet[Deployment, Any]:
    found = Deployment.objects.filter(Exact(F("pk"), deployment))
    return found.values_list("project_id", "environment_id")


_PLACE: Compiled[tuple[int, int]] = Compiled(_place)


def may_watch_cells(key: str) -> tuple[int, User | None]:
    """(status, user) for the stream of all deployments; it tells only of those the user may see."""
    user = user_of(key)
    if user is None:
        return 401, None
    grants_of(user)  # read now: the stream must not ask the database later
    return (200 if may(user, Permission.DEPLOYMENT_VIEW) else 403), user
