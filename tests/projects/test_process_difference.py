"""Differences between two processes."""

from __future__ import annotations

from typing import Any

from ecsportal.projects.process_difference import Change, differences


def step(slug: str, **inputs: Any) -> dict[str, Any]:
    return {"slug": slug, "name": slug.title(), "disabled": False, "inputs": inputs}


def test_equal_processes_differ_in_nothing() -> None:
    assert differences([step("a", cpu="256")], [step("a", cpu="256")]) == []


def test_steps_are_added_and_removed() -> None:
    assert differences([step("a")], [step("b")]) == [
        Change("added", "b", "B"),
        Change("removed", "a", "A"),
    ]


def test_moving_one_step_is_one_move() -> None:
    before = [step("a"), step("b"), step("c")]

    assert differences(before, [before[2], before[0], before[1]]) == [Change("moved", "c", "C")]


def test_a_changed_input_is_named_without_the_word_inputs() -> None:
    changes = differences([step("a", memory="1024")], [step("a", memory="2048")])

    assert changes == [Change("changed", "a", "A", "memory", "1024", "2048")]
    assert changes[0].words == "memory 1024 → 2048"


def test_values_inside_lists_are_named_by_place() -> None:
    before = step("a", containers=[{"name": "web", "ports": [{"port": 80}]}])
    after = step("a", containers=[{"name": "web", "ports": [{"port": 81}]}])

    assert [change.path for change in differences([before], [after])] == [
        "containers[0].ports[0].port"
    ]


def test_lists_of_another_length_are_told_by_their_size() -> None:
    before, after = step("a", ports=[{"port": 1}]), step("a", ports=[{"port": 1}, {"port": 2}])

    assert differences([before], [after])[0].words == "ports 1 entry → 2 entries"


def test_flags_nothing_and_long_text_read_well() -> None:
    before = step("a", text=None, on=False, tags=["web"])
    after = step("a", text="x" * 100, on=True, tags=["web", "blue"])

    assert [change.words for change in differences([before], [after])] == [
        f"text empty → {'x' * 59}…",
        "on off → on",
        "tags web → web, blue",
    ]


def test_a_long_text_is_told_by_its_lines() -> None:
    before = [step("a", template="A: 1\nB: 2\nC: 3\n")]
    after = [step("a", template="A: 1\nB: 3\nC: 3\nD: 4\n")]
    (change,) = differences(before, after)
    assert change.words == "template 3 lines → 4 lines, 2 new, 1 gone"
    (first,) = differences([step("a", template="")], after)
    assert first.words == "template empty → 4 lines"
