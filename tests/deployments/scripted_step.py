"""A step type whose runner follows a script kept in its inputs: the engine's tests use it.

`inputs["script"]` is a list of moves, one a call: `wait`, `echo`, `intend`, `succeed`, `fail`,
`fail once`, `ask`, `aws`, `hang`, `hang, wait long`, `crash`. Every call of a runner is noted in
`CALLS`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from ecsportal.steps import catalogue
from ecsportal.steps.contract import (
    Asks,
    Cancelled,
    Failed,
    Intends,
    JsonDict,
    Progress,
    RunContext,
    Skipped,
    StepError,
    Succeeded,
    Waiting,
)
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import ImageNeed, StepForm

HELD = threading.Event()
"""What a `hang` waits for."""
CALLS: list[tuple[str, str, Any]] = []
"""(method, target, what was noted) in order."""


class ScriptedRunner:
    def start(self, run: RunContext) -> Progress:
        return self._move("start", run, {"at": 0})

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        return self._move("poll", run, state)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        CALLS.append(("cancel", run.target.slug, state["at"]))
        if run.inputs.get("undo") == "wait long":
            return Waiting(state, after=3600.0)
        if run.inputs.get("undo") == "ask":
            return Asks("Go on?", ("retry", "fail"), state)
        return Cancelled("Nothing stays behind.")

    def _move(self, method: str, run: RunContext, state: JsonDict) -> Progress:
        moves = run.inputs["script"]
        at = state["at"]
        move = moves[min(at, len(moves) - 1)]
        CALLS.append((method, run.target.slug, (move, run.intent_is_new, run.answer)))
        run.log.info(f"move {at}: {move}")
        following = {"at": at + 1}
        if move == "echo":
            text = str(run.inputs["text"])
            for part in (text, text[:9], f"    {text[9:]}", text.upper()):
                run.log.info(part)
            return Waiting(following, after=0.0)
        if move == "crash" and method == "poll":
            raise RuntimeError("a bug in a step type")
        if move == "fail once":
            move = "fail" if run.token_base.endswith("-1") else "succeed"
        if move in ("hang", "hang, wait long"):
            HELD.wait(20)
            move = move.removeprefix("hang, ")
        if move == "aws":
            run.aws.ecs.list_clusters()
        said: dict[str, Progress] = {
            "wait": Waiting(following, after=0.0),
            "wait long": Waiting(following, after=3600.0),
            "intend": Intends("create", run.token("create"), following),
            "ask": Asks("Go on?", ("retry", "fail"), following, **run.inputs.get("asks", {})),
            "fail": Failed(StepError("TEST-FAILED", "It broke.", "Mend it.", cause="test")),
            "fail beside": Failed(
                StepError("TEST-FAILED", "It broke.", still_serving="Nothing serves web yet.")
            ),
            "abort": Failed(StepError("TEST-ABORTED", "Somebody aborted it."), decided=True),
            "skip": Skipped("Nothing to do."),
        }
        if move in said:
            return said[move]
        return Succeeded(
            {
                "Answer": run.answer or "none",
                "Note": run.answer_note,
                "By": run.answered_by,
                "Inputs": str(run.inputs.get("text")),
            }
        )


class ScriptedStep:
    slug = "scripted"
    name = "Scripted step"
    summary = "Follows a script."
    choose_when = "A test wants it."
    version = 1
    runner = ScriptedRunner()
    runs_on_targets = True
    can_export = False

    def initial_inputs(self) -> JsonDict:
        return {"script": ["succeed"]}

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        return []

    def schema(self, version: int) -> JsonDict:
        return {"type": "object"}

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        return []

    def summarise(self, inputs: JsonDict) -> str:
        return ", ".join(inputs["script"])

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        return ""

    def export(self, inputs: JsonDict, version: int) -> JsonDict:
        return {}

    def form(self, inputs: JsonDict, *, choices: Mapping[str, Any]) -> StepForm:
        raise LookupError("no form")

    def form_from_post(self, post: Mapping[str, Any], *, choices: Mapping[str, Any]) -> StepForm:
        raise LookupError("no form")


class UntargetedStep(ScriptedStep):
    slug = "untargeted"
    name = "Scripted step without targets"
    runs_on_targets = False


def register() -> None:
    """Make the step types known."""
    catalogue.register(ScriptedStep())
    catalogue.register(UntargetedStep())


def untargeted(name: str, *script: str, **fields: Any) -> JsonDict:
    """As below, for a step that runs once and on no target."""
    return scripted(name, *script, tags=(), **fields) | {"type": "untargeted"}


def scripted(name: str, *script: str, tags: tuple[str, ...] = ("web",), **fields: Any) -> JsonDict:
    """A step of a process that follows the script.

    Of the fields `text`, `asks` and `undo` (what a cancel leads to) are inputs.
    """
    step = {
        "slug": name.lower().replace(" ", "-"),
        "name": name,
        "type": "scripted",
        "version": 1,
        "target_tags": list(tags),
        "inputs": {
            "script": list(script),
            "text": fields.pop("text", ""),
            "asks": fields.pop("asks", {}),
            "undo": fields.pop("undo", ""),
        },
        "start": "after_previous",
        "condition": "success",
        "expression": "",
        "environments": [],
        "channels": [],
        "required": False,
        "disabled": False,
        "attempts": 1,
        "window": None,
    }
    return step | fields
