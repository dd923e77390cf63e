"""Who may open a stream. It runs outside Django's middleware, so it checks everything itself."""

from __future__ import annotations

from collections.abc import Sequence
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
from django.db.models.lookups import Exact
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
    """One session's right to watch one deployment, as often as it is asked.

    It is worked out anew only where a row changed that it was derived from: with a thousand streams
    open, it is asked a thousand times a minute.
    """

    def __init__(self, key: str, deployment_id: int) -> None:
        self._key, self._deployment_id = key, deployment_id
        self._user_id: int | None = None
        self._basis: _Basis | None = None

    def check(self) -> tuple[int, int]:
        """(status, user id): 200 where the session's user may see this deployment, else why not."""
        session = _session(self._key)
        self._user_id = _number(session.get(SESSION_KEY)) if self._key else None
        if self._user_id is None:
            return 401, 0
        # Before what is decided by it: a change in between differs from it the next time.
        basis = self._read_basis(self._user_id)
        user = user_of(session)
        if user is None or not basis.session:
            return 401, 0
        status = _may_watch(user, basis.place)
        self._basis = basis if status == 200 else None
        return status, user.pk

    def holds(self) -> bool:
        """Whether the right is still there."""
        if self._basis is not None and self._user_id is not None:
            if self._read_basis(self._user_id) == self._basis:
                return True
            self._basis = None
        return self.check()[0] == 200

    def _read_basis(self, user_id: int) -> _Basis:
        return _Basis(
            session=_SESSION.rows(self._key),
            user=_USER.rows(user_id),
            grants=_GRANTS.rows(user_id),
            place=_PLACE.first(self._deployment_id),
        )


def _number(text: Any) -> int | None:
    return int(text) if str(text or "").isdecimal() else None


def _may_watch(user: User, place: Sequence[int] | None) -> int:
    if place is None or not is_visible(user, *place):
        return 404
    project, environment = place
    allowed = may(user, Permission.DEPLOYMENT_VIEW, project_id=project, environment_id=environment)
    return 200 if allowed else 403


@dataclass(frozen=True)
class _Basis:
    """The rows that a right is derived from."""

    session: Sequence[Any]
    """Empty once it has ended."""
    user: Sequence[Any]
    grants: Sequence[Any]
    place: Sequence[int] | None
    """Project and environment; None where there is no such deployment."""


def _select_session(key: Given) -> QuerySet[Session, Any]:
    live = Session.objects.filter(Exact(F("session_key"), key), expire_date__gt=Now())
    return live.values_list("session_data")


def _select_user(user: Given) -> QuerySet[User, Any]:
    return User.objects.filter(Exact(F("pk"), user)).values_list(
        "password", "session_number", "is_active"
    )


def _select_grants(user: Given) -> QuerySet[RoleGrant, Any]:
    found = RoleGrant.objects.filter(Exact(F("user"), user))
    limits = ("all_projects", "projects", "all_environments", "environments")
    return found.order_by("pk", "projects", "environments").values_list("pk", "role", *limits)


_SESSION: Compiled[Sequence[Any]] = Compiled(_select_session)
_USER: Compiled[Sequence[Any]] = Compiled(_select_user)
_GRANTS: Compiled[Sequence[Any]] = Compiled(_select_grants)


def _place(deployment: Given) -> QuerySet[Deployment, Any]:
    found = Deployment.objects.filter(Exact(F("pk"), deployment))
    return found.values_list("project_id", "environment_id")


_PLACE: Compiled[Sequence[int]] = Compiled(_place)


def may_watch_cells(key: str) -> tuple[int, User | None]:
    """(status, user) for the stream of all deployments; it tells only of those the user may see."""
    user = user_of(_session(key)) if key else None
    if user is None:
        return 401, None
    grants_of(user)  # read now: the stream must not ask the database later
    return (200 if may(user, Permission.DEPLOYMENT_VIEW) else 403), user
