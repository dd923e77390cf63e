"""Which cause stands behind AWS's texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ecsportal.ecs.failures import (
    Cause,
    Naming,
    cause_of_task,
    cause_of_text,
    most_telling,
    no_progress,
)
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


@pytest.mark.parametrize(
    ("reason", "slug", "heals"),
    [
        (PULL + "failed to resolve ref docker.io/x:1: not found", "image-not-found", False),
        (PULL + "manifest unknown", "image-not-found", False),
        (PULL + "unexpected status from HEAD request: 403 Forbidden", "image-not-found", False),
        (PULL + "pull access denied, repository does not exist or may require authorization",
         "image-access", False),
        (PULL + "no basic auth credentials", "image-access", False),
        (PULL + "dial tcp 10.0.0.1:443: i/o timeout", "image-no-route", False),
        (PULL + "toomanyrequests: You have reached your pull rate limit", "registry-limit", True),
        (PULL + "image does not contain descriptor matching platform 'linux/arm64'",
         "architecture", False),
        (PULL + "something new", "image-pull", False),
        ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource"
         " retrieval failed", "secret-denied", False),
        ("ResourceInitializationError: failed to validate logger args: log group does not exist",
         "log-group", False),
        ("ResourceInitializationError: failed to invoke EFS utils commands", "efs", False),
        ("ResourceInitializationError: failed to download env files: file", "environment-file",
         False),
        ("ResourceInitializationError: failed to create new network interface", "initialization",
         True),
        ('CannotStartContainerError: exec: "x": executable file not found in $PATH', "command",
         False),
        ("ContainerRuntimeTimeoutError: could not transition", "platform", True),
        ("Task failed ELB health checks in (target-group arn:x)", "load-balancer-health", True),
        ("Task failed container health checks", "container-health", True),
        ("A brand new reason", "unknown", True),
    ],
)  # fmt: skip
def test_reasons_have_causes(reason: str, slug: str, heals: bool) -> None:
    cause = cause_of_task(task(reason))
    assert (cause.slug, cause.heals) == (slug, heals)
    assert reason in cause.quote


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


def test_exit_code_137_without_a_reason_is_most_likely_memory() -> None:
    stopped = task("Essential container in task exited", container=Container("web", "", 137))
    assert cause_of_task(stopped).slug == "out-of-memory"


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
    assert placed.slug == "placement"
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
