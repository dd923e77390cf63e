from __future__ import annotations

from typing import Any

import pytest

from ecsportal.audit.wording import Change, changes_of, nouns_of, value_text, what_happened


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("project.created", "Created project"),
        ("api_key.revoked", "Revoked API key"),
        ("user.password_changed", "Changed the password of user"),
        ("deployment.cancel_requested", "Asked to cancel deployment"),
        ("deployment.retry_requested", "Asked to retry deployment"),
    ],
)
def test_an_action_reads_as_a_sentence(action: str, words: str) -> None:
    assert what_happened(action) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [("process", "processes"), ("api_key", "API keys"), ("deployment", "deployments")],
)
def test_many_of_a_kind_are_said_as_people_say_them(kind: str, words: str) -> None:
    assert nouns_of(kind) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        (["a", "b"], "a, b"),
        (["a, b", "c"], "a, b; c"),
        ([{"a": 1}], '[{"a": 1}]'),
        ({"deploy-web/ä": "1.4.2", "b": True}, "deploy-web/ä 1.4.2, b yes"),
        ({"ä": [1]}, '{"ä": [1]}'),
        ("text", "text"),
    ],
)
def test_a_value_reads_as_text(value: Any, text: str) -> None:
    assert value_text(value) == text


def test_changes_keep_the_order_and_leave_out_what_was_never_there() -> None:
    assert changes_of({"b": 1, "a": None}, {"b": 2, "a": "", "c": 3}) == (
        Change("b", "1", "2"),
        Change("c", "nothing", "3"),
    )


def test_a_secret_says_once_that_it_changed() -> None:
    assert changes_of({"password": "(changed)"}, {"password": "(changed)"}) == (
        Change("password", None, "(changed)"),
    )


def test_a_creation_has_no_before() -> None:
    assert changes_of(None, {"name": "x", "note": ""}) == (Change("name", None, "x"),)


def test_a_deletion_has_no_after() -> None:
    assert changes_of({"name": "x"}, None) == (Change("name", "x", None),)
