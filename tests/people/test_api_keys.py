from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ecsportal.audit.models import AuditEvent
from ecsportal.people.models import ApiKey, Role
from ecsportal.people.services.api_keys import (
    create_api_key,
    find_api_key,
    note_use,
    revoke_api_key,
)
from ecsportal.people.services.users import deactivate_user
from ecsportal.problems import NotAllowed, ValidationProblem
from tests.builders import user_with_role

pytestmark = pytest.mark.django_db


def test_a_key_is_found_by_its_text_and_kept_as_a_hash() -> None:
    user = user_with_role()

    key, text = create_api_key(user, name="build server", by=user)

    assert find_api_key(text) == key
    assert find_api_key(f"{text}x") is None
    assert text.startswith(key.prefix)
    assert text not in str(ApiKey.objects.values().get())
    assert text not in str(list(AuditEvent.objects.values()))


def test_a_key_needs_a_name_and_a_future() -> None:
    user = user_with_role()

    with pytest.raises(ValidationProblem) as refused:
        create_api_key(user, name=" ", by=user, expires_at=timezone.now())

    assert [error.path for error in refused.value.errors] == ["name", "expires_at"]


def test_a_deactivated_user_gets_no_key() -> None:
    by, user = user_with_role(), user_with_role()
    deactivate_user(user, by=by)

    with pytest.raises(NotAllowed):
        create_api_key(user, name="x", by=by)


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    user = user_with_role()
    key, text = create_api_key(user, name="x", by=user)
    start = timezone.now()

    seen = []
    for seconds in (0, 30, 59, 60, 61):
        note_use(ApiKey.objects.get(pk=key.pk), now=start + timedelta(seconds=seconds))
        seen.append((ApiKey.objects.get(pk=key.pk).last_used_at - start).total_seconds())

    assert seen == [0, 0, 0, 60, 60]


def test_a_revoked_key_opens_nothing_and_the_trail_names_it() -> None:
    user = user_with_role()
    key, text = create_api_key(user, name="build server", by=user)

    revoke_api_key(key, by=user)

    event = AuditEvent.objects.latest("pk")
    assert find_api_key(text) is None
    assert (event.action, event.subject) == (
        "api_key.revoked",
        f"build server ({key.prefix}…) of {user.username}",
    )


def test_only_administrators_revoke_the_keys_of_others() -> None:
    owner, lead, administrator = user_with_role(), user_with_role(Role.LEAD), user_with_role()
    key, _ = create_api_key(owner, name="x", by=owner)

    with pytest.raises(NotAllowed):
        revoke_api_key(key, by=lead)
    revoke_api_key(key, by=administrator)

    assert not ApiKey.objects.exists()
