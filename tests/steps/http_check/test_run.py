"""Attempts: one a turn, the first right answer ends them, and the end tells the last answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from ecsportal.steps.contract import (
    Cancelled,
    Failed,
    JsonDict,
    Progress,
    RunContext,
    Succeeded,
    Waiting,
)
from ecsportal.steps.http_check.run import HttpCheckRunner
from tests.steps.contexts import context
from tests.steps.driven_run import Lines
from tests.steps.http_check.answers import Reply, served

RUNNER = HttpCheckRunner()


def gone_through(run: RunContext) -> tuple[Progress, int]:
    """The end, and how many turns it took; the clock goes by the waits."""
    progress, turns = RUNNER.start(run), 1
    while isinstance(progress, Waiting):
        run = replace(run, now=run.now + timedelta(seconds=progress.after))
        progress, turns = RUNNER.poll(run, progress.state), turns + 1
    return progress, turns


def said(run: RunContext, *levels: str) -> list[str]:
    return cast(Lines, run.log).of(*levels)


def inputs(url: str, **changes: Any) -> JsonDict:
    return {"url": f"{url}/healthz", "attempts": 10, "interval_seconds": 3} | changes


def failure(run: RunContext) -> Failed:
    end, _ = gone_through(run)
    assert isinstance(end, Failed)
    assert end.error.code == "HTTP-CHECK-FAILED"
    return end


def test_the_first_right_answer_ends_the_step() -> None:
    replies: list[Reply] = [(502, {}, b""), (503, {}, b""), (200, {}, b"ok")]
    with served(lambda _method, _path: replies.pop(0)) as url:
        run = context(inputs(url, body_contains="ok"))
        end, turns = gone_through(run)
    assert end == Succeeded({"Status": "200", "Attempts": "3"})
    assert turns == 3
    assert said(run, "info") == [f'GET {url}/healthz, expecting 200 with "ok" in the body']
    assert [line.rpartition(",")[0] for line in said(run, "verbose")] == [
        "Attempt 1 of 10: 502 Bad Gateway",
        "Attempt 2 of 10: 503 Service Unavailable",
        "Attempt 3 of 10: as expected",
    ]
    assert said(run, "highlight") == [
        '/healthz answers 200 with "ok" in the body at attempt 3, after 6 s'
    ]


def test_the_same_wrong_answer_each_time_is_told_with_its_count() -> None:
    with served(lambda _method, _path: (502, {}, b"<h1>Bad\nGateway</h1>")) as url:
        run = context(inputs(url))
        end = failure(run)
    assert end.error.message == "/healthz answered 502 ten times in 27 s; expected 200."
    assert end.error.details == (
        f"GET {url}/healthz",
        "The last answer: 502 Bad Gateway",
        "<h1>Bad",
        "Gateway</h1>",
    )


def test_answers_that_differ_are_told_by_the_last() -> None:
    replies: list[Reply] = [(404, {}, b""), (200, {}, b"starting")]
    with served(lambda _method, _path: replies.pop(0)) as url:
        end = failure(context(inputs(url, attempts=2, body_contains="ready")))
    assert end.error.message == (
        "/healthz answered 200 without the expected text at the last of 2 attempts;"
        ' expected 200 with "ready" in the body.'
    )


def test_a_refused_address_is_asked_once() -> None:
    run = context(inputs("http://169.254.169.254"))
    assert "REMOTE_ALLOW" in failure(run).error.message
    assert len(said(run, "verbose")) == 1


def test_an_address_that_nobody_answers_at_is_told() -> None:
    end = failure(context(inputs("http://127.0.0.1:1", attempts=2)))
    assert end.error.message == "/healthz can't be asked: connection refused, twice in 3 s."


def test_a_long_body_is_cut_between_words() -> None:
    body = b"word " * 98 + b"a-long-secret-that-crosses-the-cut"
    with served(lambda _method, _path: (500, {}, body)) as url:
        end = failure(context(inputs(url, attempts=1)))
    assert end.error.details[-1].split() == ["word"] * 98


def test_inputs_that_turn_out_wrong_end_the_step_before_anything_is_asked() -> None:
    end = RUNNER.start(context(inputs("ftp://shop.example", status="20")))
    assert isinstance(end, Failed)
    assert end.error.code == "ECS-VALIDATION"
    assert [detail.partition(":")[0] for detail in end.error.details] == ["url", "status"]


def test_a_cancel_ends_the_attempts() -> None:
    assert RUNNER.cancel(context(inputs("http://127.0.0.1:1")), {"attempt": 3}) == Cancelled()
