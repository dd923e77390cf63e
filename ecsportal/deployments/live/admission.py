"""Who may open a stream. It runs outside Django's middleware, so it checks everything itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.db.models.lookups import In
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.models import Deployment
from ecsportal.people.models import RoleGrant, User
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


def _session(key: str) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store


def user_of(session: SessionBase) -> User | None:
    """The signed-in, active user of a session whose hash still fits; None otherwise."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


class DeploymentWatch:
    """One session's right to watch one deployment, as often as it is asked."""

    def __init__(self, key: str, deployment_id: int) -> None:
        self.key, self.deployment_id = key, deployment_id
        self.user_id: int | None = None
        self.basis: _Basis | None = None
        """What the right was derived from when it was last worked out; None without a right."""

    def check(self) -> tuple[int, int]:
        """(status, user id): 200 where the session's user may see this deployment, else why not."""
        session = _session(self.key)
        self.user_id = _number(session.get(SESSION_KEY)) if self.key else None
        # Before what is decided by it: a change in between differs from it the next time.
        basis = _bases([self])[self]
        user = user_of(session) if self.user_id is not None and basis.session else None
        status = _may_watch(user, basis.place) if user else 401
        self.basis = basis if status == 200 else None
        return status, user.pk if user else 0


def still_held(watches: Sequence[DeploymentWatch]) -> set[DeploymentWatch]:
    """Those of them whose right is still there.

    A right is worked out anew only where a row changed that it was derived from: with a thousand
    streams open, it is asked a thousand times a minute.
    """
    now = _bases(watches)
    return {
        watch
        for watch in watches
        if (watch.basis and watch.basis == now[watch]) or watch.check()[0] == 200
    }


def _number(text: Any) -> int | None:
    return int(text) if str(text or "").isdecimal() else None


def _may_watch(user: User, places: Sequence[Sequence[int]]) -> int:
    if not places:
        return 404
    _, project, environment = places[0]
    if not is_visible(user, project, environment):
        return 404
    allowed = may(user, Permission.DEPLOYMENT_VIEW, project_id=project, environment_id=environment)
    return 200 if allowed else 403


@dataclass(frozen=True)
class _Basis:
    """The rows that a right is derived from."""

    session: Sequence[Any]
    """Empty once it has ended."""
    user: Sequence[Any]
    grants: Sequence[Any]
    place: Sequence[Sequence[int]]
    """The deployment's; empty where there is none."""


def _bases(watches: Sequence[DeploymentWatch]) -> dict[DeploymentWatch, _Basis]:
    users = {watch.user_id or 0 for watch in watches}
    deployments = {watch.deployment_id for watch in watches}
    sessions = _by_first(_SESSIONS.rows_of_many({watch.key for watch in watches}))
    people = _by_first(_USERS.rows_of_many(users))
    grants = _by_first(_GRANTS.rows_of_many(users))
    places = _by_first(_PLACES.rows_of_many(deployments))
    return {
        watch: _Basis(
            session=sessions[watch.key],
            user=people[watch.user_id],
            grants=grants[watch.user_id],
            place=places[watch.deployment_id],
        )
        for watch in watches
    }


def _by_first(rows: Iterable[Sequence[Any]]) -> defaultdict[Any, list[Sequence[Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _select_sessions(*keys: Given) -> QuerySet[Session, Any]:
    live = Session.objects.filter(In(F("session_key"), keys), expire_date__gt=Now())
    return live.values_list("session_key", "session_data")


def _select_users(*users: Given) -> QuerySet[User, Any]:
    found = User.objects.filter(In(F("pk"), users))
    return found.values_list("pk", "password", "session_number", "is_active")


def _select_grants(*users: Given) -> QuerySet[RoleGrant, Any]:
    found = RoleGrant.objects.filter(In(F("user"), users))
    limits = ("all_projects", "projects", "all_environments", "environments")
    ordered = found.order_by("pk", "projects", "environments")
    return ordered.values_list("user", "pk", "role", *limits)


def _select_places(*deployments: Given) -> QuerySet[Deployment, Any]:
    found = Deployment.objects.filter(In(F("pk"), deployments))
    return found.values_list("pk", "project_id", "environment_id")


_SESSIONS: Compiled[Sequence[Any]] = Compiled(_select_sessions)
_USERS: Compiled[Sequence[Any]] = Compiled(_select_users)
_GRANTS: Compiled[Sequence[Any]] = Compiled(_select_grants)
_PLACES: Compiled[Sequence[int]] = Compiled(_select_places)


def may_watch_cells(key: str) -> tuple[int, User | None]:
    """(status, user) for the stream of all deployments; it tells only of those the user may see."""
    user = user_of(_session(key)) if key else None
    if user is None:
        return 401, None
    grants_of(user)  # read now: the stream must not ask the database later
    return (200 if may(user, Permission.DEPLOYMENT_VIEW) else 403), user
