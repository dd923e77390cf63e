"""`create_user` and `create_api_key`, as scripts call them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ecsportal.audit.models import AuditEvent
from ecsportal.people.models import User
from ecsportal.people.services.api_keys import find_api_key
from ecsportal.people.services.grants import describe_grants
from tests.builders import PASSWORD, environment, project, user_with_role

pytestmark = pytest.mark.django_db


def _create_user(monkeypatch: pytest.MonkeyPatch, *args: str, password: str = PASSWORD) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    out = io.StringIO()
    call_command("create_user", *args, stdout=out)
    return out.getvalue()


def test_create_user_makes_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _create_user(monkeypatch, "ada", "--role", "administrator")

    user = User.objects.get(username="ada")
    event = AuditEvent.objects.get()
    assert said == "Created ada, administrator.\n"
    assert user.check_password(PASSWORD)
    assert describe_grants(user) == ["Administrator: all projects"]
    assert (event.username, event.via) == ("command line", "command")


def test_create_user_limits_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    project("Web shop")
    environment("Staging")
    environment("Production")

    _create_user(
        monkeypatch, "maya", "--role", "deployer", "--project", "web-shop",
        "--environment", "staging", "--environment", "production",
    )  # fmt: skip

    assert describe_grants(User.objects.get(username="maya")) == [
        "Deployer: web-shop in production, staging"
    ]


@pytest.mark.parametrize(
    ("args", "password", "words"),
    [
        (("ada", "--role", "viewer"), PASSWORD, 'There is a user "ada" already'),
        (("maya", "--role", "viewer"), "", "Give the password on standard input."),
        (("maya", "--role", "viewer"), "short", "password: "),
        (("maya", "--role", "viewer", "--project", "nope"), PASSWORD, "There is no project nope."),
        (
            ("maya", "--role", "viewer", "--environment", "nope"),
            PASSWORD,
            "There is no environment nope.",
        ),
    ],
)
def test_create_user_says_why_not_and_creates_nothing(
    monkeypatch: pytest.MonkeyPatch, args: Any, password: str, words: str
) -> None:
    user_with_role(name="ada")

    with pytest.raises(CommandError, match=words):
        _create_user(monkeypatch, *args, password=password)

    assert [user.username for user in User.objects.all()] == ["ada"]


def test_create_api_key_prints_the_key_alone() -> None:
    user = user_with_role(name="ada")
    out = io.StringIO()

    call_command("create_api_key", "ada", "--name", "demo", "--days", "30", stdout=out)

    key = find_api_key(out.getvalue().strip())
    assert key is not None
    assert (key.user, key.name) == (user, "demo")
    assert key.expires_at is not None


@pytest.mark.parametrize(
    ("args", "words"),
    [(("nobody",), "There is no user nobody."), (("ada", "--days", "-1"), "past")],
)
def test_create_api_key_says_why_not(args: Any, words: str) -> None:
    user_with_role(name="ada")

    with pytest.raises(CommandError, match=words):
        call_command("create_api_key", *args)
