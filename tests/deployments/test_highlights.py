"""The highlights of a step stand above the log too: few of them, each with the way to its line."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ecsportal.deployments.models import Deployment, Level, RunState, State
from ecsportal.deployments.progress_page import state_context
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def running() -> Deployment:
    staging = builders.environment("Staging")
    target = builders.target("shop-staging", environments=[staging])
    release = builders.release(builders.project("web-shop"), "1.4.2")
    return builders.deployment(release, staging, state=State.EXECUTING, targets=[target])


def told(deployment: Deployment, *texts: str, step: str = "deploy-web", **fields: Any) -> None:
    builders.log_lines(deployment, *texts, level=Level.HIGHLIGHT, step=step, **fields)


def summary_of(client: Client, deployment: Deployment) -> str:
    """The list of highlights, or nothing where the page has none."""
    html = client.get(f"/deployments/{deployment.pk}/").content.decode()
    _, found, rest = html.partition('id="highlights"')
    return found and rest.partition("</details>")[0]


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_step_repeats_its_highlights_with_the_way_to_each_line(
    running: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(running, "asked for by dora", level=Level.HIGHLIGHT)
    told(running, "Stack web exists, updating it")
    builders.log_lines(running, "UPDATE_IN_PROGRESS", step="deploy-web")
    told(running, "web runs <b>web:2</b>")
    html = summary_of(client_of_administrator, running)
    assert html.index("Stack web exists") < html.index("web runs &lt;b&gt;web:2&lt;/b&gt;")
    links = re.findall(r'href="(/deployments/[^"]+)"', html)
    assert links == [f"/deployments/{running.pk}/?line={n}#L{n}" for n in (2, 4)]
    assert 'href="#node-deploy-web"' in html
    # What the deployment itself says belongs to no step, what isn't a highlight stays below.
    assert "asked for by" not in html
    assert "UPDATE_IN_PROGRESS" not in html


def test_of_many_highlights_the_newest_few_are_shown_and_the_rest_is_counted(
    running: Deployment, client_of_administrator: Client
) -> None:
    told(running, *(f"batch {number} done" for number in range(1, 41)))
    html = summary_of(client_of_administrator, running)
    assert re.findall(r"batch (\d+)", html) == ["38", "39", "40"]
    way = f'href="/deployments/{running.pk}/?line=37#L37">and 37 before, in the log</a>'
    assert way in html


def test_where_many_steps_tell_something_each_repeats_one_and_the_list_is_folded(
    running: Deployment, client_of_administrator: Client
) -> None:
    told(running, "a", "b")
    assert summary_of(client_of_administrator, running).startswith(" open>")
    for number in range(10):
        running.steps.create(
            position=number + 1, slug=f"s-{number}", name=f"S {number}", type="x", version=1,
            state=RunState.SUCCEEDED,
        )  # fmt: skip
        told(running, "first", "last", step=f"s-{number}")
    html = summary_of(client_of_administrator, running)
    assert html.startswith(">")
    assert html.count('title="Line ') == html.count("and 1 before, in the log") == 11
    assert "first" not in html


def test_without_highlights_there_is_no_list(
    running: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(running, "UPDATE_IN_PROGRESS", step="deploy-web")
    assert summary_of(client_of_administrator, running) == ""


def test_targets_are_named_where_there_are_several(
    running: Deployment, client_of_administrator: Client
) -> None:
    told(running, "web runs web:2", target="shop-staging")
    assert "on shop-staging" not in words_of(summary_of(client_of_administrator, running))
    running.steps.get().targets.create(target_slug="shop-2", target_name="shop-2")
    assert "web runs web:2 on shop-staging" in words_of(
        summary_of(client_of_administrator, running)
    )


def test_a_long_text_is_cut(running: Deployment, client_of_administrator: Client) -> None:
    told(running, "x" * 5_000)
    assert len(words_of(summary_of(client_of_administrator, running))) < 400


def test_the_query_reads_highlights_alone_however_long_the_log_is(running: Deployment) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            state_context(running.pk)
        return [query["sql"] for query in captured.captured_queries]

    told(running, "one")
    few = queries()
    told(running, *(f"batch {number}" for number in range(300)))
    many = queries()
    assert len(few) == len(many)
    reads = [query for query in many if "level = 'highlight'" in query]
    assert len(reads) == 2
    for sql in reads:
        plan = plan_of(running, sql)
        assert "log_line_highlight" in plan
        # Sorting tens of thousands to show three takes longer than all else on the page.
        assert "TEMP B-TREE" not in plan
        assert "WindowAgg" not in plan


def test_of_several_steps_each_has_its_own_newest_and_its_own_number(
    running: Deployment, client_of_administrator: Client
) -> None:
    running.steps.create(
        position=1, slug="check", name="Check", type="x", version=1, state=RunState.SUCCEEDED
    )
    for number in range(1, 21):
        told(running, f"batch {number} done")
        if number <= 5:
            told(running, f"answer {number} read", step="check")
    html = words_of(summary_of(client_of_administrator, running))
    assert re.findall(r"batch (\d+)", html) == ["18", "19", "20"]
    assert re.findall(r"answer (\d+)", html) == ["3", "4", "5"]
    assert "and 17 before, in the log" in html
    assert "and 2 before, in the log" in html


def plan_of(deployment: Deployment, sql: str) -> str:
    """How the database answers the query, on PostgreSQL for a log as long as it takes to matter."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return str(cursor.fetchall())
    builders.many_lines(deployment, 20_000, step="first")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE deployments_logline")
        cursor.execute(f"EXPLAIN {sql}")
        return str(cursor.fetchall())
