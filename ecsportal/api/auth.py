"""Who calls the API, and what the called operation asks of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader

from ecsportal.audit.record import origin
from ecsportal.people.access import PermissionMissingError
from ecsportal.people.models import ApiKey, User
from ecsportal.people.permissions import Permission, may
from ecsportal.people.services.api_keys import find_api_key, note_use
from ecsportal.problems import Problem, TooManyRequests
from ecsportal.web.client_address import client_address

View = TypeVar("View", bound=Callable[..., Any])

WRONG_KEYS = 20
"""Wrong keys that one address may send within `WRONG_KEYS_SECONDS` before it has to pause."""
WRONG_KEYS_SECONDS = 300


class ApiRequest(HttpRequest):
    """A call with a key: `user` is the key's owner, `auth` the key."""

    user: User
    auth: ApiKey


class KeyRefused(Problem):
    """No key, or one that opens nothing: 401."""

    status = 401
    title = "Not signed in"
    code = "KEY_REFUSED"


class KeyInHeader(APIKeyHeader):
    """`X-API-Key`, declared to ninja for the OpenAPI document; `authenticate_key` does the work."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        return authenticate_key(request)


def needs(permission: Permission) -> Callable[[View], View]:
    """Declare what an operation asks of its caller; checked before the body is read.

    Goes under ninja's decorator. It marks the function and doesn't wrap it, since ninja reads the
    function's own signature and module.
    """

    def mark(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def authenticate_key(request: HttpRequest) -> ApiKey:
    """The caller's key, found once per request; sets `request.user`. Raises KeyRefused."""
    known: ApiKey | None = getattr(request, "auth", None)
    if known is not None:
        return known
    text = request.headers.get("X-API-Key", "").strip()
    if not text:
        raise KeyRefused("Send an API key in the header X-API-Key. /settings/api-keys/ makes one.")
    key = find_api_key(text)
    if key is None:
        _count_wrong_key(request)
        raise KeyRefused("This API key doesn't exist. It may have been revoked.")
    now = timezone.now()
    if key.expires_at and key.expires_at <= now:
        raise KeyRefused(f"This API key expired on {key.expires_at:%Y-%m-%d}. Make another one.")
    if not key.user.is_active:
        raise KeyRefused("The owner of this API key is deactivated.")
    note_use(key, now=now)
    # The middleware set the origin for this request, and takes this one back with it.
    origin.set(replace(origin.get(), api_key=key.prefix))
    request.user = key.user
    request.auth = key  # type: ignore[attr-defined]
    return key


def check_permission(request: HttpRequest, permission: Permission) -> None:
    """Raise PermissionMissingError unless the caller holds the permission somewhere."""
    if not may(request.user, permission):
        raise PermissionMissingError(permission)


def _count_wrong_key(request: HttpRequest) -> None:
    """Raise TooManyRequests for an address that keeps guessing; good keys are never held up."""
    name = f"wrong-api-keys:{client_address(request.META)}"
    cache.add(name, 0, WRONG_KEYS_SECONDS)
    try:
        count = cache.incr(name)
    except ValueError:  # it ran out between the two calls
        return
    if count > WRONG_KEYS:
        raise TooManyRequests(
            "Too many wrong API keys from this address. Wait 5 minutes.",
            retry_after=WRONG_KEYS_SECONDS,
        )
