"""Asking feeds, bounded in time."""

from __future__ import annotations

from threading import Event

import pytest

from ecsportal.infrastructure.asking import ask_all
from ecsportal.releases.tags import find_tag, read_tags
from tests import builders
from tests.releases.registry import Registry


def test_answers_come_in_the_order_of_the_questions() -> None:
    assert ask_all(lambda number: number * 2, [3, 1, 2], too_late=0) == [6, 2, 4]


def test_nothing_is_asked_where_there_is_no_question() -> None:
    assert ask_all(lambda number: number, list[int](), too_late=0) == []


def test_who_answers_too_late_holds_nobody_up() -> None:
    released = Event()

    def ask(slow: bool) -> str:
        if slow:
            released.wait(10)
        return "answer"

    try:
        answers = ask_all(ask, [False, True], too_late="too late", seconds=0.3)
    finally:
        released.set()

    assert answers == ["answer", "too late"]


@pytest.mark.django_db
def test_an_expression_is_never_asked(registry: Registry) -> None:
    feed = builders.feed("Other", url=registry.url)

    assert "expression" in read_tags(feed, "shop/#{Name}").problem
    assert find_tag(feed, "shop/#{Name}", "1.0").exists is None
    assert registry.asked == []


def test_a_feed_that_is_gone_is_said() -> None:
    assert "doesn't exist any more" in read_tags(None, "shop/web").problem


def test_tags_are_newest_first_with_the_time_they_were_read(registry: Registry) -> None:
    feed = builders.feed("Other", url=registry.url)

    listed = read_tags(feed, "shop/web")

    assert [entry.tag for entry in listed.tags] == ["1.4.3", "1.4.2", "1.4.1", "latest"]
    assert listed.read_at is not None
