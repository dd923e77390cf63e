"""Which cause stands behind AWS's texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ecsportal.aws.causes import Cause, Naming
from ecsportal.ecs.failures import cause_of_task, cause_of_text, most_telling, no_progress
from ecsportal.ecs.tasks import Container, Task

AT = datetime(2026, 11, 23, 14, 34, 41, tzinfo=UTC)


def task(reason: str = "", *, code: str = "TaskFailedToStart", container: Container | None = None,
         lived: int | None = None) -> Task:  # fmt: skip
    return Task(
        arn="arn:aws:ecs:eu-west-1:1:task/main/3f9a61c0b7d54e1f",
        status="STOPPED",
        task_definition="arn:x:task-definition/web:58",
        stop_code=code,
        stop_reason=reason,
        containers=(container or Container("web"),),
        started_at=None if lived is None else AT,
        stopped_at=AT + timedelta(seconds=lived or 0),
    )


PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "


def test_a_reason_is_found_in_the_table_and_quoted() -> None:
    cause = cause_of_task(task(PULL + "manifest unknown"))
    assert (cause.slug, cause.heals) == ("image-not-found", False)
    assert cause.quote == PULL + "manifest unknown"


def test_what_no_table_knows_is_unknown_and_quoted() -> None:
    cause = cause_of_task(task("A brand new reason"))
    assert (cause.slug, cause.heals, cause.quote) == ("unknown", True, "A brand new reason")
    assert cause.sentence == "We don't know this cause yet. Here is all that AWS said."


@pytest.mark.parametrize(
    ("code", "slug", "heals", "words"),
    [
        (0, "finished", True, "a service has to keep running"),
        (1, "crash", True, "an error of the application"),
        (2, "crash", True, "exits with code 2."),
        (126, "command-not-runnable", False, "can't be executed"),
        (127, "command-not-found", False, "was not found"),
        (132, "illegal-instruction", True, "CPU doesn't know an instruction"),
        (134, "abort-signal", True, "ended itself"),
        (137, "out-of-memory", True, "too much memory"),
        (139, "segmentation-fault", True, "segmentation fault"),
        (143, "asked-to-stop", True, "asked to stop"),
    ],
)
def test_exit_codes_have_causes(code: int, slug: str, heals: bool, words: str) -> None:
    cause = cause_of_task(
        task("Essential container in task exited", container=Container("web", "STOPPED", code))
    )
    assert (cause.slug, cause.heals) == (slug, heals)
    assert words in cause.sentence
    assert cause.advice


def test_a_crash_says_the_containers_last_words() -> None:
    stopped = task(
        "Essential container in task exited", container=Container("web", "STOPPED", 1), lived=4
    )
    cause = cause_of_task(stopped, log=["Starting", "FATAL: no DATABASE_URL", "bye"])
    assert cause.sentence.endswith('four seconds after it starts: "FATAL: no DATABASE_URL"')


def test_a_crash_names_container_exit_code_and_time() -> None:
    stopped = task(
        "Essential container in task exited",
        code="EssentialContainerExited",
        container=Container("web", "STOPPED", exit_code=1),
        lived=4,
    )
    cause = cause_of_task(stopped)
    assert cause.slug == "crash"
    assert cause.sentence == (
        "Container web exits with code 1 four seconds after it starts: an error of the application."
    )


def test_memory_is_told_with_the_limit() -> None:
    stopped = task(
        "Essential container in task exited",
        code="EssentialContainerExited",
        container=Container("web", "STOPPED", 137, "OutOfMemoryError: Container killed"),
    )
    cause = cause_of_task(stopped, Naming(memory={"web": 512}))
    assert cause.slug == "out-of-memory"
    assert cause.sentence == ("Container web was killed because it used more than its 512 MiB.")


def test_a_wrong_architecture_is_known_by_the_exec_format_error() -> None:
    stopped = task("Essential container in task exited", container=Container(
        "web", "STOPPED", 1, "exec /bin/web: exec format error"))  # fmt: skip
    cause = cause_of_task(stopped, Naming(images={"web": "shop/web:1.4.2"}))
    assert (cause.slug, cause.heals) == ("architecture", False)
    assert "shop/web:1.4.2" in cause.sentence


def test_a_missing_image_is_named_with_its_feed() -> None:
    naming = Naming(images={"web": "shop/web:1.4.2"}, feeds={"web": "shop-ecr"})
    cause = cause_of_task(task(PULL + "not found"), naming)
    assert cause.sentence == "Image shop/web:1.4.2 doesn't exist in the feed shop-ecr."


def test_service_events_have_causes_too() -> None:
    placed = cause_of_text("was unable to place a task. Reason: Capacity is unavailable")
    assert placed is not None
    assert placed.slug == "capacity"
    assert cause_of_text("has reached a steady state.") is None


def test_what_does_not_heal_is_told_first_then_the_most_frequent() -> None:
    def cause(slug: str, *, heals: bool = True) -> Cause:
        return Cause(slug, "s", "a", heals)

    assert most_telling([]) is None
    assert most_telling([cause("unknown")]) == cause("unknown")
    assert most_telling([cause("a"), cause("b"), cause("b")]) == cause("b")
    final = cause("image-not-found", heals=False)
    assert most_telling([cause("a"), cause("a"), final]) is final


def test_a_rollout_that_stands_still_has_a_cause_of_its_own() -> None:
    assert "15 min" in no_progress(15).sentence
