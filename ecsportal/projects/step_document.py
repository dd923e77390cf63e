"""A step of a process as the API has it: reading it, its defaults, its slug, what is wrong with it.

Nothing here touches the database: what exists (environments, channels) is handed in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ecsportal.slugs import slug_for
from ecsportal.steps import catalogue
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import StepModel, Text, read_with, shape_problem, wrong_shape
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import ReadsSteps, StepType

RESERVED_SLUGS = frozenset({"add", "new", "order", "revisions", "text", "undo"})
"""Taken by pages beside the steps' own, under `/projects/<slug>/process/`."""

NAME_LENGTH = 100
MAX_STEPS = 200
MAX_ATTEMPTS = 3
_SLUG = re.compile(r"[a-z0-9-]{1,60}")


def _read_word(words: tuple[str, ...], value: object) -> str:
    if isinstance(value, str) and value in words:
        return value
    raise wrong_shape(f"{', '.join(words[:-1])} or {words[-1]}", value)


def _read_whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong_shape("a whole number", value)


def _read_whole_or_none(value: object) -> int | None:
    return None if value is None else _read_whole(value)


def _read_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise wrong_shape("true or false", value)


def _read_object(value: object) -> JsonDict:
    if isinstance(value, dict):
        return value
    raise wrong_shape("an object", value)


def _word(*words: str) -> Any:
    return read_with(partial(_read_word, words), {"type": "string", "enum": list(words)})


