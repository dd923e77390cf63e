"""A long log: the page shows a window of it, brings more, and finds what it doesn't show."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.log_lines import lines_between, lines_html
from ecsportal.deployments.log_search import SEARCHED_FIRST
from ecsportal.deployments.log_window import BEFORE_LINE, LINES_ON_PAGE
from ecsportal.deployments.models import Deployment, Level, State
from tests import builders

pytestmark = pytest.mark.django_db
WEB = {"step": "deploy-web", "target": "shop-staging"}


@pytest.fixture
def long_log() -> Deployment:
    """A deployment of one step on one target with a log of 10,000 lines."""
    staging = builders.environment("Staging")
    target = builders.target("shop-staging", environments=[staging])
    release = builders.release(builders.project("web-shop"))
    deployment = builders.deployment(release, staging, state=State.EXECUTING, targets=[target])
    builders.many_lines(deployment, 10_000, **WEB)
    return deployment


def page(client: Client, deployment: Deployment, query: str = "") -> str:
    answer = client.get(f"/deployments/{deployment.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="L(\d+)"', html)]


def test_the_page_begins_with_the_newest_lines_and_counts_the_others(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = page(client_of_administrator, long_log)
    assert numbers(html) == list(range(10_001 - LINES_ON_PAGE, 10_001))
    assert f"The first <span data-count>{10_000 - LINES_ON_PAGE}</span> lines" in html
    assert 'class="p-lines p-lines--long"' in html
    assert "data-window" not in html.partition("data-lines-url")[2].partition(">")[0]


def test_a_link_to_an_old_line_opens_the_log_around_it(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = page(client_of_administrator, long_log, "?line=3000")
    first = 3_000 - BEFORE_LINE
    assert numbers(html) == list(range(first, first + LINES_ON_PAGE))
    assert " data-window" in html
    assert 'data-after="10000"' in html


@pytest.mark.parametrize("query", ["?line=9990", "?line=123456789", "?line=x", "?line=-1"])
def test_a_line_near_the_end_or_none_at_all_is_the_end(
    long_log: Deployment, client_of_administrator: Client, query: str
) -> None:
    assert numbers(page(client_of_administrator, long_log, query))[-1] == 10_000


def test_more_lines_come_on_either_side(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = page(client_of_administrator, long_log, "lines/?before=3001")
    assert numbers(html) == list(range(3_001 - LINES_ON_PAGE, 3_001))
    assert 'data-earlier="1000" data-later="7000"' in html
    html = page(client_of_administrator, long_log, "lines/?after=9000")
    assert numbers(html) == list(range(9_001, 10_001))
    assert 'data-later="0"' in html
    assert numbers(page(client_of_administrator, long_log, "lines/?before=1")) == []
    html = page(client_of_administrator, long_log, "lines/?before=99999")
    assert numbers(html) == list(range(10_001 - LINES_ON_PAGE, 10_001))


@pytest.mark.parametrize("query", ["", "?line=3000", "lines/?before=3001", "lines/?after=3000"])
def test_no_lines_are_read_but_those_shown(
    long_log: Deployment, client_of_administrator: Client, query: str
) -> None:
    before = lines_read()
    page(client_of_administrator, long_log, query)
    assert lines_read() - before <= LINES_ON_PAGE


def lines_read() -> int:
    """How many lines the database has read in this transaction; SQLite doesn't count them."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'deployments_logline'"
        )
        return int(cursor.fetchone()[0])


# Search


def found(client: Client, deployment: Deployment, query: str) -> str:
    path = f"/deployments/{deployment.pk}/search/{query}"
    answer = client.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return unescape(answer.content.decode())


def test_the_search_finds_lines_of_every_level_and_leads_to_them(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(long_log, "the Needle <b> of 100%", level=Level.VERBOSE)
    html = found(client_of_administrator, long_log, "?q=nEEDLE")
    assert "1 line contains “nEEDLE”." in html
    assert f'href="/deployments/{long_log.pk}/?line=10001#L10001"' in html
    assert "the <mark>Needle</mark> <b> of 100%" in html
    assert "1 line contains" in found(client_of_administrator, long_log, "?q=100%25")
    assert "No lines contain “0%0”." in found(client_of_administrator, long_log, "?q=0%250")


@pytest.mark.parametrize("words", ["straße", "ÜBERSICHT von", "sicht VON"])
def test_the_search_finds_words_with_and_beside_letters_beyond_ascii(
    long_log: Deployment, client_of_administrator: Client, words: str
) -> None:
    builders.log_lines(long_log, "Straße: ÜBERSICHT von 3 Tasks")
    assert "1 line contains" in found(client_of_administrator, long_log, f"?q={words}")


def test_what_the_page_shows_already_is_left_out(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = found(client_of_administrator, long_log, "?q=line+77&first=8001&last=10000")
    assert "111 lines beyond those on this page contain “line 77”." in html
    assert "#L7799" in html
    assert '#L77"' in html


def test_a_word_that_stands_everywhere_is_counted_so_far_only(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = found(client_of_administrator, long_log, "?q=line")
    assert "More than 1000 lines contain “line”. Here are the newest 200." in html
    assert html.count("<li") == 200


def test_a_word_of_some_lines_is_found_in_all_of_a_very_long_log(
    client_of_administrator: Client, long_log: Deployment
) -> None:
    builders.many_lines(long_log, SEARCHED_FIRST, **WEB)
    html = found(client_of_administrator, long_log, "?q=line+9876")
    assert "2 lines contain" in html
    assert re.findall(r"#L(\d+)", html) == ["19876", "9876"]
    html = found(client_of_administrator, long_log, "?q=line+98")
    assert "222 lines contain “line 98”. Here are the newest 200." in html


def test_no_words_find_nothing(long_log: Deployment, client_of_administrator: Client) -> None:
    html = found(client_of_administrator, long_log, "?q=+&first=x")
    assert html.strip() == '<div id="log-found" class="p-found"></div>'


def test_without_scripts_the_search_is_a_page_with_its_words_in_the_field(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    html = page(client_of_administrator, long_log, "search/?q=line+4321")
    assert 'value="line 4321"' in html
    assert "?line=4321#L4321" in html


def test_searching_takes_as_many_queries_as_ever(
    long_log: Deployment,
    client_of_administrator: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for words in ("line", "line 4321"):
        with django_assert_num_queries(6):
            found(client_of_administrator, long_log, f"?q={words}")


# Single lines


def test_a_repeat_counts_up_from_when_it_began(long_log: Deployment) -> None:
    builders.log_lines(long_log, "Still UPDATE_IN_PROGRESS, 2 min 10 s", level=Level.WAIT)
    (line,) = lines_between(long_log.pk, 10_001, 10_001)
    html = lines_html([line])
    assert 'class="p-line p-line--wait p-line--still"' in html
    since = re.search(r'data-still="([^"]+)">2 min 10 s<', html)
    assert since is not None
    assert (line.at - line.at.fromisoformat(since[1])).total_seconds() == 130


def test_a_line_of_a_rollback_belongs_to_its_node(
    long_log: Deployment, client_of_administrator: Client
) -> None:
    builders.many_lines(long_log, 1, **WEB, part="rollback")
    html = page(client_of_administrator, long_log)
    assert 'id="L10001" data-node="deploy-web/shop-staging/rollback"' in html
