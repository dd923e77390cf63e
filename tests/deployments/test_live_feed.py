"""A feed that many read, each at a pace of its own; and what a viewer is told of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from django.utils.safestring import SafeString

from ecsportal.deployments.live.events import Lines, State, event, lines_event, unsent
from ecsportal.deployments.live.feed import KEPT, Feed, FellBehindError, Viewer
from ecsportal.deployments.live.reading import RenderedLine


def lines(*numbers: int) -> Lines:
    rendered = [RenderedLine(number, SafeString(f'<li id="L{number}">')) for number in numbers]
    return Lines(rendered, lines_event(rendered))


def state(words: str, *, ended: bool = False) -> State:
    return State(event("state", words), ended)


def in_a_loop(test: Callable[[Feed[int]], Awaitable[None]]) -> None:
    async def run() -> None:
        await asyncio.wait_for(test(Feed()), 5)

    asyncio.run(run())


def test_each_viewer_reads_what_was_published_since_it_came() -> None:
    async def test(feed: Feed[int]) -> None:
        first = Viewer(feed)
        feed.publish(1)
        second = Viewer(feed)
        feed.publish(2)
        assert (await first.next(), await second.next()) == ((1, 2), (2,))

    in_a_loop(test)


def test_a_viewer_who_waits_is_woken() -> None:
    async def test(feed: Feed[int]) -> None:
        viewer = Viewer(feed)
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        feed.publish(1)
        assert await waiting == (1,)

    in_a_loop(test)


def test_a_viewer_who_falls_behind_what_is_kept_is_told_so() -> None:
    async def test(feed: Feed[int]) -> None:
        slow, slower = Viewer(feed), Viewer(feed)
        feed.publish(0)
        await slow.next()
        for number in range(1, KEPT + 1):
            feed.publish(number)
        assert await slow.next() == tuple(range(1, KEPT + 1))
        with pytest.raises(FellBehindError):
            await slower.next()

    in_a_loop(test)


def test_news_that_may_wait_go_along_with_the_next() -> None:
    async def test(feed: Feed[int]) -> None:
        viewer = Viewer(feed)
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        feed.publish(1, within=60)
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish(2)
        assert await waiting == (1, 2)

    in_a_loop(test)


def test_news_that_may_wait_go_alone_where_nothing_else_comes() -> None:
    async def test(feed: Feed[int]) -> None:
        viewer = Viewer(feed)
        began = time.monotonic()
        feed_later = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        feed.publish(1, within=0.05)
        assert await feed_later == (1,)
        assert time.monotonic() - began >= 0.04

    in_a_loop(test)


def test_a_closed_feed_ends_the_wait() -> None:
    async def test(feed: Feed[int]) -> None:
        viewer = Viewer(feed)
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        feed.close()
        assert await waiting == ()
        assert await viewer.next() == ()

    in_a_loop(test)


def test_everybody_at_the_same_line_is_told_the_same_bytes() -> None:
    news = lines(4, 5)
    assert unsent((news,), 3) == ((news.event,), 5, False)


def test_lines_that_a_viewer_has_are_not_told_again() -> None:
    assert unsent((lines(1, 2), lines(3, 4)), 3) == ((lines(4).event,), 4, False)
    assert unsent((lines(1, 2),), 2) == ((), 2, False)


def test_of_several_states_only_the_newest_is_told_behind_the_lines() -> None:
    news = (state("old"), lines(1), state("new"), lines(2))
    told = (lines(1).event, lines(2).event + state("new").event)
    assert unsent(news, 0) == (told, 2, False)


def test_the_end_is_told_behind_the_last_state() -> None:
    news = (lines(1), state("Succeeded", ended=True))
    told = lines(1).event + state("Succeeded").event + event("end")
    assert unsent(news, 0) == ((told,), 1, True)
