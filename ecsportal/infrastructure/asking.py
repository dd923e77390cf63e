"""Asking several feeds or accounts side by side, bounded in time: no page is held up by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from django.db import connections

ASK_SECONDS = 14.0
"""A little more than a feed's own limit, so that its words arrive before ours."""
ASKED_AT_ONCE = 8

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def ask_all(
    ask: Callable[[Question], Answer],
    questions: Sequence[Question],
    *,
    too_late: Answer,
    seconds: float = ASK_SECONDS,
) -> list[Answer]:
    """The answers in the order of the questions, asked side by side.

    What hasn't answered within `seconds` counts as `too_late`; its thread ends by the
    call's own time-out.
    """
    if not questions:
        return []
    pool = ThreadPoolExecutor(max_workers=ASKED_AT_ONCE, thread_name_prefix="ask")
    try:
        futures: list[Future[Answer]] = [pool.submit(_in_thread, ask, each) for each in questions]
        wait(futures, timeout=seconds)
        return [future.result() if future.done() else too_late for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _in_thread(ask: Callable[[Question], Answer], question: Question) -> Answer:
    try:
        return ask(question)
    finally:
        # A thread of its own gets connections of its own, which nobody else would close.
        connections.close_all()
