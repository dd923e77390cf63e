"""Users: created by administrators, edited, deactivated; and their roles."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from ecsportal.audit.record import record
from ecsportal.people.models import User
from ecsportal.people.permissions import Grant
from ecsportal.people.services.grants import (
    describe_grants,
    refuse_without_administrator,
    replace_grants,
)
from ecsportal.problems import FieldError, NameTaken, NotAllowed, ValidationProblem


@transaction.atomic
def create_user(
    username: str,
    *,
    by: User | None,
    password: str = "",
    display_name: str = "",
    time_zone: str = "",
    grants: Sequence[Grant] = (),
) -> User:
    """A new user with these roles; `by` None is the command line.

    Without a password the user can't sign in and is used through API keys only.
    """
    user = User(username=username.strip(), display_name=display_name.strip(), time_zone=time_zone)
    errors = [*_username_errors(user.username), *_time_zone_errors(time_zone)]
    if password:
        errors += _password_errors(password, user)
    if errors:
        raise ValidationProblem(errors)
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise NameTaken("user", user.username, path="username") from error
    replace_grants(user, grants)
    _record("user.created", user, by=by, after=_facts(user))
    return user


@transaction.atomic
def edit_user(
    user: User, *, by: User, display_name: str, time_zone: str, grants: Sequence[Grant]
) -> User:
    """Change name, zone and roles. The last administrator stays one."""
    if errors := _time_zone_errors(time_zone):
        raise ValidationProblem(errors)
    before = _facts(user)
    user.display_name, user.time_zone = display_name.strip(), time_zone
    user.save(update_fields=["display_name", "time_zone"])
    replace_grants(user, grants)
    refuse_without_administrator()
    _record_change(user, by=by, before=before)
    return user


@transaction.atomic
def edit_profile(user: User, *, display_name: str, time_zone: str) -> User:
    """What people change about themselves."""
    if errors := _time_zone_errors(time_zone):
        raise ValidationProblem(errors)
    before = _facts(user)
    user.display_name, user.time_zone = display_name.strip(), time_zone
    user.save(update_fields=["display_name", "time_zone"])
    _record_change(user, by=user, before=before)
    return user


@transaction.atomic
def set_password(user: User, password: str, *, by: User, current: str | None = None) -> None:
    """Give the user a password and end their sessions; `current` is asked of people themselves."""
    if current is not None and not user.check_password(current):
        raise ValidationProblem(
            [FieldError("current", "This isn't your present password.", "mismatch")]
        )
    if errors := _password_errors(password, user):
        raise ValidationProblem(errors)
    _set_password(user, password)
    user.save(update_fields=["password"])
    _record("user.password_changed", user, by=by, after={"password": "changed"})


@transaction.atomic
def deactivate_user(user: User, *, by: User) -> None:
    """End the user's sessions and keys' power; the name stays in all records."""
    if user == by:
        raise NotAllowed("Another administrator has to deactivate you.")
    if not user.is_active:
        return
    User.objects.filter(pk=user.pk).update(is_active=False, session_number=F("session_number") + 1)
    user.refresh_from_db()
    refuse_without_administrator()
    _record("user.deactivated", user, by=by, before={"active": True}, after={"active": False})


@transaction.atomic
def reactivate_user(user: User, *, by: User) -> None:
    """Let the user in again, with the roles and API keys that they had."""
    if user.is_active:
        return
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record("user.reactivated", user, by=by, before={"active": False}, after={"active": True})


def _set_password(user: User, password: str) -> None:
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()


def _username_errors(username: str) -> list[FieldError]:
    if not username:
        return [FieldError("username", "A user needs a name to sign in with.", "missing")]
    if len(username) > 150:
        return [FieldError("username", "At most 150 characters.", "too_long")]
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        return [FieldError("username", 'Letters, digits and "@.+-_" only.', "characters")]
    return []


def _time_zone_errors(name: str) -> list[FieldError]:
    if not name or name in zoneinfo.available_timezones():
        return []
    return [FieldError("time_zone", f'There is no time zone "{name[:60]}".', "unknown")]


def _password_errors(password: str, user: User) -> list[FieldError]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [FieldError("password", message, "weak") for message in error.messages]
    return []


def _facts(user: User) -> dict[str, Any]:
    return {
        "display_name": user.display_name,
        "time_zone": user.time_zone,
        "roles": describe_grants(user),
    }


def _record_change(user: User, *, by: User, before: dict[str, Any]) -> None:
    after = _facts(user)
    if after != before:
        _record("user.changed", user, by=by, before=before, after=after)


def _record(
    action: str,
    user: User,
    *,
    by: User | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        action,
        by=by,
        subject_kind="user",
        subject=user.username,
        subject_url=f"/settings/users/{user.pk}/",
        before=before,
        after=after,
    )
