"""Editing a process as text: what it would change, and errors with their lines."""

from __future__ import annotations

import pytest

from ecsportal.people.models import User
from ecsportal.problems import FieldError, StaleRevision, ValidationProblem
from ecsportal.projects.line_difference import DiffLine
from ecsportal.projects.models import Project
from ecsportal.projects.process_text_editing import (
    check_process_text,
    save_process_text,
    text_difference,
    text_of,
)
from ecsportal.projects.queries import current_process
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return builders.project("Web shop", steps=[builders.web_step()])


@pytest.fixture
def text(project: Project) -> str:
    return text_of(project, current_process(project))


def test_the_text_names_project_and_revision(text: str) -> None:
    assert text.startswith("# The process of Web shop (web-shop), revision 1.\nsteps:\n")


def test_a_check_tells_what_saving_would_change(project: Project, text: str) -> None:
    check = check_process_text(project, text.replace('cpu: "256"', 'cpu: "512"'))

    assert check.is_readable
    assert [change.words for change in check.changes] == ["cpu 256 → 512"]
    assert project.process_revisions.count() == 1


def test_unknown_keys_and_wrong_types_are_told_with_their_lines(
    project: Project, text: str
) -> None:
    wrong = text.replace(
        "  name: Deploy web\n", "  name: Deploy web\n  colour: red\n  attempts: x\n"
    )

    check = check_process_text(project, wrong)

    assert not check.is_readable
    told = {(error.path, error.line) for error in check.errors}
    assert told == {("steps[0].colour", 5), ("steps[0].attempts", 6)}


def test_broken_rules_are_warnings_with_their_lines(project: Project, text: str) -> None:
    check = check_process_text(project, text.replace('memory: "512"', 'memory: "513"'))

    (warning,) = check.warnings
    assert warning.path == "steps[0].inputs.memory"
    assert text.splitlines()[(warning.line or 0) - 1].strip() == 'memory: "512"'


def test_step_names_that_differ_by_case_only_clash(project: Project, text: str) -> None:
    body = text.split("steps:\n", 1)[1]
    other = body.replace("slug: deploy-web", "slug: other").replace(
        "name: Deploy web", "name: DEPLOY WEB"
    )

    check = check_process_text(project, f"steps:\n{body}{other}")

    assert [(w.path, w.code) for w in check.warnings] == [("steps[1].name", "duplicate")]


def test_saving_makes_a_revision(project: Project, text: str, administrator: User) -> None:
    changed = text.replace("name: Deploy web", "name: Ship the web")

    saved = save_process_text(project, changed, by=administrator, expected_revision=1)

    assert (saved.number, saved.steps[0]["slug"]) == (2, "deploy-web")
    assert saved.steps[0]["name"] == "Ship the web"


def test_the_same_text_makes_no_revision(project: Project, text: str, administrator: User) -> None:
    assert save_process_text(project, text, by=administrator).number == 1


def test_a_refused_save_names_lines(project: Project, text: str, administrator: User) -> None:
    with pytest.raises(ValidationProblem) as caught:
        save_process_text(project, text.replace("- web\n", "- ''\n", 1), by=administrator)

    message = "Name at least one target tag: it says on which clusters the step runs."
    assert caught.value.errors == (FieldError("steps[0].target_tags", message, "missing", 7),)


def test_text_that_is_no_yaml_names_its_line(project: Project, administrator: User) -> None:
    with pytest.raises(ValidationProblem) as caught:
        save_process_text(project, "steps:\n- {", by=administrator)

    assert [error.line for error in caught.value.errors] == [3]


def test_a_save_from_an_older_revision_is_refused(
    project: Project, text: str, administrator: User
) -> None:
    save_process_text(project, text.replace("name: Deploy web", "name: Mine"), by=administrator)

    with pytest.raises(StaleRevision):
        save_process_text(project, text, by=administrator, expected_revision=1)


def test_two_processes_differ_as_text() -> None:
    before, after = builders.web_step(), builders.web_step("Ship")
    after["slug"] = before["slug"]

    lines = text_difference([before], [after])

    assert DiffLine("removed", "  name: Deploy web", 3) in lines
    assert DiffLine("added", "  name: Ship", 3) in lines


def test_equal_processes_have_no_difference() -> None:
    assert text_difference([builders.web_step()], [builders.web_step()]) == []
