"""A step on many targets: all at once, or rolling with a window that stops at a failure."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import Client

from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, RunState, State, TargetRun
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted
from tests.deployments.test_engine import make_due, texts


@pytest.fixture
def ten(staging: Environment) -> list[str]:
    """Ten targets in Staging, in the order of their slugs."""
    for number in range(1, 10):
        builders.target(f"a{number}", environments=[staging])
    return sorted([*(f"a{number}" for number in range(1, 10)), "shop-staging"])


def states(deployment: Deployment, step: str = "first") -> dict[str, str]:
    runs = TargetRun.objects.filter(step_run__deployment=deployment, step_run__slug=step)
    return dict(runs.order_by("target_slug").values_list("target_slug", "state"))


def fail_on(target: str, at: str) -> str:
    """An expression that ends the script with "fail" on one target, and waits on the others."""
    return f'#{{if Octopus.Machine.Id == "{target}"}}fail#{{else}}{at}#{{/if}}'


def test_all_targets_run_at_once_without_a_window(queue: Queue, ten: list[str]) -> None:
    deployment = run(queue(scripted("First", "wait long", "succeed")))
    assert states(deployment) == dict.fromkeys(ten, "executing")
    make_due()
    assert run(deployment).state == State.SUCCEEDED
    assert Counter(call[1] for call in CALLS) == dict.fromkeys(ten, 2)


def test_a_window_lets_so_many_run_at_a_time(queue: Queue, ten: list[str]) -> None:
    deployment = run(queue(scripted("First", "wait long", "succeed", window=3)))
    under_way = [slug for slug, state in states(deployment).items() if state == "executing"]
    assert under_way == ten[:3]
    make_due()
    run(deployment)
    assert Counter(states(deployment).values()) == {"succeeded": 3, "executing": 3, "pending": 4}
    for _ in range(3):
        make_due()
        run(deployment)
    assert deployment.state == State.SUCCEEDED
    assert states(deployment) == dict.fromkeys(ten, "succeeded")


def test_the_first_failure_ends_a_rolling_step_and_says_why(queue: Queue, ten: list[str]) -> None:
    step = scripted("First", fail_on("a2", "wait long"), "succeed", window=2)
    deployment = run(queue(step))
    make_due()
    run(deployment)
    assert deployment.state == State.FAILED
    assert Counter(states(deployment).values()) == {"succeeded": 1, "failed": 1, "skipped": 8}
    words = "Not started: a2 failed, and the step rolls on only after a success."
    assert set(TargetRun.objects.filter(state="skipped").values_list("reason", flat=True)) == {
        words
    }
    assert deployment.lines.filter(text=words, target="a3").exists()


def test_without_a_window_a_failure_lets_the_others_end(queue: Queue, ten: list[str]) -> None:
    deployment = run(queue(scripted("First", fail_on("a2", "wait long"), "succeed")))
    make_due()
    run(deployment)
    assert deployment.state == State.FAILED
    assert Counter(states(deployment).values()) == {"succeeded": 9, "failed": 1}


def test_cancelling_starts_no_further_target(queue: Queue, ten: list[str], deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait long", window=2)))
    services.cancel_deployment(deployment, by=deployer)
    assert run(deployment).state == State.CANCELLED
    assert states(deployment) == dict.fromkeys(ten, "cancelled")
    assert {call[1] for call in CALLS} == set(ten[:2])


def test_each_target_has_a_node_a_state_and_lines_of_its_own(
    queue: Queue, ten: list[str], client_of_administrator: object
) -> None:
    deployment = run(queue(scripted("First", fail_on("a2", "succeed"))))
    page = client_of_administrator.get(f"/deployments/{deployment.pk}/")  # type: ignore[attr-defined]
    html = page.content.decode()
    for slug in ten:
        assert f'id="node-first--{slug}"' in html
        assert deployment.lines.filter(target=slug).count() >= 1
    failed = html[html.index('id="sum-first--a2"') :]
    assert "p-is-failed" in failed[: failed.index("</summary>")]


def test_a_retry_runs_only_where_it_failed(queue: Queue, ten: list[str], deployer: User) -> None:
    first = scripted("First", fail_on("a2", "succeed"))
    deployment = run(queue(first, scripted("Second", "succeed", start="with_previous")))
    assert deployment.state == State.FAILED
    CALLS.clear()
    again = run(services.retry_deployment(deployment, by=deployer))
    assert [call[1] for call in CALLS] == ["a2"]
    assert again.skip_steps == ["second"]
    kept = TargetRun.objects.get(
        step_run__deployment=again, target_slug="a3", step_run__slug="first"
    )
    assert (kept.state, kept.reason) == (
        RunState.SKIPPED,
        f"Succeeded in deployment {deployment.pk}.",
    )


def test_outputs_of_what_a_retry_leaves_out_stay_known(queue: Queue, deployer: User) -> None:
    # Fails the first time only: on a retry the first step is left out.
    once = '#{if Octopus.Step[First].Status.Code == "Succeeded"}fail#{else}succeed#{/if}'
    text = "#{Octopus.Action[First].Output.Inputs}"
    deployment = run(
        queue(
            scripted("First", "succeed", text="hello"),
            scripted("Second", once),
            scripted("Third", "succeed", text=text),
        )
    )
    assert deployment.state == State.FAILED
    again = run(services.retry_deployment(deployment, by=deployer))
    assert again.state == State.SUCCEEDED
    assert [step.state for step in again.steps.all()] == ["skipped", "succeeded", "succeeded"]
    assert again.steps.all()[0].reason == f"Succeeded in deployment {deployment.pk}."
    third = TargetRun.objects.get(step_run__deployment=again, step_run__slug="third")
    assert third.outputs["Inputs"] == "hello"


def test_log_lines_of_many_targets_are_numbered_without_gaps(queue: Queue, ten: list[str]) -> None:
    deployment = run(queue(scripted("First", "wait", "wait", "succeed", window=4)))
    numbers = list(deployment.lines.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, deployment.last_seq + 1))
    assert len([text for text in texts(deployment) if text.startswith("move")]) == 30


def test_what_serves_where_one_of_several_targets_failed_says_on_which(
    queue: Queue, staging: Environment
) -> None:
    builders.target("a1", environments=[staging])
    beside = '#{if Octopus.Machine.Id == "a1"}fail beside#{else}succeed#{/if}'
    deployment = run(queue(scripted("First", beside)))
    assert deployment.error is not None
    assert deployment.error["still_serving"] == "On a1: Nothing serves web yet."
    alone = run(queue(scripted("First", "fail beside", tags=("web",)), targets=["a1"]))
    assert alone.error is not None
    assert alone.error["still_serving"] == "Nothing serves web yet."


def test_of_several_failed_targets_sentence_and_cell_say_how_many(
    queue: Queue, staging: Environment, client_of_administrator: Client
) -> None:
    builders.target("a1", environments=[staging])
    builders.target("a2", environments=[staging])
    script = '#{if Octopus.Machine.Id == "shop-staging"}succeed#{else}fail#{/if}'
    deployment = run(queue(scripted("First", script), scripted("Second", "succeed")))
    assert deployment.error is not None
    assert deployment.error["message"] == "2 of 3 targets failed. It broke."
    assert "2 of 3 targets failed. It broke." in client_of_administrator.get("/").content.decode()


def test_of_targets_that_failed_of_different_things_one_cause_is_not_told_as_that_of_all(
    queue: Queue, staging: Environment, client_of_administrator: Client
) -> None:
    builders.target("a1", environments=[staging])
    deployment = run(queue(scripted("First", fail_on("a1", "abort"))))
    assert deployment.error is not None
    said = "2 of 2 targets failed for 2 reasons. On a1: It broke."
    assert deployment.error["message"] == said
    assert said in client_of_administrator.get("/").content.decode()
