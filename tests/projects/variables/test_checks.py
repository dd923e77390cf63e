"""What the editor warns of, and what can be told of the past."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.projects.variables import queries, saving
from ecsportal.projects.variables.checks import unresolved_fields, warnings_of_values
from ecsportal.projects.variables.preview import Preview, completions
from tests import builders


@pytest.fixture
def project(db: None) -> Project:
    for name in ("Development", "Production"):
        builders.target(f"shop-{name.lower()}", environments=[builders.environment(name)])
    inputs = {"cpu": "#{Cpu}", "memory": "#{Memory | Trim}", "task_name": "#{Octopus.Release.Id}"}
    return builders.project("Shop", steps=[builders.web_step(inputs=inputs)])


@pytest.fixture
def lead(db: None) -> User:
    return builders.user_with_role(Role.LEAD, name="lea")


def value(name: str, text: str | None = "1", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": text} | more


def test_a_field_without_a_value_is_told_with_its_environments(
    project: Project, lead: User
) -> None:
    builders.variables(
        project, value("Cpu", "256", scope={"environments": ["development"]}), value("Memory")
    )
    found = unresolved_fields(project, lead)
    assert [(f.path, f.token, f.environments) for f in found] == [
        ("inputs.cpu", "#{Cpu}", ("Production",))
    ]
    assert found[0].words == "Deploy web: #{Cpu} in inputs.cpu has no value in Production."


def test_an_environment_that_the_reader_does_not_see_is_not_told(project: Project) -> None:
    development = builders.Environment.objects.get(slug="development")
    limited = builders.user_with_role(Role.LEAD, environments=[development])
    assert {f.environments for f in unresolved_fields(project, limited)} == {("Development",)}


def test_all_warnings_name_what_they_are_about(project: Project, lead: User) -> None:
    builders.variables(
        project,
        value("Cpu", "256"),
        value("Cpu", "512"),
        value("Memory"),
        value("Octopus.Environment.Name"),
    )
    warnings = warnings_of_values(queries.live_variables(project))
    assert [(w.kind, w.name, [v.id for v in w.values]) for w in warnings] == [
        ("tie", "Cpu", [1, 2]),
        ("reserved", "Octopus.Environment.Name", [4]),
    ]


def test_the_history_tells_who_changed_what(project: Project, lead: User) -> None:
    assert queries.history(project, lead) == []
    saving.save_variables(project, variables=[value("Cpu"), value("Memory")], by=lead)
    saving.edit_value(project, 1, value=value("Cpu", "512"), by=lead)
    saving.delete_value(project, 2, by=lead)
    assert [(row.by, [c.words for c in row.changes]) for row in queries.history(project, lead)] == [
        ("lea", ["Memory (everywhere): removed"]),
        ("lea", ["Cpu (everywhere): 1 → 512"]),
        ("lea", ["Cpu (everywhere): added", "Memory (everywhere): added"]),
    ]


def test_who_set_a_secret_is_told_and_nothing_else_of_it(project: Project, lead: User) -> None:
    revision = saving.save_variables(
        project, variables=[value("Password", "planted", type="sensitive"), value("Cpu")], by=lead
    )
    assert {n: s.by for n, s in queries.secrets_set(revision.variables).items()} == {1: "lea"}


@pytest.mark.parametrize(
    ("expression", "error", "position"),
    [
        ("#{Cpu | ToUpper}", "", None),
        ("#{Cpu", "expected", 5),
        ("#{Loop}", "needs its own value", None),
    ],
)
def test_an_expression_is_tried_with_the_place_of_its_error(
    project: Project, expression: str, error: str, position: int | None
) -> None:
    builders.variables(project, value("Cpu", "256"), value("Loop", "#{Loop}"))
    shown = Preview(project, environment=builders.Environment.objects.first())
    tried = shown.tried(expression)
    assert error.lower() in tried.error.lower() or (error and tried.error)
    assert tried.position == position


def test_an_account_tells_its_parts_but_never_its_key(project: Project) -> None:
    builders.account("Main", access_key_id="AKIA1", secret_access_key="planted")
    builders.variables(project, value("Aws", "main", type="aws_account"))
    shown = Preview(project, environment=builders.Environment.objects.first())
    tried = shown.tried("#{Aws} #{Aws.AccessKey} #{Aws.SecretKey} #{Aws.SessionDuration}")
    assert tried.text == "main AKIA1 ******** 3600"


def test_names_complete_as_one_types(project: Project) -> None:
    builders.variables(project, value("WebCpu"), value("Web.Name"))
    assert completions(project, typed="web")[:2] == ["WebCpu", "Web.Name"]
    assert completions(project, typed="octopus.env")[0] == "Octopus.Environment.Name"


def test_the_preview_of_an_unknown_name_says_so(project: Project) -> None:
    item = Preview(project, environment=builders.Environment.objects.first()).item("Nowhere")
    assert (item.value, item.why) == (None, "There is no variable Nowhere.")


def test_what_variables_name_is_in_use(project: Project) -> None:
    environment = builders.Environment.objects.get(slug="production")
    builders.variables(project, value("Cpu", scope={"environments": ["production"]}))
    uses = queries.variables_that_name_environment(environment)
    assert [(use.kind, use.slug) for use in uses] == [("project", "shop")]
