"""What the step declares: rules, form, schema."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.steps import catalogue
from ecsportal.steps.step_type import ReadsSteps

STEP = catalogue.get("run-ecs-task")
SUBNET = "subnet-0123456789abcdef0"


def problems(**inputs: Any) -> dict[str, str]:
    given = {"step": "deploy-web"} | inputs
    return {problem.path: problem.message for problem in STEP.check(given, 1)}


def test_a_new_step_states_every_default_and_waits_for_its_task() -> None:
    inputs = STEP.initial_inputs()
    assert [problem.path for problem in STEP.check(inputs, 1)] == ["task_definition"]
    assert set(STEP.schema(1)["properties"]) == set(inputs)
    assert (inputs["count"], inputs["timeout_minutes"]) == (1, 15)


def test_either_a_step_or_a_definition_is_named() -> None:
    assert problems() == {}
    assert problems(step="", task_definition="migrate:3", subnet_ids=[SUBNET]) == {}
    assert set(problems(task_definition="migrate")) == {"task_definition"}
    assert set(problems(step="")) == {"task_definition"}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"count": 0}, "count"),
        ({"count": 11}, "count"),
        ({"timeout_minutes": 0}, "timeout_minutes"),
        ({"subnet_ids": ["net-1"]}, "subnet_ids[0]"),
        ({"subnet_ids": [SUBNET, SUBNET]}, "subnet_ids[1]"),
        ({"security_group_ids": ["sg-1"] * 6}, "security_group_ids"),
        ({"environment": [{"name": "", "value": "1"}]}, "environment[0].name"),
        ({"environment": [{"name": "A", "value": "x", "type": "secret"}]}, "environment[0].type"),
        ({"environment": [{"name": "A", "value": "1"}] * 2}, "environment[1].name"),
        ({"command_list": "rake"}, "command_list"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(fields: dict[str, Any], path: str) -> None:
    assert path in problems(**fields)


def test_bound_values_are_taken_on_trust() -> None:
    bound = {"count": "#{Count}", "subnet_ids": ["#{Subnet}"], "timeout_minutes": "#{Minutes}"}
    assert problems(**bound) == {}


def test_a_named_definition_without_subnets_is_worth_a_note() -> None:
    notes = STEP.notes({"task_definition": "migrate"}, 1)
    assert [note.path for note in notes] == ["subnet_ids"]
    assert STEP.notes({"step": "deploy-web"}, 1) == []


def test_it_says_on_which_step_it_builds() -> None:
    assert isinstance(STEP, ReadsSteps)
    assert STEP.reads_steps({"step": "deploy-web"}) == ["deploy-web"]
    assert STEP.reads_steps({"step": 3}) == []


def test_it_is_summarised_in_a_line() -> None:
    inputs = {"step": "deploy-web", "command_list": ["rake", "db:migrate"]}
    assert STEP.summarise(inputs) == "Runs the task of deploy-web: rake db:migrate"
    assert STEP.summarise({}) == "Runs no task yet"
