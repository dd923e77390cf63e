"""Two versions of a step, difference by difference."""

from __future__ import annotations

from typing import Any

from ecsportal.projects.step_conflict import differences_between, merged


def step(name: str = "Web", **inputs: Any) -> dict[str, Any]:
    return {"slug": "web", "name": name, "target_tags": ["web"], "attempts": 1, "inputs": inputs}


def between(
    opened: Any, theirs: Any, yours: Any, **chosen: str
) -> list[tuple[str, str, str, bool]]:
    """Path, theirs, yours and whether theirs is taken, of each difference."""
    posted = {f"_take:{path.replace('__', '.')}": side for path, side in chosen.items()}
    return [
        (each.path, each.theirs_in_words, each.yours_in_words, each.takes_theirs)
        for each in differences_between(opened, theirs, yours, chosen=posted)
    ]


def test_what_only_one_changed_is_proposed() -> None:
    opened, theirs = step(a=1, b=1, c=1), step(a=2, b=1, c=2)
    yours = step(a=1, b=2, c=3)
    assert between(opened, theirs, yours) == [
        ("a", "2", "1", True),
        ("b", "1", "2", False),
        ("c", "2", "3", False),
    ]


def test_nobody_knows_what_was_opened() -> None:
    assert between(None, step(a=2), step(a=1)) == [("a", "2", "1", False)]


def test_a_posted_choice_wins_and_junk_is_ignored() -> None:
    opened, theirs, yours = step(a=1, b=1), step(a=2, b=2), step(a=1, b=3)
    assert between(opened, theirs, yours, inputs__a="yours", inputs__b="theirs") == [
        ("a", "2", "1", False),
        ("b", "2", "3", True),
    ]
    assert between(opened, theirs, yours, inputs__a="x")[0][3]


def test_rows_are_compared_one_by_one_while_they_are_the_same_rows() -> None:
    rows = [{"name": "web", "cpu": 1}, {"name": "api", "cpu": 1}]
    theirs = [rows[0] | {"cpu": 2}, rows[1]]
    assert between(None, step(c=theirs), step(c=rows)) == [("c[0].cpu", "2", "1", False)]
    assert between(None, step(c=theirs[::-1]), step(c=rows)) == [
        ("c", "2 entries: api, web", "2 entries: web, api", False)
    ]


def test_what_the_editor_does_not_show_is_no_difference() -> None:
    theirs = step("Theirs") | {"version": 3, "target_tags": ["a", "b"]}
    assert between(None, theirs, step()) == [
        ("name", "Theirs", "Web", False),
        ("target_tags", "a, b", "web", False),
    ]


def test_merging_takes_each_side_where_it_was_chosen() -> None:
    opened = step(a=1, b={"x": 1}, c=[{"port": 1}])
    theirs, yours = step(a=2, b={"x": 1, "y": 2}, c=[{"port": 2}]), step(a=1, c=[{"port": 1}], d=1)
    found = differences_between(opened, theirs, yours, chosen={"_take:inputs.d": "theirs"})
    assert merged(yours, found) == step(a=2, c=[{"port": 2}])
    assert yours == step(a=1, c=[{"port": 1}], d=1)
