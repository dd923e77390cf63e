"""Junk in any place of the inputs is told at that place; nothing breaks on it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.step_type import STEP_TYPE
from ecsportal.steps.fields import path_of
from ecsportal.steps.findings import Findings
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.render import render
from ecsportal.steps.texts import check_name
from tests.steps.deploy_ecs_service.every_input import every_input

Way = tuple[str | int, ...]
JUNK: list[Any] = [
    None, True, -1, 10**30, 1.5, float("inf"), "", " ", "\0", "\u2028", "#{", "#{A", "#{}", "#{if",
    "#{A | B}", "${A}", "<script>",
    "'\"\\", "ß" * 3000, "🚢", [], [None], [[]], {}, {"a": 1}, ["x", 1],
]  # fmt: skip


def ways(document: Any, way: Way = ()) -> Iterator[Way]:
    """Every place in the document, objects and lists too."""
    if way:
        yield way
    items = document.items() if isinstance(document, dict) else enumerate(document)
    if isinstance(document, dict | list):
        for key, value in items:
            yield from ways(value, (*way, key)) if isinstance(value, dict | list) else [(*way, key)]


WAYS = list(ways(every_input()))


def with_junk(way: Way, junk: Any) -> JsonDict:
    document: Any = every_input()
    holder = document
    for part in way[:-1]:
        holder = holder[part]
    holder[way[-1]] = copy.deepcopy(junk)
    return dict(document)


def near(path: str, way: Way) -> bool:
    """True for the place itself, for what lies within it, and for what the place is a part of."""
    place = path_of(way)
    return path.startswith(place) or place.startswith(path)


def outcome(request: JsonDict) -> tuple[str, list[str]]:
    """The template, or the places of the problems that kept it from being made."""
    try:
        return render(request).text, []
    except StepInputsError as error:
        return "", [problem.path for problem in error.problems]


@settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(WAYS), st.sampled_from(JUNK))
def test_junk_is_a_problem_or_a_template_and_never_an_exception(way: Way, junk: Any) -> None:
    inputs = with_junk(way, junk)
    asked: JsonDict = {"type": "deploy-ecs-service", "version": 2, "inputs": inputs}
    for request in (asked, asked | {"variables": {"A": "x"}}):
        text, told = outcome(request)
        assert text or [path for path in told if near(path, way)]
    STEP_TYPE.check(inputs, 1)
    STEP_TYPE.notes(inputs, 2)
    STEP_TYPE.images(inputs)
    STEP_TYPE.summarise(inputs)
    STEP_TYPE.stack_name(inputs, cluster="c", environment_id="e")
    STEP_TYPE.form(inputs, version=2, choices={"feeds": []})


def test_every_character_that_a_name_may_not_hold_is_named() -> None:
    allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for code in (*range(0x300), 0x200B, 0x2028, 0xFEFF, 0x1F6A2):
        findings = Findings()
        check_name(findings, "task_name", f"web{chr(code)}", "task")
        told = [problem.message for problem in findings.problems]
        if chr(code) in allowed:
            assert told == []
        else:
            assert len(told) == 1
            assert told[0].endswith(" has to go.")
            assert told[0].isprintable()
