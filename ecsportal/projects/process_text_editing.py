"""Editing a process as text: what it would change, what is wrong with it and on which line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecsportal.people.models import User
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.projects.line_difference import DiffLine, line_difference
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process import save_process
from ecsportal.projects.process_difference import Change, differences
from ecsportal.projects.process_text import (
    ProcessTextError,
    ReadProcess,
    process_text,
    read_process_text,
)
from ecsportal.projects.queries import current_process, problems_of_process
from ecsportal.projects.step_document import read_steps
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import Problem


def text_difference(before: Sequence[JsonDict], after: Sequence[JsonDict]) -> list[DiffLine]:
    """Two processes compared as text; empty for equal ones."""
    return line_difference(process_text(before), process_text(after))


@dataclass(frozen=True)
class TextCheck:
    """What saving the text would do. Shapes prevent it; rules only deployments."""

    changes: tuple[Change, ...] = ()
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    """Broken rules: saved only where that is asked for."""

    @property
    def is_readable(self) -> bool:
        """True where the text can become a revision at all."""
        return not self.errors


def text_of(project: Project, revision: ProcessRevision | None) -> str:
    """The revision as text, with the project and the number on top."""
    number = revision.number if revision else 0
    heading = f"The process of {project.name} ({project.slug}), revision {number}."
    return process_text(revision.steps if revision else [], heading=heading)


def check_process_text(project: Project, text: str) -> TextCheck:
    """What the text would change in the newest revision, and all that is wrong with it."""
    try:
        read = read_process_text(text)
    except ProcessTextError as error:
        return TextCheck(errors=_unreadable(error))
    steps, shapes = read_steps(read.steps)
    if shapes:
        return TextCheck(errors=_placed(read, shapes))
    current = current_process(project)
    found = problems_of_process(project, steps)
    return TextCheck(
        changes=tuple(differences(current.steps if current else [], steps)),
        errors=_placed(read, [problem for problem in found if problem.kind == "shape"]),
        warnings=_placed(read, [problem for problem in found if problem.kind == "rule"]),
    )


def save_process_text(
    project: Project,
    text: str,
    *,
    by: User | None,
    expected_revision: int | None = None,
    allow_problems: bool = False,
) -> ProcessRevision:
    """Save the steps of the text as `save_process` would; errors say their lines.

    Raises ValidationProblem, and StaleRevision where somebody saved since `expected_revision`.
    """
    try:
        read = read_process_text(text)
    except ProcessTextError as error:
        raise ValidationProblem(_unreadable(error)) from error
    try:
        return save_process(
            project,
            steps=read.steps,
            by=by,
            expected_revision=expected_revision,
            allow_problems=allow_problems,
        )
    except ValidationProblem as refused:
        raise ValidationProblem(
            [replace(error, line=read.line_of(error.path)) for error in refused.field_errors]
        ) from refused


def _unreadable(error: ProcessTextError) -> tuple[FieldError, ...]:
    return tuple(FieldError(e.path, e.message, e.code, e.line) for e in error.errors)


def _placed(read: ReadProcess, problems: list[Problem]) -> tuple[FieldError, ...]:
    return tuple(FieldError(p.path, p.message, p.code, read.line_of(p.path)) for p in problems)
