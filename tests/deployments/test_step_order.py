"""Steps side by side and one after the other, and the conditions that decide whether they run."""

from __future__ import annotations

import pytest

from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.problems import ValidationProblem
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted
from tests.deployments.test_engine import make_due


def states(deployment: Deployment) -> list[str]:
    return [step.state for step in deployment.steps.all()]


def test_a_group_of_parallel_steps_ends_before_the_next_step_begins(queue: Queue) -> None:
    steps = [
        scripted("First", "wait long", "succeed"),
        scripted("Beside", "succeed", start="with_previous"),
        scripted("Also", "wait long", "wait long", "succeed", start="with_previous"),
        scripted("Last", "succeed"),
    ]
    deployment = run(queue(*steps))
    assert states(deployment) == ["executing", "succeeded", "executing", "pending"]
    make_due()
    run(deployment)
    assert states(deployment) == ["succeeded", "succeeded", "executing", "pending"]
    make_due()
    assert run(deployment).state == State.SUCCEEDED


def test_a_failure_in_a_parallel_group_lets_the_group_end_and_skips_the_rest(
    queue: Queue,
) -> None:
    steps = [
        scripted("First", "fail"),
        scripted("Beside", "wait long", "succeed", start="with_previous"),
        scripted("Last", "succeed"),
    ]
    deployment = run(queue(*steps))
    assert states(deployment) == ["failed", "executing", "pending"]
    make_due()
    assert run(deployment).state == State.FAILED
    assert states(deployment) == ["failed", "succeeded", "skipped"]


@pytest.mark.parametrize(
    ("first", "expression", "state"),
    [
        ("succeed", '#{if Wanted == "yes"}True#{/if}', "succeeded"),
        ("succeed", '#{if Wanted == "no"}True#{/if}', "skipped"),
        ("succeed", '#{if Octopus.Action[First].Output.Inputs == "v2"}True#{/if}', "succeeded"),
        ("succeed", '#{if Octopus.Action[First].Output.Inputs == "v1"}True#{/if}', "skipped"),
        ("succeed", "#{if Octopus.Deployment.Error}True#{/if}", "skipped"),
        ("fail", "#{if Octopus.Deployment.Error}True#{/if}", "succeeded"),
        ("fail", '#{if Octopus.Deployment.Error == "It broke."}True#{/if}', "succeeded"),
        (
            "fail",
            '#{if Octopus.Step[First].Status.Code == "Failed"}True#{/if}',
            "succeeded",
        ),
        ("succeed", '#{if Octopus.Step[First].Status.Code == "Failed"}True#{/if}', "skipped"),
        ("succeed", '#{if Octopus.Environment.Name == "Staging"}True#{/if}', "succeeded"),
        ("succeed", "#{if", "skipped"),
        ("succeed", "#{Nowhere}", "skipped"),
    ],
)
def test_an_expression_decides_with_variables_outputs_and_earlier_states(
    queue: Queue, first: str, expression: str, state: str
) -> None:
    steps = [
        scripted("First", first, text="v2"),
        scripted("Last", "succeed", condition="expression", expression=expression),
    ]
    project = builders.project(steps=steps)
    builders.variables(project, {"name": "Wanted", "value": "yes"})
    deployment = run(queue(project=project))
    last = deployment.steps.get(slug="last")
    assert last.state == state
    if state == "skipped":
        assert last.reason.startswith("Not run: its condition ")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("False", "Not run: its condition isn't true."),
        ("#{Nowhere}", "Not run: its condition isn't true (#{Nowhere} has no value)."),
        ("#{if", "Not run: its condition can't be read ("),
        (
            "#{Octopus.Action[First].Output.Inputs}",
            "Not run: its condition isn't true (#{Octopus.Action[First].Output.Inputs} has no",
        ),
    ],
)
def test_why_a_condition_is_not_true_is_told(queue: Queue, expression: str, reason: str) -> None:
    """The last one looks up an output of a step that failed."""
    steps = [
        scripted("First", "fail"),
        scripted("Last", "succeed", condition="expression", expression=expression),
    ]
    deployment = run(queue(*steps))
    last = deployment.steps.get(slug="last")
    assert last.state == "skipped"
    assert last.reason.startswith(reason)
    assert deployment.lines.filter(text=last.reason).exists()


def test_clean_up_runs_after_a_failure_and_the_deployment_stays_failed(queue: Queue) -> None:
    steps = [
        scripted("Migrate", "fail"),
        scripted("Web", "succeed"),
        untargeted("Clean up", "succeed", condition="failure"),
        untargeted("Tell", "succeed", condition="always"),
    ]
    deployment = run(queue(*steps))
    assert states(deployment) == ["failed", "skipped", "succeeded", "succeeded"]
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["step"] == "migrate"


def test_a_required_step_is_not_left_out(queue: Queue) -> None:
    steps = scripted("First", "succeed", required=True), scripted("Second", "succeed")
    with pytest.raises(
        ValidationProblem, match="First is required: it can't be left out"
    ) as caught:
        queue(*steps, skip_steps=["first"])
    assert [error.path for error in caught.value.errors] == ["skip_steps"]


def test_three_attempts_are_three_and_each_has_tokens_of_its_own(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail", attempts=3)))
    for attempt in (2, 3):
        assert TargetRun.objects.get().attempt == attempt
        assert deployment.state == State.EXECUTING
        make_due()
        run(deployment)
    assert deployment.state == State.FAILED
    assert [call[0] for call in CALLS] == ["start", "start", "start"]
    warned = deployment.lines.filter(level="warning").values_list("text", flat=True)
    assert list(warned) == [
        "It broke. Attempt 1 of 3; trying again.",
        "It broke. Attempt 2 of 3; trying again.",
    ]


def test_an_attempt_has_its_time_from_its_own_beginning(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail", attempts=2)))
    again = TargetRun.objects.get()
    assert again.started_at is not None
    assert deployment.started_at is not None
    assert again.started_at > deployment.started_at
    assert again.started_at == again.due_at
