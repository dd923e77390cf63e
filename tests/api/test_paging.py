from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.people.models import User
from tests.api.calls import errors_of, problem
from tests.builders import api_client, user_with_role

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.sample_urls")]


@pytest.fixture
def client() -> Client:
    """A client with the key of somebody who may do everything."""
    return api_client(user_with_role())


def _things(*names: str) -> None:
    for name in names:
        number = User.objects.count()
        User.objects.create(username=f"t{number}", first_name="thing", display_name=name)


def _walk(client: Client, path: str) -> list[list[str]]:
    pages = []
    following: str | None = path
    while following:
        body = client.get(following).json()
        pages.append([item["name"] for item in body["items"]])
        following = body["next"]
    return pages


def test_lists_are_walked_by_next(client: Client) -> None:
    _things("e", "a", "c", "b", "d")

    assert _walk(client, "/api/v1/things?limit=2") == [["a", "b"], ["c", "d"], ["e"]]


def test_rows_that_are_equal_in_the_first_field_are_neither_lost_nor_repeated(
    client: Client,
) -> None:
    _things("a", "a", "a", "b", "b")

    assert _walk(client, "/api/v1/things?limit=1") == [["a"], ["a"], ["a"], ["b"], ["b"]]


def test_next_keeps_the_filter_and_a_full_last_page_has_none(client: Client) -> None:
    _things("ax", "bx", "ay", "ax2")

    first = client.get("/api/v1/things?limit=1&name=x").json()

    assert "name=x" in first["next"]
    assert first["next"].startswith("/api/v1/things?")
    assert _walk(client, "/api/v1/things?limit=3&name=x") == [["ax", "ax2", "bx"]]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("limit=0", [("limit", "greater_than_equal")]),
        ("limit=201", [("limit", "less_than_equal")]),
        ("limit=x", [("limit", "type")]),
        ("cursor=nonsense", [("cursor", "cursor")]),
        ("cursor=WzFd", [("cursor", "cursor")]),
        ("nmae=x", [("nmae", "unknown_field")]),
    ],
)
def test_an_odd_query_is_422(client: Client, query: str, errors: list[tuple[str, str]]) -> None:
    answer = client.get(f"/api/v1/things?{query}")

    assert problem(answer)[0] == 422
    assert errors_of(answer) == errors
