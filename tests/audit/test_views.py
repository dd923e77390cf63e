"""The audit page and its CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ecsportal.audit.models import AuditEvent
from ecsportal.audit.record import record
from ecsportal.people.models import ApiKey, Role, User
from tests.builders import api_client, project, signed_in, user_with_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya() -> User:
    """An administrator."""
    return user_with_role(name="maya")


@pytest.fixture
def page(maya: User) -> Client:
    """Maya's browser."""
    return signed_in(maya)


def _event(by: User | None, action: str = "project.changed", **facts: Any) -> None:
    defaults = {"subject_kind": action.split(".")[0], "subject": "web-shop"}
    record(action, by=by, **defaults | facts)


def _text(client: Client, query: str = "") -> str:
    answer = client.get(f"/audit/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_event_shows_who_from_where_what_and_the_difference(page: Client) -> None:
    ada = user_with_role(name="ada")

    signed_in(ada).post(
        "/settings/profile/", {"display_name": "Ada", "time_zone": ""}, REMOTE_ADDR="10.20.4.17"
    )

    text = _text(page)
    assert '<span class="p-strong">ada</span><div class="p-3rd p-mono">10.20.4.17</div>' in text
    assert f'Changed user <a href="/settings/users/{ada.pk}/">ada</a>' in text
    assert "display name" in text
    assert '<code class="was" title="nothing">nothing</code>' in text
    assert '<code class="is" title="Ada">Ada</code>' in text


def test_events_stand_under_their_day_in_the_readers_zone(page: Client, maya: User) -> None:
    maya.time_zone = "Asia/Tokyo"
    maya.save()
    with time_machine.travel("2026-11-20 20:00:00+00:00"):
        _event(maya)

    assert "Saturday, 21 November" in _text(page)


def test_secrets_show_only_that_they_changed(page: Client, maya: User) -> None:
    _event(maya, before={"password": "old-secret"}, after={"password": "new-secret"})

    text = _text(page)
    assert "(changed)" in text
    assert "secret" not in text


def test_text_of_others_is_escaped(page: Client, maya: User) -> None:
    _event(maya, subject="<script>", after={"<b>": "<i>"})

    text = _text(page)
    assert "&lt;script&gt;" in text
    assert "<i>" not in text


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("?who=ada", ["by-ada"]),
        ("?what=project", ["by-maya", "by-ada"]),
        ("?what=feed.created", ["of-feed"]),
        ("?project=shop", ["of-feed"]),
        ("?text=BY-", ["by-maya", "by-ada"]),
        ("?since=2026-11-21", ["of-feed", "by-maya"]),
        ("?until=2026-11-20", ["by-ada"]),
        ("?who=maya&what=project", ["by-maya"]),
    ],
)
def test_filters_in_the_url_narrow_the_list(
    page: Client, maya: User, query: str, subjects: list[str]
) -> None:
    ada = user_with_role(name="ada")
    with time_machine.travel("2026-11-20 12:00:00+00:00"):
        _event(ada, subject="by-ada")
    with time_machine.travel("2026-11-21 12:00:00+00:00"):
        _event(maya, subject="by-maya")
        _event(maya, "feed.created", subject="of-feed", project_slug="shop")

    lines = _csv(page, query)

    assert [line["subject"] for line in lines] == subjects
    assert all(subject in _text(page, query) for subject in subjects)


def test_a_filter_that_matches_nothing_says_which_and_offers_to_clear_it(
    page: Client, maya: User
) -> None:
    _event(maya, project_slug="shop")

    text = _text(page, "?text=prod&project=shop")

    assert "No entry matches this filter" in text
    assert "It asks for &quot;prod&quot;, in shop." in text
    assert '<a class="btn" href="/audit/">Clear the filter</a>' in text


@pytest.mark.parametrize("query", ["?who=nobody", "?since=yesterday", "?before=x"])
def test_an_odd_filter_is_422(page: Client, query: str) -> None:
    assert page.get(f"/audit/{query}").status_code == 422


def test_older_entries_follow_by_cursor_and_keep_the_filter(page: Client, maya: User) -> None:
    for number in range(205):
        _event(maya, subject=f"subject-{number:03}-")

    sizes = []
    path = "?who=maya"
    while path:
        text = _text(page, path)
        sizes.append(text.count("subject-"))
        _, found, rest = text.partition('<footer><a href="')
        path = rest.split('"')[0].replace("&amp;", "&") if found and "before" in rest[:60] else ""
        assert not path or "who=maya" in path

    assert sizes == [100, 100, 5]


def test_the_page_takes_as_many_queries_for_many_events_as_for_one(
    page: Client, maya: User
) -> None:
    counts = []
    for number in (1, 50):
        for _ in range(number):
            _event(maya, subject=str(number), project_slug=f"p{number}")
        with CaptureQueriesContext(connection) as queries:
            page.get("/audit/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def _csv(page: Client, query: str = "") -> list[dict[str, str]]:
    answer = page.get(f"/audit/events.csv{query}")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_whole_values_and_no_formulas(page: Client, maya: User) -> None:
    _event(maya, subject="=cmd()", before={"memory": 1024}, after={"memory": 2048})

    line = _csv(page)[0]

    assert (line["user"], line["action"], line["subject"]) == ("maya", "project.changed", "'=cmd()")
    assert (line["before"], line["after"]) == ('{"memory": 1024}', '{"memory": 2048}')


def test_the_trail_is_for_administrators() -> None:
    for client in (
        signed_in(user_with_role(Role.LEAD)),
        signed_in(user_with_role(Role.ADMINISTRATOR, projects=[project()])),
    ):
        assert client.get("/audit/").status_code == 403
        assert client.get("/audit/events.csv").status_code == 403


def test_nobody_changes_an_event(maya: User) -> None:
    _event(maya)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(username="somebody else")

    assert AuditEvent.objects.get(action="project.changed").username == "maya"


def test_an_event_outlives_the_user(page: Client) -> None:
    ada = user_with_role(name="ada")
    _event(ada)
    ada.delete()

    assert "ada" in _text(page)


def test_a_change_by_the_api_names_the_key(page: Client, maya: User) -> None:
    api_client(maya).post(
        "/api/v1/environments", {"name": "Staging"}, content_type="application/json"
    )

    event = AuditEvent.objects.latest("pk")
    assert (event.via, event.api_key) == ("api", ApiKey.objects.get().prefix)
    assert f"key {event.api_key}…" in _text(page)
