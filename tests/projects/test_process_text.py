"""A process as YAML and back, and what is said of text that is none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsportal.projects.process_text import (
    MAX_ALIASES,
    ProcessTextError,
    process_text,
    read_process_text,
)
from ecsportal.projects.step_document import read_steps
from tests import builders


def error_of(text: str) -> tuple[int, str]:
    """Line and message of the one error in the text."""
    with pytest.raises(ProcessTextError) as caught:
        read_process_text(text)
    (error,) = caught.value.errors
    return error.line, error.message


def test_a_process_comes_back_as_it_was() -> None:
    steps = [
        builders.web_step("Deploy web"),
        builders.web_step("Clean up", condition="failure", attempts=3, environments=["production"]),
    ]

    read = read_process_text(process_text(steps))

    assert read_steps(read.steps) == (steps, [])


def test_settings_that_are_the_default_are_left_out() -> None:
    text = process_text([builders.web_step(condition="always")])

    assert "condition: always" in text
    assert "attempts" not in text
    assert "window" not in text


def test_the_heading_becomes_a_comment() -> None:
    assert process_text([], heading="One\nTwo").startswith("# One\n# Two\nsteps: []")


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**15), max_value=10**15),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
    st.sampled_from(["yes", "off", "0123", "1e3", "~", "", " a ", "a\nb\n", "#{X}", "12:30", "="]),
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(inputs=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), documents))
def test_any_inputs_come_back_as_they_were(inputs: dict[str, Any]) -> None:
    (step,) = read_process_text(process_text([builders.web_step() | {"inputs": inputs}])).steps

    assert step["inputs"] == inputs


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        errors = read_process_text(text).steps and ()
    except ProcessTextError as error:
        errors = error.errors

    assert all(1 <= each.line <= text.count("\n") + 2 for each in errors)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("steps:\n  - name: [1\n", 3, "This is no YAML: did not find expected ',' or ']'."),
        ("steps: []\nstages: []\n", 2, 'There is no key "stages" here, only "steps".'),
        ("steps:\n  - name: A\n    name: B\n", 3, 'The key "name" is there twice.'),
        ("steps: yes\n", 1, "Steps are a list."),
        ("- a\n", 1, 'The document is an object with the key "steps".'),
        ("", 1, 'The text is empty; it needs the key "steps".'),
        ("steps:\n  - <<: {name: A}\n", 2, "Merge keys (<<) aren't read. Write them out."),
        ("steps:\n  - name: !Ref Cluster\n", 2, "There is no tag !Ref here."),
        ("steps: &all\n  - *all\n", 1, "An alias stands for something that it is part of."),
        ("steps:\n  - [a, b]: c\n", 2, "A key has to be plain text."),
        ("steps:\n  - name: \x00\n", 2, "This is no YAML: the character U+0000 can't stand here."),
    ],
)
def test_what_is_no_process_is_told_with_its_line(text: str, line: int, words: str) -> None:
    assert error_of(text) == (line, words)


def test_many_aliases_are_refused_before_they_are_followed() -> None:
    laughs = ["a0: &a0 [lol]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    line, message = error_of("\n".join(laughs))

    assert message == f"More than {MAX_ALIASES} aliases. Write the values out."
    assert line == 2 + MAX_ALIASES // 9


def test_few_aliases_that_grow_are_refused_too() -> None:
    laughs = ["steps:", "- &a0 [x, x, x, x, x, x, x, x]"]
    laughs += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 9)]

    assert "values in all" in error_of("\n".join(laughs))[1]


def test_an_alias_stands_for_its_value() -> None:
    read = read_process_text("steps:\n- tags: &t [a, b]\n- tags: *t\n")

    assert read.steps == [{"tags": ["a", "b"]}, {"tags": ["a", "b"]}]


def test_deep_nesting_is_refused() -> None:
    assert "Nested deeper" in error_of("steps: " + "[" * 5000)[1]


def test_a_path_leads_to_its_line_or_the_nearest() -> None:
    text = "steps:\n- name: A\n  inputs:\n    cpu: 256\n    containers:\n    - name: web\n"
    read = read_process_text(text)

    assert read.line_of("steps[0].inputs.cpu") == 4
    assert read.line_of("steps[0].inputs.containers[0].image.feed") == 6
    assert read.line_of("steps[0].inputs.memory") == 3
    assert read.line_of("nothing") == 1


def test_words_of_older_yaml_stay_text() -> None:
    read = read_process_text("steps: [{a: yes, b: 0777, c: 12:30, d: true, e: 5, f: null}]")

    assert read.steps == [{"a": "yes", "b": "0777", "c": "12:30", "d": True, "e": 5, "f": None}]


def test_other_readers_of_yaml_read_the_same() -> None:
    step = builders.web_step(expression="on", inputs={"a": "0123", "b": "no", "c": "x\ny\n"})

    assert yaml.safe_load(process_text([step]))["steps"][0]["inputs"] == step["inputs"]