Whole = Annotated[int, read_with(_read_whole, {"type": "integer"})]
WholeOrNone = Annotated[
    int | None,
    read_with(_read_whole_or_none, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
]
TrueOrFalse = Annotated[bool, read_with(_read_flag, {"type": "boolean"})]
Object = Annotated[JsonDict, read_with(_read_object, {"type": "object"})]


class StepDocument(StepModel):
    """All keys of a step; what may be left out has its default here."""

    slug: Text = ""
    name: Text
    type: Text
    version: WholeOrNone = None
    target_tags: list[Text] = Field(default_factory=list)
    inputs: Object = Field(default_factory=dict)
    start: Annotated[str, _word("after_previous", "with_previous")] = "after_previous"
    condition: Annotated[str, _word("success", "failure", "always", "expression")] = "success"
    expression: Text = ""
    environments: list[Text] = Field(default_factory=list)
    channels: list[Text] = Field(default_factory=list)
    required: TrueOrFalse = False
    disabled: TrueOrFalse = False
    attempts: Whole = 1
    window: WholeOrNone = None


STEP_DEFAULTS: JsonDict = {
    name: field.get_default(call_default_factory=True)
    for name, field in StepDocument.model_fields.items()
    if not field.is_required() and name not in ("slug", "version", "target_tags", "inputs")
}
"""What a step has where it says nothing, of the settings that every step has."""


def known_type(slug: str) -> StepType | None:
    """The step type, or None where there is none (any more) of this slug."""
    try:
        return catalogue.get(slug)
    except catalogue.UnknownStepTypeError:
        return None


def read_steps(raw: Sequence[Any]) -> tuple[list[JsonDict], list[Problem]]:
    """The steps with every key stated and a slug each, or the shape problems that prevent it."""
    if len(raw) > MAX_STEPS:
        message = f"A process has at most {MAX_STEPS} steps; these are {len(raw)}."
        return [], [Problem("steps", message, "too_many", "shape")]
    documents: list[StepDocument] = []
    problems: list[Problem] = []
    for number, step in enumerate(raw):
        try:
            documents.append(StepDocument.model_validate(step))
        except ValidationError as error:
            problems += [
                _within(f"steps[{number}]", shape_problem(detail)) for detail in error.errors()
            ]
    problems = problems or _unusable(documents)
    return ([], problems) if problems else (_with_slugs(documents), [])


def _within(prefix: str, problem: Problem) -> Problem:
    path = f"{prefix}.{problem.path}" if problem.path else prefix
    return Problem(path, problem.message, problem.code, problem.kind)


def _unusable(documents: Sequence[StepDocument]) -> list[Problem]:
    """What no later save could mend by itself: unknown types and versions, slugs that clash."""
    problems = []
    seen: set[str] = set()
    for number, step in enumerate(documents):
        say = partial(_shape, f"steps[{number}]")
        kind = known_type(step.type)
        if kind is None:
            problems.append(say("type", f'There is no step type "{step.type[:60]}".', "unknown"))
        elif step.version is not None and not 1 <= step.version <= kind.version:
            known = f"1 to {kind.version}" if kind.version > 1 else "1"
            problems.append(say("version", f"{kind.name} has the versions {known}.", "unknown"))
        if step.slug:
            problems += _odd_slug(say, step.slug, seen)
            seen.add(step.slug)
        if not step.name.strip():
            problems.append(say("name", "Give the step a name.", "missing"))
        elif len(step.name) > NAME_LENGTH:
            problems.append(say("name", f"At most {NAME_LENGTH} characters.", "too_long"))
    return problems


def _shape(prefix: str, field: str, message: str, code: str) -> Problem:
    return Problem(f"{prefix}.{field}", message, code, "shape")


def _odd_slug(say: Callable[..., Problem], slug: str, seen: Collection[str]) -> list[Problem]:
    if not _SLUG.fullmatch(slug):
        words = 'Lower-case letters, digits and "-" only, 1 to 60 of them.'
        return [say("slug", words, "pattern")]
    if slug in RESERVED_SLUGS:
        return [say("slug", f'"{slug}" is the address of another page. Choose another.', "taken")]
    if slug in seen:
        return [say("slug", f'Another step has the slug "{slug}".', "duplicate")]
    return []


def _with_slugs(documents: Sequence[StepDocument]) -> list[JsonDict]:
    taken = {step.slug for step in documents if step.slug}
    steps = []
    for step in documents:
        slug = step.slug or free_step_slug(step.name, taken)
        taken.add(slug)
        version = step.version or catalogue.get(step.type).version
        steps.append(
            step.model_dump() | {"slug": slug, "version": version, "name": step.name.strip()}
        )
    return steps


def free_step_slug(name: str, taken: Collection[str]) -> str:
    """The slug that a step's name asks for, numbered where another step has it."""
    wanted = slug_for(name)
    if wanted not in taken and wanted not in RESERVED_SLUGS:
        return wanted
    number = 2
    while (numbered := f"{wanted[:56].rstrip('-')}-{number}") in taken:
        number += 1
    return numbered


def check_step(
    step: JsonDict, *, environments: Collection[str], channels: Collection[str]
) -> list[Problem]:
    """Everything wrong with one step that was read: paths as the API has them, within the step."""
    kind = known_type(step["type"])
    if kind is None:
        return [Problem("type", f'There is no step type "{step["type"]}" any more.', "unknown")]
    problems = [
        _within("inputs", problem) for problem in kind.check(step["inputs"], step["version"])
    ]
    if kind.runs_on_targets and not any(tag.strip() for tag in step["target_tags"]):
        message = "Name at least one target tag: it says on which clusters the step runs."
        problems.append(Problem("target_tags", message, "missing"))
    problems += _unknown("environments", "environment", step["environments"], environments)
    problems += _unknown("channels", "channel", step["channels"], channels)
    if step["condition"] == "expression" and not step["expression"].strip():
        problems.append(Problem("expression", "Write the expression that decides.", "missing"))
    if not 1 <= step["attempts"] <= MAX_ATTEMPTS:
        problems.append(Problem("attempts", f"From 1 to {MAX_ATTEMPTS}.", "range"))
    if step["window"] is not None and step["window"] < 1:
        problems.append(Problem("window", "At least 1 target at a time.", "range"))
    return problems


def _unknown(
    field: str, noun: str, named: Sequence[str], existing: Collection[str]
) -> list[Problem]:
    return [
        Problem(f"{field}[{number}]", f'There is no {noun} "{slug}".', "unknown")
        for number, slug in enumerate(named)
        if slug not in existing
    ]


def check_steps(
    steps: Sequence[JsonDict],
    *,
    environments: Collection[str],
    channels: Collection[str],
    beside: Collection[str] = (),
) -> list[Problem]:
    """Everything wrong with a whole process; outputs are named by step, so names differ too.

    `beside` are slugs of steps of the process that aren't checked here.
    """
    slugs = {*beside, *(step["slug"] for step in steps)}
    problems: list[Problem] = []
    names: set[str] = set()
    for number, step in enumerate(steps):
        found = check_step(step, environments=environments, channels=channels)
        if step["name"].lower() in names:
            message = f'Another step is called "{step["name"]}": outputs are named by step.'
            found.append(Problem("name", message, "duplicate"))
        names.add(step["name"].lower())
        found += _unknown_steps(step, slugs)
        problems += [_within(f"steps[{number}]", problem) for problem in found]
    return problems


def _unknown_steps(step: JsonDict, slugs: Collection[str]) -> list[Problem]:
    """Steps that this one builds on and that the process doesn't have."""
    kind = known_type(step["type"])
    wanted: list[str] = kind.reads_steps(step["inputs"]) if isinstance(kind, ReadsSteps) else []
    return [
        Problem("inputs.step", f'There is no step "{slug}" in this process.', "unknown")
        for slug in wanted
        if slug not in slugs and not is_bound(slug)
    ]


def content_hash(steps: Sequence[JsonDict]) -> str:
    """SHA-256 of the canonical JSON: equal for equal content, whatever the order of keys."""
    canonical = json.dumps(steps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
