from __future__ import annotations

from typing import Any

import pytest

from tests.chaos import checks

TEXTS = ("Deploying shop 1.0.1 to Staging, asked for by ada.", "Running as arn:aws:sts::1:user/a",
         "Task 468de3d1 (shop:1) is running", "Deployed 1.0.1 to Staging in 4 s.")  # fmt: skip


def log(*texts: str) -> list[dict[str, Any]]:
    return [
        {"seq": n, "at": f"10:00:0{n}", "level": "info", "step": "", "target": "", "text": text}
        for n, text in enumerate(texts, start=1)
    ]


def of(lines: list[dict[str, Any]], **more: Any) -> list[str]:
    return checks.of_log(lines, **{"state": "succeeded", "last_seq": len(lines)} | more)


def test_a_whole_log_is_fine() -> None:
    assert of(log(*TEXTS)) == []


def test_a_gap_is_told() -> None:
    lines = log(*TEXTS)
    del lines[1]
    assert of(lines) == ["its log is numbered 1-1, 3-4, not 1 to 3"]


def test_a_line_that_came_twice_is_told() -> None:
    assert of(log(*TEXTS[:3], *TEXTS[2:])) == [f'the log has twice: "{TEXTS[2]}"'] * 2
    assert of(log(*TEXTS[:3], "Running as arn:aws:sts::1:user/a", TEXTS[3])) == [
        'the log has twice: "Running as "'
    ]


def test_a_wait_may_be_said_again() -> None:
    lines = log(TEXTS[0], "Still waiting", "Still waiting", TEXTS[3])
    lines[1]["level"] = lines[2]["level"] = "wait"
    assert of(lines) == []


def test_lines_in_the_wrong_order_are_told() -> None:
    lines = log(*TEXTS)
    lines[2]["at"] = "09:59:00"
    assert of(lines) == ["lines [3] are older than the lines before them"]


def test_an_end_that_does_not_fit_the_state_is_told() -> None:
    assert of(log(*TEXTS), state="failed") == [f'it is failed, but its last line is "{TEXTS[3]}"']
    assert of(log(*TEXTS[:3])) == [f'it is succeeded, but its last line is "{TEXTS[2]}"']


def test_a_wrong_count_of_lines_is_told() -> None:
    assert of(log(*TEXTS), last_seq=5) == ["last_seq is 5, but the log has 4 lines"]


@pytest.mark.parametrize(
    ("seen", "ended", "problems"),
    [
        ([1, 2, 3], True, []),
        ([1, 2, 2, 3], True, ["its viewer saw lines 1-2, 2-3 of 1 to 3"]),
        ([1, 3], True, ["its viewer saw lines 1-1, 3-3 of 1 to 3"]),
        ([1, 2, 3], False, ["its viewer was never told of the end"]),
    ],
)
def test_a_viewer_sees_each_line_once(seen: list[int], ended: bool, problems: list[str]) -> None:
    assert checks.of_viewer(seen, ended=ended, last_seq=3) == problems


@pytest.mark.parametrize(
    ("state", "steps", "error", "is_fine"),
    [
        ("succeeded", ["succeeded", "skipped"], None, True),
        ("succeeded", ["succeeded", "failed"], None, False),
        ("failed", ["failed", "skipped"], {"code": "X"}, True),
        ("failed", ["failed"], None, False),
        ("failed", ["failed"], {"code": "PORTAL-ERROR"}, False),
        ("cancelled", ["succeeded", "cancelled"], None, True),
        ("cancelled", ["succeeded", "executing"], None, False),
        ("executing", ["executing"], None, False),
    ],
)
def test_a_state_fits_its_steps(
    state: str, steps: list[str], error: dict[str, str] | None, is_fine: bool
) -> None:
    found = checks.of_states(
        {"state": state, "error": error, "steps": [{"state": each} for each in steps]}
    )
    assert (not found) is is_fine


def test_a_write_begun_twice_is_told() -> None:
    calls = {
        "ecs.RunTask": {"count": 3, "started": 2, "tokens": ["portal-1-1-1-run"]},
        "cloudformation.UpdateStack": {"count": 3, "started": 1, "tokens": ["portal-2-2-1-update"]},
        "ecs.UpdateService": {"count": 3, "started": 3, "tokens": []},
    }
    assert checks.of_writes(calls) == ["ecs.RunTask began something 2 times for 1 tokens"]


def test_an_attempt_that_comes_with_another_token_is_told() -> None:
    tokens = ["portal-1-1-1-run", "portal-1-1-2-run", "portal-1-1-2-again"]
    calls = {"ecs.RunTask": {"count": 3, "started": 3, "tokens": tokens}}
    assert checks.of_writes(calls) == ["ecs.RunTask was asked for with 2 tokens by portal-1-1-2-"]


def test_two_operations_with_one_token_are_told() -> None:
    began = {"StackId": "s", "PhysicalResourceId": "s", "ResourceStatus": "UPDATE_IN_PROGRESS"}
    events = [began | {"ClientRequestToken": token} for token in ("a", "b", "b")]
    assert checks.of_stack_events(events) == ["UPDATE_IN_PROGRESS was begun 2 times by b on s"]
    inside = {**began, "PhysicalResourceId": "service", "ClientRequestToken": "a"}
    assert checks.of_stack_events([inside, inside]) == []


def test_a_release_registered_twice_is_told() -> None:
    assert checks.of_definitions(["1", "2", "2"], ["1", "2", "2"]) == []
    assert checks.of_definitions(["1"], ["1", "1"]) == [
        "task definition of 1 registered 2 times in 1 deployments"
    ]


def test_what_is_left_behind_is_told() -> None:
    assert checks.at_rest([], []) == []
    assert len(checks.at_rest([(7, "succeeded", None, "soon")], [(8, "cancel")])) == 2


def test_a_turn_that_broke_is_told() -> None:
    printed = "level='error' event='turn_broke' deployment=7\nlevel='info' event='work'\n"
    assert checks.of_printed("worker-1", printed) == [
        "worker-1 wrote: event='turn_broke' deployment=7"
    ]
