"""What has to hold after any kill: each check returns sentences about what doesn't."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

Lines = Sequence[Mapping[str, Any]]

ENDS = {
    "succeeded": r"Deployed .+ in .+\.",
    "failed": r"Deploying .+ failed at .+",
    "cancelled": r"Cancelled .+|.+ stopped waiting for the cancel to end\..*",
    "timed_out": r"Not started before it expired at .+",
}
ONCE = re.compile(
    r"Deploying .+, asked for by|Comment: |Running as |Image \w+: |Stack .+ doesn't exist, creating"
    r"|Stack .+ exists \(.+\), updating|Registered |Runs .+, container |CancelUpdateStack accepted"
    r"|.+ cancelled this deployment\.|.+ answered |Deployed .+ in "
)
"""Beginnings of lines that come once in a step on a target."""
ONCE_AN_ATTEMPT = ("cloudformation.CreateStack", "cloudformation.UpdateStack", "ecs.RunTask")
NAMES_A_TASK = re.compile(r"\b[0-9a-f]{8}\b")
"""What happens to one task happens once."""


def of_log(lines: Lines, *, state: str, last_seq: int) -> list[str]:
    """Numbered without gaps, in order, nothing twice, and ended by the line of its end."""
    problems = []
    numbers = [line["seq"] for line in lines]
    if numbers != list(range(1, len(lines) + 1)):
        problems.append(f"its log is numbered {_ranges(numbers)}, not 1 to {len(lines)}")
    if last_seq != len(lines):
        problems.append(f"last_seq is {last_seq}, but the log has {len(lines)} lines")
    late = [b["seq"] for a, b in pairwise(lines) if b["at"] < a["at"]]
    if late:
        problems.append(f"lines {late} are older than the lines before them")
    problems += [f'the log has twice: "{text}"' for text in _repeated(lines)]
    last = lines[-1]["text"] if lines else ""
    if not re.fullmatch(ENDS.get(state, ".*"), last):
        problems.append(f'it is {state}, but its last line is "{last}"')
    return problems


def _repeated(lines: Lines) -> list[str]:
    told = [
        (line["step"], line["target"], line["text"]) for line in lines if line["level"] != "wait"
    ]
    doubled = [b[2] for a, b in pairwise(told) if a == b]
    once = Counter(
        (step, target, found[0] if (found := ONCE.match(text)) else text)
        for step, target, text in told
        if ONCE.match(text) or (NAMES_A_TASK.search(text) and not text.startswith("Image"))
    )
    return doubled + [text for (_, _, text), count in once.items() if count > 1]


def of_viewer(seen: Sequence[int], *, ended: bool, last_seq: int) -> list[str]:
    """Every line once and in order, up to the end."""
    problems = [] if ended else ["its viewer was never told of the end"]
    if list(seen) != list(range(1, last_seq + 1)):
        problems.append(f"its viewer saw lines {_ranges(seen)} of 1 to {last_seq}")
    return problems


def of_states(deployment: Mapping[str, Any]) -> list[str]:
    """The deployment's state fits its steps' and its error, which is none of the portal's own."""
    state, states = deployment["state"], {step["state"] for step in deployment["steps"]}
    fits = {
        "succeeded": states <= {"succeeded", "skipped"} and deployment["error"] is None,
        "failed": "failed" in states and deployment["error"] is not None,
        "cancelled": "failed" not in states and bool(states & {"cancelled", "skipped"}),
    }
    unfinished = states & {"pending", "executing", "waiting", "cancelling"}
    error = (deployment["error"] or {}).get("code")
    if fits.get(state, False) and not unfinished and error != "PORTAL-ERROR":
        return []
    return [f"it is {state} with steps {sorted(states)} and error {error}"]


def of_writes(calls: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """AWS began nothing more often than there are tokens, and no attempt changed its token."""
    problems = []
    for name, count in calls.items():
        tokens = count["tokens"]
        if tokens and count["started"] > len(tokens):
            times = f"{count['started']} times for {len(tokens)} tokens"
            problems.append(f"{name} began something {times}")
        if name in ONCE_AN_ATTEMPT:
            asked = Counter(_attempt(token) for token in tokens)
            problems += [
                f"{name} was asked for with {number} tokens by {attempt}"
                for attempt, number in asked.items()
                if number > 1
            ]
    return problems


def of_stack_events(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """An attempt begins each kind of operation on a stack once."""
    began = Counter(
        (event["StackId"], _attempt(event.get("ClientRequestToken", "")), event["ResourceStatus"])
        for event in events
        if event["PhysicalResourceId"] == event["StackId"]
        and event["ResourceStatus"]
        in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    )
    return [
        f"{status} was begun {count} times by {attempt or 'nobody'} on {stack}"
        for (stack, attempt, status), count in began.items()
        if count > 1
    ]


def _attempt(token: str) -> str:
    """The step run, target and attempt that a token begins with; another's token as it is."""
    found = re.match(r"portal-\d+-\d+-\d+-", token)
    return found[0] if found else token


def of_definitions(releases: Sequence[str], registered: Sequence[str]) -> list[str]:
    """No release was registered as a task definition more often than it was deployed."""
    deployed, made = Counter(releases), Counter(registered)
    return [
        f"task definition of {release} registered {count} times in {deployed[release]} deployments"
        for release, count in made.items()
        if count > deployed[release]
    ]


def at_rest(rows: Sequence[Sequence[Any]], unread: Sequence[Sequence[Any]]) -> list[str]:
    """Of deployments that ended: nothing due, no lease, no message left."""
    problems = [
        f"deployment {pk} is {state}, due at {due_at}, leased until {lease_until}"
        for pk, state, due_at, lease_until in rows
    ]
    return problems + [f"deployment {pk} has an unread message to {kind}" for pk, kind in unread]


def of_printed(name: str, printed: str) -> list[str]:
    """No turn of a worker broke on an error of the portal's own."""
    broken = re.findall(r"event='(?:turn|runner)_broke'.*", printed)
    return [f"{name} wrote: {line[:300]}" for line in broken]


def _ranges(numbers: Sequence[int]) -> str:
    """`1-5, 5-9`: where a sequence goes on by one, and where it doesn't."""
    if not numbers:
        return "none"
    starts = [numbers[0]] + [b for a, b in pairwise(numbers) if b != a + 1]
    ends = [a for a, b in pairwise(numbers) if b != a + 1] + [numbers[-1]]
    return ", ".join(f"{a}-{b}" for a, b in zip(starts, ends, strict=True))
