"""What the step declares: rules, form, schema."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.steps.http_check.step_type import STEP_TYPE
from ecsportal.steps.problems import StepInputsError


def problems(**inputs: Any) -> dict[str, str]:
    given = {"url": "https://shop.example/healthz"} | inputs
    return {problem.path: problem.message for problem in STEP_TYPE.check(given, 1)}


def test_a_new_step_states_every_default_and_waits_for_its_address() -> None:
    inputs = STEP_TYPE.initial_inputs()
    assert inputs == {
        "url": "",
        "method": "GET",
        "status": 200,
        "body_contains": "",
        "attempts": 10,
        "interval_seconds": 3,
    }
    assert [problem.path for problem in STEP_TYPE.check(inputs, 1)] == ["url"]
    assert set(STEP_TYPE.schema(1)["properties"]) == set(inputs)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/healthz",
        "http://10.0.0.1:8080",
        "http://[::1]/",
        "#{Octopus.Action[Stack].Output.AwsOutputs[Url]}/healthz",
    ],
)
def test_web_addresses_and_bound_ones_are_taken(url: str) -> None:
    assert problems(url=url) == {}


@pytest.mark.parametrize(
    "url",
    [
        "shop.example/healthz",
        "ftp://shop.example/",
        "http:///healthz",
        "http://shop.example:port/",
        "https://user:secret@shop.example/",
        "https://shop.example/a b",
        "http://[::1/",
    ],
)
def test_what_cannot_be_asked_is_told_at_the_address(url: str) -> None:
    assert set(problems(url=url)) == {"url"}


def test_numbers_and_method_have_their_bounds() -> None:
    assert set(problems(status=99, attempts=0, interval_seconds=4000)) == {
        "status",
        "attempts",
        "interval_seconds",
    }
    assert problems(method="BREW") == {"method": 'Has to be GET, HEAD or POST; it is "BREW".'}
    assert set(problems(method="HEAD", body_contains="ok")) == {"body_contains"}


def test_an_unknown_field_is_named() -> None:
    assert problems(verb="GET") == {"verb": "There is no field verb."}


def test_it_makes_no_template() -> None:
    with pytest.raises(StepInputsError, match="makes no template"):
        STEP_TYPE.export(STEP_TYPE.initial_inputs(), 1)


def test_it_is_summarised_in_a_line() -> None:
    inputs = STEP_TYPE.initial_inputs()
    assert STEP_TYPE.summarise(inputs) == "No address yet"
    inputs["url"] = "https://shop.example/healthz"
    assert STEP_TYPE.summarise(inputs) == "GET https://shop.example/healthz, expecting 200"
