"""Secrets are encrypted anew under the newest key, as often as one likes."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from ecsportal.deployments.models import TargetRun
from ecsportal.infrastructure.models import AwsAccount, Feed
from ecsportal.key_rotation import rotate_keys
from ecsportal.projects.models import SecretValue
from tests import builders

pytestmark = pytest.mark.django_db


def tokens() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM projects_secretvalue ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_every_secret_moves_to_the_newest_key(settings: LazySettings) -> None:
    account = builders.account("Shop", secret_access_key="aws-secret")
    builders.feed("Hub", password="feed-secret")
    builders.feed("Open")
    SecretValue.objects.bulk_create(SecretValue(value=f"secret {n}") for n in range(7))
    where = builders.environment()
    target = builders.target(environments=[where], account=account)
    made = builders.deployment(builders.release(builders.project()), where, targets=[target])
    run = TargetRun.objects.filter(step_run__deployment=made)
    run.update(secret_outputs='{"Url": "db://u:secret@host"}')
    before = tokens()
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    counted = {done.column: (done.rotated, done.current) for done in rotate_keys(batch=3)}
    assert counted == {
        "deployments.targetrun.secret_outputs": (1, 0),
        "infrastructure.awsaccount.secret_access_key": (1, 0),
        "infrastructure.feed.password": (1, 0),
        "projects.secretvalue.value": (7, 0),
    }
    assert not set(before) & set(tokens())
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert AwsAccount.objects.get().secret_access_key == "aws-secret"
    assert Feed.objects.get(name="Hub").password == "feed-secret"
    assert run.get().given_outputs == {"Url": "db://u:secret@host"}
    texts = [row.value for row in SecretValue.objects.order_by("pk")]
    assert texts == [f"secret {n}" for n in range(7)]


def test_a_second_run_changes_nothing(settings: LazySettings) -> None:
    SecretValue.objects.create(value="secret")
    settings.FIELD_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(),
        *settings.FIELD_ENCRYPTION_KEYS,
    ]
    call_command("rotate_keys", stdout=StringIO())
    before, said = tokens(), StringIO()
    call_command("rotate_keys", stdout=said)
    assert tokens() == before
    assert "0 secrets encrypted anew." in said.getvalue()


def test_a_secret_under_a_lost_key_is_told_and_left(settings: LazySettings) -> None:
    SecretValue.objects.create(value="lost")
    before = tokens()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="1 secret can't be read"):
        call_command("rotate_keys", stdout=StringIO())
    assert tokens() == before
