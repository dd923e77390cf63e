"""What becomes a line of the log, and what happens to very long ones and very many."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.utils import timezone

from ecsportal.deployments import leases, tasklog
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import MASK, Masker
from ecsportal.deployments.models import Deployment, Level, State
from ecsportal.deployments.tasklog import Line, TurnLog
from tests import builders


@pytest.fixture
def deployment(db: None) -> Deployment:
    release = builders.release(builders.project())
    return builders.deployment(release, builders.environment(), state=State.EXECUTING)


@pytest.fixture
def lease(deployment: Deployment) -> Lease:
    Deployment.objects.update(due_at=timezone.now())
    held = leases.take(deployment.pk, "worker")
    assert held
    return held


def store_lines(lease: Lease, lines: Sequence[Line], masker: Masker) -> None:
    with lease.commit(lines, masker):
        pass


def stored(deployment: Deployment) -> list[tuple[int, str, str]]:
    rows = deployment.lines.order_by("seq")
    return [(line.seq, line.level, line.text) for line in rows]


def many(level: str, *texts: str) -> list[Line]:
    return [Line(level, text) for text in texts]


def test_each_line_of_a_text_becomes_a_line() -> None:
    log = TurnLog(step="web", target="eu")
    log.info("first\nsecond")
    log.warning("third")
    assert log.lines == [
        Line(Level.INFO, "first", "web", "eu"),
        Line(Level.INFO, "second", "web", "eu"),
        Line(Level.WARNING, "third", "web", "eu"),
    ]


def test_an_empty_text_is_an_empty_line() -> None:
    log = TurnLog()
    log.verbose("")
    assert log.lines == [Line(Level.VERBOSE, "")]


def test_terminal_codes_and_control_characters_are_taken_out() -> None:
    log = TurnLog()
    log.error("\x1b[31mred\x1b[0m bell\x07 tab\tstays  ")
    assert log.lines == [Line(Level.ERROR, "red bell tab\tstays")]


def test_a_very_long_line_is_cut_and_says_how_long_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasklog, "LONGEST_LINE", 10)
    log = TurnLog()
    log.highlight("x" * 25)
    log.wait("x" * 10)
    assert [line.text for line in log.lines] == ["xxxxxxxxxx… (25 characters)", "xxxxxxxxxx"]


def test_lines_are_numbered_on_from_the_last_one(deployment: Deployment, lease: Lease) -> None:
    store_lines(lease, many(Level.INFO, "one", "two"), Masker([]))
    store_lines(lease, [], Masker([]))
    store_lines(lease, many(Level.INFO, "three"), Masker([]))
    deployment.refresh_from_db()
    assert stored(deployment) == [(1, "info", "one"), (2, "info", "two"), (3, "info", "three")]
    assert deployment.last_seq == 3


def test_secrets_are_masked_before_a_line_is_stored(deployment: Deployment, lease: Lease) -> None:
    store_lines(lease, many(Level.INFO, "the key is hunter2"), Masker(["hunter2"]))
    assert stored(deployment) == [(1, "info", f"the key is {MASK}")]


def test_beyond_the_limit_only_warnings_and_errors_are_kept_and_the_log_says_so_once(
    deployment: Deployment, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasklog, "MOST_LINES", 3)
    nobody = Masker([])
    store_lines(lease, many(Level.INFO, "one", "two"), nobody)
    store_lines(lease, many(Level.INFO, "three", "four", "five"), nobody)
    store_lines(lease, many(Level.INFO, "six") + many(Level.WARNING, "careful"), nobody)
    store_lines(lease, many(Level.FATAL, "the end"), nobody)
    notice = "This log has 3 lines. From here on it keeps warnings and errors only."
    deployment.refresh_from_db()
    assert stored(deployment) == [
        (1, "info", "one"),
        (2, "info", "two"),
        (3, "info", "three"),
        (4, "warning", notice),
        (5, "warning", "careful"),
        (6, "fatal", "the end"),
    ]
    assert deployment.last_seq == 6


def test_an_error_in_the_batch_that_reaches_the_limit_is_kept(
    deployment: Deployment, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasklog, "MOST_LINES", 2)
    batch = many(Level.INFO, "one", "two", "three") + many(Level.ERROR, "why it failed")
    store_lines(lease, batch, Masker([]))
    assert "why it failed" in [text for _, _, text in stored(deployment)]


def test_a_log_that_is_exactly_full_says_so_with_the_next_line(
    deployment: Deployment, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasklog, "MOST_LINES", 2)
    store_lines(lease, many(Level.INFO, "one", "two"), Masker([]))
    store_lines(lease, many(Level.INFO, "three"), Masker([]))
    texts = [text for _, _, text in stored(deployment)]
    assert texts[:2] == ["one", "two"]
    assert texts[2:] == ["This log has 2 lines. From here on it keeps warnings and errors only."]
