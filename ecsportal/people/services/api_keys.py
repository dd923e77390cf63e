"""API keys: made, shown once, found by their hash, revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.people.models import ApiKey, User
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import FieldError, NotAllowed, ValidationProblem

LAST_USED_STEP = timedelta(minutes=1)
"""A key's last use is written at most this often: a client that polls must not write each time."""


@transaction.atomic
def create_api_key(
    user: User, *, name: str, by: User, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key of the user and its text, which can't be had again."""
    errors = []
    if not name.strip():
        errors.append(FieldError("name", "A key needs a name: say what uses it.", "missing"))
    if expires_at and expires_at <= timezone.now():
        errors.append(FieldError("expires_at", "This is past already.", "past"))
    if errors:
        raise ValidationProblem(errors)
    if not user.is_active:
        raise NotAllowed(f"{user} is deactivated. A key of theirs would not work.")
    text = f"ecsp_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=user,
        name=name.strip(),
        prefix=text[:12],
        digest=_digest(text),
        expires_at=expires_at,
    )
    record(
        "api_key.created",
        by=by,
        subject_kind="api_key",
        subject=f"{key.name} ({key.prefix}…) of {user.username}",
        subject_url="/settings/api-keys/",
        after={"expires_at": _utc_text(expires_at)},
    )
    return key, text


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: User) -> None:
    """Delete the key: from now on it opens nothing. Others' keys need UserEdit."""
    if key.user_id != by.pk and not may(by, Permission.USER_EDIT):
        raise NotAllowed("This is somebody else's key. Revoking it needs the permission UserEdit.")
    record(
        "api_key.revoked",
        by=by,
        subject_kind="api_key",
        subject=f"{key.name} ({key.prefix}…) of {key.user.username}",
        before={"expires_at": _utc_text(key.expires_at)},
    )
    key.delete()


def find_api_key(text: str) -> ApiKey | None:
    """The key with this text, its user loaded; expired keys too, the caller says so."""
    return ApiKey.objects.select_related("user").filter(digest=_digest(text)).first()


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that the key was used, at most once a minute."""
    if key.last_used_at and now - key.last_used_at < LAST_USED_STEP:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_STEP)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def _digest(text: str) -> str:
    # The text holds 256 random bits, so a plain hash is as good as a slow one.
    return hashlib.sha256(text.encode()).hexdigest()


def _utc_text(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else None
