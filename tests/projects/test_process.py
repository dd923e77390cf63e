"""Revisions of a process, and the edits that make them."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.people.models import User
from ecsportal.problems import NotFound, StaleRevision, ValidationProblem
from ecsportal.projects import process
from ecsportal.projects.models import Project
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """A project without a process."""
    empty = builders.project("Web shop")
    empty.process_revisions.all().delete()
    return empty


def names(project: Project) -> list[str]:
    """The slugs of the current process, in order."""
    current = process.current_process(project)
    return [step["slug"] for step in current.steps] if current else []


def minimal_step(name: str = "Deploy web", **changes: Any) -> dict[str, Any]:
    """A step as a script sends it: only what has no default."""
    step = builders.web_step(name)
    keys = ("name", "type", "target_tags", "inputs")
    return {key: step[key] for key in keys} | changes


def test_the_first_save_makes_revision_1_with_every_key_stated(
    project: Project, administrator: User
) -> None:
    saved = process.save_process(
        project, steps=[minimal_step()], by=administrator, expected_revision=0
    )

    assert saved.number == 1
    assert saved.steps == [builders.web_step()]
    assert saved.created_by == administrator
    event = AuditEvent.objects.get()
    assert event.action == "process.changed"
    assert event.after == {"revision": 1, "changes": ["Deploy web: added"]}


def test_saving_the_same_again_makes_no_revision(project: Project, administrator: User) -> None:
    first = process.save_process(project, steps=[minimal_step()], by=administrator)

    again = process.save_process(project, steps=first.steps, by=administrator)

    assert again == first
    assert project.process_revisions.count() == 1


def test_a_rename_keeps_the_slug_of_a_step(project: Project, administrator: User) -> None:
    first = process.save_process(project, steps=[minimal_step()], by=administrator)

    renamed = first.steps[0] | {"name": "Ship the web"}
    saved = process.save_process(project, steps=[renamed], by=administrator)

    assert [(s["slug"], s["name"]) for s in saved.steps] == [("deploy-web", "Ship the web")]


def test_new_steps_get_free_slugs_from_their_names(project: Project, administrator: User) -> None:
    steps = [minimal_step("Deploy web", slug="deploy-api"), minimal_step("Deploy API")]

    saved = process.save_process(project, steps=steps, by=administrator)

    assert [step["slug"] for step in saved.steps] == ["deploy-api", "deploy-api-2"]


def test_a_step_does_not_take_the_address_of_another_page(
    project: Project, administrator: User
) -> None:
    saved = process.save_process(project, steps=[minimal_step("Revisions")], by=administrator)

    assert saved.steps[0]["slug"] == "revisions-2"


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"name": ""}, "steps[0].name", "missing"),
        ({"type": "no-such-type"}, "steps[0].type", "unknown"),
        ({"version": 99}, "steps[0].version", "unknown"),
        ({"start": "sometime"}, "steps[0].start", "type"),
        ({"attempts": "many"}, "steps[0].attempts", "type"),
        ({"surprise": 1}, "steps[0].surprise", "unknown_field"),
        ({"slug": "Not A Slug"}, "steps[0].slug", "pattern"),
        ({"slug": "undo"}, "steps[0].slug", "taken"),
        ({"target_tags": "web"}, "steps[0].target_tags", "type"),
        ({"inputs": []}, "steps[0].inputs", "type"),
        ({"inputs": {"surprise": 1}}, "steps[0].inputs.surprise", "unknown_field"),
    ],
)
def test_what_cannot_be_read_is_refused_even_where_problems_are_allowed(
    project: Project, administrator: User, changes: dict[str, Any], path: str, code: str
) -> None:
    step = minimal_step(**changes)
    if changes.get("inputs"):
        step["inputs"] = builders.web_step()["inputs"] | changes["inputs"]

    with pytest.raises(ValidationProblem) as refused:
        process.save_process(project, steps=[step], by=administrator, allow_problems=True)

    assert (path, code) in [(error.path, error.code) for error in refused.value.errors]
    assert not project.process_revisions.exists()


def test_a_process_that_is_no_list_of_objects_is_refused(
    project: Project, administrator: User
) -> None:
    with pytest.raises(ValidationProblem) as refused:
        process.save_process(project, steps=["deploy"], by=administrator)

    assert [error.path for error in refused.value.errors] == ["steps[0]"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"target_tags": []}, "steps[0].target_tags"),
        ({"environments": ["nowhere"]}, "steps[0].environments[0]"),
        ({"channels": ["hotfix"]}, "steps[0].channels[0]"),
        ({"condition": "expression"}, "steps[0].expression"),
        ({"attempts": 4}, "steps[0].attempts"),
        ({"window": 0}, "steps[0].window"),
    ],
)
def test_broken_rules_refuse_unless_they_are_allowed(
    project: Project, administrator: User, changes: dict[str, Any], path: str
) -> None:
    step = minimal_step(**changes)

    with pytest.raises(ValidationProblem) as refused:
        process.save_process(project, steps=[step], by=administrator)
    assert [error.path for error in refused.value.errors] == [path]

    saved = process.save_process(project, steps=[step], by=administrator, allow_problems=True)
    assert saved.number == 1


def test_two_steps_of_one_name_are_a_broken_rule(project: Project, administrator: User) -> None:
    with pytest.raises(ValidationProblem) as refused:
        process.save_process(project, steps=[minimal_step(), minimal_step()], by=administrator)

    assert [(e.path, e.code) for e in refused.value.errors] == [("steps[1].name", "duplicate")]


def test_a_stale_save_is_told_what_it_would_change(project: Project, administrator: User) -> None:
    first = process.save_process(project, steps=[minimal_step()], by=administrator)
    theirs = [first.steps[0] | {"target_tags": ["web", "blue"]}]
    process.save_process(project, steps=theirs, by=administrator, expected_revision=1)

    mine = [first.steps[0] | {"name": "Mine"}]
    with pytest.raises(StaleRevision) as stale:
        process.save_process(project, steps=mine, by=administrator, expected_revision=1)

    assert stale.value.current == 2
    changes = {(c["path"], c["before"], c["after"]) for c in stale.value.extra["difference"]}
    assert changes == {("name", "Deploy web", "Mine"), ("target_tags", "web, blue", "web")}
    assert names(project) == ["deploy-web"]


def test_adding_a_step_is_not_stopped_by_problems_of_others(
    project: Project, administrator: User
) -> None:
    process.save_process(
        project, steps=[minimal_step(target_tags=[])], by=administrator, allow_problems=True
    )

    _, slug = process.add_step(project, step=minimal_step("Deploy API"), by=administrator)

    assert slug == "deploy-api"
    assert names(project) == ["deploy-web", "deploy-api"]


def test_a_step_with_problems_of_its_own_is_added_only_on_purpose(
    project: Project, administrator: User
) -> None:
    step = minimal_step(target_tags=[])

    with pytest.raises(ValidationProblem) as refused:
        process.add_step(project, step=step, by=administrator)
    assert [error.path for error in refused.value.errors] == ["steps[0].target_tags"]

    process.add_step(project, step=step, by=administrator, allow_problems=True)
    assert names(project) == ["deploy-web"]


def test_a_step_added_twice_by_one_form_is_added_once(
    project: Project, administrator: User
) -> None:
    first = process.add_step(project, step=minimal_step(), by=administrator, expected_revision=0)
    again = process.add_step(project, step=minimal_step(), by=administrator, expected_revision=0)

    assert again == first
    assert names(project) == ["deploy-web"]


def test_a_step_can_be_added_at_a_place(project: Project, administrator: User) -> None:
    process.add_step(project, step=minimal_step("One"), by=administrator)
    process.add_step(project, step=minimal_step("Two"), by=administrator)

    process.add_step(project, step=minimal_step("Between"), by=administrator, position=1)

    assert names(project) == ["one", "between", "two"]


def test_replacing_collides_only_with_edits_of_the_same_step(
    project: Project, administrator: User
) -> None:
    steps = [minimal_step("One"), minimal_step("Two")]
    opened = process.save_process(project, steps=steps, by=administrator)
    process.replace_step(
        project, "two", step=minimal_step("Two", target_tags=["b"]), by=administrator
    )

    mine = minimal_step("One", target_tags=["a"])
    process.replace_step(project, "one", step=mine, by=administrator, expected_revision=1)
    with pytest.raises(StaleRevision) as stale:
        process.replace_step(
            project, "two", step=opened.steps[1], by=administrator, expected_revision=1
        )

    current = process.current_process(project)
    assert current is not None
    assert [step["target_tags"] for step in current.steps] == [["a"], ["b"]]
    assert stale.value.current == 3
    assert [c["path"] for c in stale.value.extra["difference"]] == ["target_tags"]


def test_replacing_a_deleted_step_says_that_it_is_gone(
    project: Project, administrator: User
) -> None:
    process.save_process(project, steps=[minimal_step()], by=administrator)
    process.delete_step(project, "deploy-web", by=administrator)

    with pytest.raises(NotFound):
        process.replace_step(project, "deploy-web", step=minimal_step(), by=administrator)


def test_a_deleted_step_comes_back_to_its_place_with_its_slug(
    project: Project, administrator: User
) -> None:
    steps = [minimal_step("One"), minimal_step("Two"), minimal_step("Three")]
    process.save_process(project, steps=steps, by=administrator)
    process.delete_step(project, "two", by=administrator)
    process.add_step(project, step=minimal_step("Four"), by=administrator)

    process.restore_step(project, "two", from_revision=1, by=administrator)
    process.restore_step(project, "two", from_revision=1, by=administrator)

    assert names(project) == ["one", "two", "three", "four"]
    with pytest.raises(NotFound):
        process.restore_step(project, "five", from_revision=1, by=administrator)


def test_steps_move_one_place_and_stay_at_the_ends(project: Project, administrator: User) -> None:
    steps = [minimal_step("One"), minimal_step("Two")]
    process.save_process(project, steps=steps, by=administrator)

    process.move_step(project, "two", by=administrator, direction="up")
    process.move_step(project, "two", by=administrator, direction="up")
    assert names(project) == ["two", "one"]

    process.move_step(project, "two", by=administrator, direction="down")
    assert names(project) == ["one", "two"]


def test_a_step_is_disabled_and_enabled(project: Project, administrator: User) -> None:
    process.save_process(project, steps=[minimal_step()], by=administrator)

    off = process.set_step_disabled(project, "deploy-web", disabled=True, by=administrator)
    on = process.set_step_disabled(project, "deploy-web", disabled=False, by=administrator)

    assert (off.steps[0]["disabled"], on.steps[0]["disabled"]) == (True, False)
    assert on.number == 3


def test_an_earlier_revision_becomes_current_again_as_a_new_one(
    project: Project, administrator: User
) -> None:
    process.save_process(project, steps=[minimal_step()], by=administrator)
    process.delete_step(project, "deploy-web", by=administrator)

    restored = process.restore_revision(project, 1, by=administrator)

    assert restored.number == 3
    assert names(project) == ["deploy-web"]
