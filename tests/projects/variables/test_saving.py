"""Saving variables: revisions, secrets, two editors, undo, who may change what."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.people.access import PermissionMissingError
from ecsportal.people.models import Role, User
from ecsportal.problems import NotFound, StaleRevision, ValidationProblem
from ecsportal.projects.models import Project, SecretValue, VariableRevision
from ecsportal.projects.variables import bulk, saving
from ecsportal.projects.variables.queries import current_variables
from tests import builders


@pytest.fixture
def project(db: None) -> Project:
    builders.environment("Development")
    builders.environment("Production")
    return builders.project("Shop")


@pytest.fixture
def lead(db: None) -> User:
    return builders.user_with_role(Role.LEAD)


def text(name: str, value: str | None = "1", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value} | more


def values(project: Project) -> list[tuple[str, str | None]]:
    revision = current_variables(project)
    return [(e["name"], e["value"]) for e in revision.variables] if revision else []


def save(project: Project, lead: User, *entries: dict[str, Any], **more: Any) -> VariableRevision:
    return saving.save_variables(project, variables=list(entries), by=lead, **more)


def test_a_save_makes_a_revision_and_gives_ids(project: Project, lead: User) -> None:
    revision = save(project, lead, text("Count"), text("Cpu", "256"))
    assert (revision.number, [e["id"] for e in revision.variables]) == (1, [1, 2])
    again = save(project, lead, text("Memory"), *[{**e, "secret": None} for e in []])
    assert [e["id"] for e in again.variables] == [3]


def test_the_same_values_again_make_no_revision(project: Project, lead: User) -> None:
    save(project, lead, text("Count", id=1))
    assert save(project, lead, text("Count", id=1)).number == 1


def test_a_second_editor_is_told_what_differs_and_nothing_is_written(
    project: Project, lead: User
) -> None:
    save(project, lead, text("Count"))
    save(project, lead, text("Count", "2", id=1))
    with pytest.raises(StaleRevision) as refused:
        save(project, lead, text("Count", "3", id=1), expected_revision=1)
    assert refused.value.current == 2
    assert [change["after"] for change in refused.value.extra["difference"]] == ["3"]
    assert values(project) == [("Count", "2")]


def test_everything_wrong_is_told_at_its_place(project: Project, lead: User) -> None:
    with pytest.raises(ValidationProblem) as refused:
        save(
            project,
            lead,
            text(""),
            text("a|b"),
            text("ok", None),
            text("ok", scope={"environments": ["nowhere"], "steps": ["none"]}),
            text("ok", type="aws_account"),
            text("ok", prompt={"control": "choice"}),
            {"name": "ok", "value": 3},
            text("ok", other=1),
            text("Bad[#{x}]"),
        )
    assert {(e.path, e.code) for e in refused.value.errors} == {
        ("variables[0].name", "name"),
        ("variables[1].name", "name"),
        ("variables[2].value", "missing"),
        ("variables[3].scope.environments[0]", "unknown"),
        ("variables[3].scope.steps[0]", "unknown"),
        ("variables[4].value", "unknown"),
        ("variables[5].prompt.choices", "missing"),
        ("variables[6].value", "type"),
        ("variables[7].other", "unknown_field"),
        ("variables[8].name", "name"),
    }


@pytest.mark.parametrize("name", ["A", "A.B", "Db Name", "Task[web].Image", "x-y_z:1/~(@)", "É"])
def test_names_that_expressions_can_look_up_are_taken(
    project: Project, lead: User, name: str
) -> None:
    assert save(project, lead, text(name)).variables[0]["name"] == name


def test_a_secret_is_kept_encrypted_in_its_table_and_nowhere_else(
    project: Project, lead: User
) -> None:
    revision = save(project, lead, text("Password", "s3cret-planted", type="sensitive"))
    entry = revision.variables[0]
    assert entry["value"] is None
    assert SecretValue.objects.get(pk=entry["secret"]).value == "s3cret-planted"
    assert "s3cret-planted" not in str(list(AuditEvent.objects.values()))
    assert AuditEvent.objects.latest("pk").after["changes"] == ["Password (everywhere): added"]


def test_a_secret_of_null_with_its_id_stays(project: Project, lead: User) -> None:
    first = save(project, lead, text("Password", "s3cret", type="sensitive"))
    kept = text("Password", None, type="sensitive", id=1, description="of the database")
    second = save(project, lead, kept)
    assert second.variables[0]["secret"] == first.variables[0]["secret"]
    assert SecretValue.objects.count() == 1
    third = save(project, lead, kept | {"value": "another"})
    assert third.variables[0]["secret"] != first.variables[0]["secret"]
    words = AuditEvent.objects.latest("pk").after["changes"]
    assert words == ["Password (everywhere): (changed)"]


def test_a_secret_never_turns_into_text(project: Project, lead: User) -> None:
    save(project, lead, text("Password", "s3cret", type="sensitive"))
    with pytest.raises(ValidationProblem):
        save(project, lead, text("Password", None, type="text", id=1))


def test_single_values_are_added_changed_deleted_and_put_back(project: Project, lead: User) -> None:
    save(project, lead, text("Count"), text("Cpu", "256"))
    revision, number = saving.add_value(project, value=text("count", "2"), by=lead)
    assert values(project) == [("Count", "1"), ("count", "2"), ("Cpu", "256")]
    saving.edit_value(project, number, value=text("Count", "4"), by=lead)
    deleted = saving.delete_value(project, number, by=lead)
    assert values(project) == [("Count", "1"), ("Cpu", "256")]
    saving.add_value(project, value=text("Memory"), by=lead)
    saving.restore_value(project, number, from_revision=deleted.number - 1, by=lead)
    assert values(project) == [("Count", "1"), ("Count", "4"), ("Cpu", "256"), ("Memory", "1")]
    with pytest.raises(NotFound):
        saving.delete_value(project, 99, by=lead)


def test_edits_of_single_values_collide_only_on_the_same_value(
    project: Project, lead: User
) -> None:
    save(project, lead, text("Count"), text("Cpu", "256"))
    saving.edit_value(project, 1, value=text("Count", "2"), by=lead, expected_revision=1)
    saving.edit_value(project, 2, value=text("Cpu", "512"), by=lead, expected_revision=1)
    with pytest.raises(StaleRevision):
        saving.edit_value(project, 1, value=text("Count", "3"), by=lead, expected_revision=1)


def test_an_editor_of_one_environment_changes_only_what_applies_there(project: Project) -> None:
    development = builders.Environment.objects.get(slug="development")
    limited = builders.user_with_role(Role.LEAD, environments=[development])
    save(
        project,
        None,  # type: ignore[arg-type]
        text("Count", "1"),
        text("Count", "2", scope={"environments": ["development"]}),
        text("Count", "3", scope={"environments": ["production"]}),
        text("Cpu", "4", scope={"environments": ["development", "production"]}),
    )
    saving.edit_value(
        project, 2, value=text("Count", "9", scope={"environments": ["development"]}), by=limited
    )
    for number, scope in [(1, {}), (4, {"environments": ["development"]})]:
        with pytest.raises(PermissionMissingError):
            saving.edit_value(project, number, value=text("Count", "7", scope=scope), by=limited)
    with pytest.raises(NotFound):
        saving.delete_value(project, 3, by=limited)
    revision = current_variables(project)
    assert revision is not None
    assert [e["value"] for e in revision.variables] == ["1", "9", "3", "4"]
    assert revision.variables[3]["scope"]["environments"] == ["development", "production"]


def test_pasted_lines_are_shown_first_and_saved_then(project: Project, lead: User) -> None:
    save(project, lead, text("Count"), text("Cpu", "256"))
    pasted = 'Count=2\n# note\nexport Greeting="Hello #{Name}"\nCpu=256\n'
    plan = bulk.plan_of_paste(project, pasted, by=lead)
    assert [(row.kind, row.name, row.before, row.after) for row in plan.rows] == [
        ("changed", "Count", "1", "2"),
        ("added", "Greeting", "", "Hello #{Name}"),
        ("same", "Cpu", "256", "256"),
    ]
    bulk.apply_paste(project, pasted, by=lead)
    assert values(project) == [("Count", "2"), ("Cpu", "256"), ("Greeting", "Hello #{Name}")]


def test_pasted_json_keeps_its_types_as_the_language_writes_them(
    project: Project, lead: User
) -> None:
    bulk.apply_paste(project, '{"Flag": true, "Number": 2.5, "List": [1]}', by=lead)
    assert values(project) == [("Flag", "True"), ("Number", "2.5"), ("List", "[1]")]


@pytest.mark.parametrize("pasted", ["NAME", "{bad", '[{"nam": 1}]', "a|b=1", "=x"])
def test_what_cannot_be_read_saves_nothing(project: Project, lead: User, pasted: str) -> None:
    assert bulk.plan_of_paste(project, pasted, by=lead).errors
    with pytest.raises(ValidationProblem):
        bulk.apply_paste(project, pasted, by=lead)
    assert values(project) == []


def test_pasted_secrets_are_never_shown(project: Project, lead: User) -> None:
    plan = bulk.plan_of_paste(project, "Password=planted", by=lead, sensitive=True)
    assert plan.rows[0].after == "(changed)"
    bulk.apply_paste(project, "Password=planted", by=lead, sensitive=True)
    assert values(project) == [("Password", None)]
