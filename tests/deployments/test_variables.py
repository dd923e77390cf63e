"""Variables in deployments: scopes, prompts, outputs, ties, secrets."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.problems import ValidationProblem
from ecsportal.projects.models import Project, SecretValue
from ecsportal.projects.services import delete_project
from ecsportal.projects.variables.libraries import create_library
from ecsportal.projects.variables.saving import save_variables
from ecsportal.releases.services import update_release_variables
from tests import builders
from tests.deployments.conftest import run
from tests.deployments.scripted_step import CALLS, scripted

Deploy = Callable[..., Deployment]
PLANTED = "pl4nted/s3cret+text"


def project_with(*variables: dict[str, Any], steps: Any = None, **more: Any) -> Project:
    project = builders.project("Shop", steps=steps or [scripted("Web", "succeed", text="#{Text}")])
    save_variables(project, variables=list(variables), by=None, **more)
    return project


@pytest.fixture
def deploy(staging: Environment, deployer: User) -> Deploy:
    def make(project: Project, environment: Environment = staging, **options: Any) -> Deployment:
        known = project.releases.first()
        return run(
            services.queue_deployment(
                known or builders.release(project), environment=environment, by=deployer, **options
            )
        )

    return make


def text_of(deployment: Deployment, step: str = "web") -> str:
    runs = TargetRun.objects.filter(step_run__deployment=deployment, step_run__slug=step)
    return str(runs.get().outputs["Inputs"])


def lines(deployment: Deployment, *levels: str) -> list[str]:
    rows = deployment.lines.order_by("seq")
    return [line.text for line in (rows.filter(level__in=levels) if levels else rows)]


def test_values_differ_between_environments(staging: Environment, deploy: Deploy) -> None:
    production = builders.environment("Production")
    builders.target("shop-production", environments=[production], cluster="prod")
    project = project_with(
        {"name": "Text", "value": "#{Size} in #{Octopus.Action.Aws.Ecs.ClusterName}"},
        {"name": "Size", "value": "small"},
        {"name": "Size", "value": "large", "scope": {"environments": ["production"]}},
    )
    assert text_of(deploy(project)) == "small in main"
    assert text_of(deploy(project, production)) == "large in prod"


def test_a_library_sets_values_stand_in_for_the_projects(deploy: Deploy) -> None:
    create_library(
        name="Defaults",
        variables=[{"name": "Text", "value": "library"}, {"name": "Size", "value": "9"}],
        by=None,
    )
    project = project_with({"name": "Text", "value": "own #{Size}"}, libraries=["defaults"])
    assert text_of(deploy(project)) == "own 9"


def test_a_release_keeps_its_variables_until_they_are_taken_anew(deploy: Deploy) -> None:
    project = project_with({"name": "Text", "value": "old"})
    release = builders.release(project)
    save_variables(project, variables=[{"id": 1, "name": "Text", "value": "new"}], by=None)
    assert text_of(deploy(project)) == "old"
    changes = update_release_variables(release, by=None)
    assert [change.words for change in changes] == ["Text (everywhere): old → new"]
    assert text_of(deploy(project)) == "new"
    assert update_release_variables(release, by=None) == []


def test_system_variables_cannot_be_shadowed_and_a_documented_one_can(deploy: Deploy) -> None:
    project = project_with(
        {"name": "Octopus.Environment.Name", "value": "evil"},
        {"name": "octopus . environment.name", "value": "evil"},
        {"name": "Octopus.Task.ConcurrencyTag", "value": "mine"},
        {"name": "Text", "value": "#{Octopus.Environment.Name} #{Octopus.Task.ConcurrencyTag}"},
    )
    assert text_of(deploy(project)) == "Staging mine"


def test_outputs_are_found_by_step_and_by_target(deploy: Deploy, staging: Environment) -> None:
    builders.target("second", environments=[staging], tags=["other"])
    project = project_with(
        {"name": "First", "value": "#{Octopus.Action[First].Output.Inputs}"},
        steps=[
            scripted("First", "succeed", text="#{Octopus.Machine.Name}", tags=("web", "other")),
            scripted(
                "Web", "succeed", text="#{First} #{Octopus.Action[First].Output[second].Inputs}"
            ),
        ],
    )
    assert text_of(deploy(project)) == "shop-staging second"


def test_a_secret_in_an_output_reaches_the_steps_after_it_and_nobody_else(
    deploy: Deploy, deployer: User
) -> None:
    project = project_with(
        {"name": "Key", "type": "sensitive", "value": PLANTED},
        steps=[
            scripted("First", "succeed", text="db://u:#{Key}@host"),
            scripted("Web", "succeed", text="#{Octopus.Action[First].Output.Inputs}"),
            scripted("Last", "fail"),
        ],
    )
    failed = deploy(project)
    again = services.retry_deployment(failed, by=deployer)
    for deployment in (failed, again):
        of_web = TargetRun.objects.get(step_run__deployment=deployment, step_run__slug="web")
        assert of_web.given_outputs["Inputs"] == f"db://u:{PLANTED}@host"
        assert of_web.outputs["Inputs"] == "db://u:********@host"
    with connection.cursor() as cursor:
        cursor.execute("SELECT outputs, secret_outputs FROM deployments_targetrun")
        assert PLANTED not in str(cursor.fetchall())


def test_a_tie_is_one_warning_that_names_both_values(deploy: Deploy, staging: Environment) -> None:
    builders.target("second", environments=[staging])
    project = project_with({"name": "Text", "value": "1"}, {"name": "Text", "value": "2"})
    deployment = deploy(project)
    assert deployment.state == State.SUCCEEDED
    assert lines(deployment, "warning") == [
        'Values of Text are equally specific: "1" of the project (everywhere), and "2" of the '
        "project (everywhere). The first one counts."
    ]


def test_all_unresolved_fields_are_told_before_any_step_begins(deploy: Deploy) -> None:
    steps = [
        scripted("First", "succeed", text="fine"),
        scripted("Second", "succeed", text="#{Nowhere} #{Octopus.Action[First].Output.Answer}"),
        scripted("Third", "succeed", text="#{Octopus.Action[Fourth].Output.Answer}"),
        scripted("Fourth", "succeed", condition="always"),
    ]
    deployment = deploy(project_with(steps=steps))
    assert CALLS == []
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "ECS-VALIDATION"
    assert deployment.error["details"] == [
        "text: #{Nowhere}",
        "Third: text: #{Octopus.Action[Fourth].Output.Answer} Fourth hasn't ended when this step "
        "begins.",
    ]
    states = [step.state for step in deployment.steps.order_by("position")]
    assert states == ["skipped", "failed", "failed", "skipped"]


def test_a_cycle_is_told_with_its_field(deploy: Deploy) -> None:
    deployment = deploy(project_with({"name": "Text", "value": "#{Text}"}))
    assert deployment.error is not None
    assert deployment.error["details"][0].startswith("text: ")
    assert "needs its own value" in deployment.error["details"][0]


@pytest.mark.parametrize(("value", "state"), [("True", "succeeded"), ("False", "skipped")])
def test_a_condition_is_an_expression_over_variables(
    deploy: Deploy, value: str, state: str
) -> None:
    step = scripted("Web", "succeed", condition="expression", expression="#{Wanted}")
    deployment = deploy(
        project_with({"name": "Wanted", "value": value}, steps=[scripted("First", "succeed"), step])
    )
    assert deployment.steps.get(slug="web").state == state


def test_a_condition_knows_whether_a_step_before_has_failed(deploy: Deploy) -> None:
    expression = "#{if Octopus.Deployment.Error}true#{/if}"
    last = scripted("Web", "succeed", condition="expression", expression=expression)
    last["inputs"]["text"] = "#{Octopus.Deployment.Error} #{Octopus.Step[First].Status.Code}"
    failed = deploy(project_with(steps=[scripted("First", "fail"), last]))
    assert failed.steps.get(slug="web").state == "succeeded"
    assert text_of(failed) == "It broke. Failed"


def test_the_deploy_page_says_which_expressions_have_no_value(
    staging: Environment, deployer: User
) -> None:
    project = project_with(steps=[scripted("Web", "succeed", text="#{Nowhere}")])
    builders.release(project, "1.0.0")
    address = f"/projects/{project.slug}/releases/1.0.0/deploy/staging/"
    body = builders.signed_in(deployer).get(address).content.decode()
    assert "1 expression has no value in Staging" in body


def test_a_project_with_frozen_variables_can_be_deleted(deploy: Deploy, deployer: User) -> None:
    builders.library("Defaults", {"name": "Size", "value": "9"})
    project = project_with(
        {"name": "Text", "value": PLANTED, "type": "sensitive"}, libraries=["defaults"]
    )
    deploy(project)
    delete_project(project, by=deployer)
    assert SecretValue.objects.count() == 0


PROMPT = {"label": "Change ticket", "required": True}


def test_a_prompted_value_is_asked_for_where_it_applies(
    deploy: Deploy, staging: Environment
) -> None:
    project = project_with(
        {"name": "Text", "value": "", "prompt": PROMPT, "scope": {"environments": ["staging"]}},
        {"name": "Text", "value": "none"},
    )
    with pytest.raises(ValidationProblem) as refused:
        deploy(project)
    assert [(e.path, e.code) for e in refused.value.errors] == [("variables.Text", "missing")]
    with pytest.raises(ValidationProblem) as refused:
        deploy(project, variables={"Text": " ", "Other": "x"})
    assert [(e.path, e.code) for e in refused.value.errors] == [
        ("variables.Other", "unknown"),
        ("variables.Text", "missing"),
    ]
    assert text_of(deploy(project, variables={"text": "TST-1"})) == "TST-1"
    development = builders.environment("Development")
    builders.target("shop-development", environments=[development])
    assert text_of(deploy(project, development)) == "none"


def test_a_prompt_that_another_value_beats_is_not_asked(deploy: Deploy) -> None:
    project = project_with(
        {"name": "Text", "value": "", "prompt": PROMPT},
        {"name": "Text", "value": "fixed", "scope": {"environments": ["staging"]}},
    )
    assert text_of(deploy(project)) == "fixed"


def test_a_prompted_value_left_out_has_its_default_and_a_retry_keeps_what_was_given(
    deploy: Deploy, deployer: User
) -> None:
    project = project_with(
        {"name": "Text", "value": "default", "prompt": PROMPT | {"required": False}}
    )
    assert text_of(deploy(project)) == "default"
    given = deploy(project, variables={"Text": "given"})
    again = run(services.retry_deployment(given, by=deployer, skip_succeeded=False))
    assert text_of(again) == "given"


@pytest.mark.parametrize(
    ("prompt", "given", "code"),
    [
        ({"control": "choice", "choices": ["a", "b"]}, "c", "choice"),
        ({"control": "checkbox"}, "maybe", "choice"),
        ({"control": "line"}, "x" * 100_001, "too_long"),
    ],
)
def test_a_given_value_has_to_fit_its_control(
    deploy: Deploy, prompt: dict[str, Any], given: str, code: str
) -> None:
    project = project_with({"name": "Text", "value": "", "prompt": prompt})
    with pytest.raises(ValidationProblem) as refused:
        deploy(project, variables={"Text": given})
    assert [e.code for e in refused.value.errors] == [code]


def test_the_deploy_page_asks_and_keeps_secrets_out_of_itself(
    staging: Environment, deployer: User
) -> None:
    project = project_with(
        {"name": "Text", "value": "hello", "prompt": PROMPT},
        {"name": "Token", "value": PLANTED, "type": "sensitive", "prompt": {"label": "Token"}},
        {"name": "Flag", "value": "True", "prompt": {"label": "Flag", "control": "checkbox"}},
    )
    release = builders.release(project, "1.0.0")
    address = f"/projects/{project.slug}/releases/{release.version}/deploy/staging/"
    client = builders.signed_in(deployer)
    page = client.get(address)
    assert page.status_code == 200, address
    body = page.content.decode()
    assert "Change ticket" in body
    assert "hello" in body
    assert PLANTED not in body
    token = page.context["form"]["request_token"].value()
    refused = client.post(address, {"request_token": token, "prompt:Text": " ", "prompt:Token": ""})
    assert refused.status_code == 422
    client.post(
        address,
        {"request_token": token, "prompt:Text": "TST-2", "prompt:Token": "", "prompt:Flag": "on"},
    )
    deployment = Deployment.objects.get()
    assert {v["name"]: v["value"] for v in deployment.prompted} == {"Text": "TST-2", "Flag": "True"}


def test_sensitive_values_reach_the_step_and_nothing_else(
    deploy: Deploy, client_of_administrator: Any, administrator: User
) -> None:
    encoded = base64.b64encode(f"user:{PLANTED}".encode()).decode()
    project = project_with(
        {"name": "Text", "value": f"#{{Password}} {encoded}"},
        {"name": "Password", "value": PLANTED, "type": "sensitive"},
        {"name": "Token", "value": None, "type": "sensitive", "prompt": {"label": "Token"}},
        {"name": "OctopusPrintVariables", "value": "True"},
        {"name": "OctopusPrintEvaluatedVariables", "value": "True"},
        steps=[scripted("Web", "echo", "succeed", text="#{Text} #{Token}")],
    )
    deployment = deploy(project, variables={"Token": PLANTED[::-1]})
    assert deployment.state == State.SUCCEEDED
    assert CALLS[0][2][0] == "echo"
    assert "[Password] = '********'" in lines(deployment)
    assert SecretValue.objects.count() == 2
    client = builders.api_client(administrator)
    answers = [
        client.get(f"/api/v1{path}").content.decode()
        for path in (
            f"/projects/{project.slug}/variables",
            f"/projects/{project.slug}/variables/preview?environment=staging&step=web",
            f"/releases/{deployment.release_id}",
            f"/deployments/{deployment.pk}",
            f"/deployments/{deployment.pk}/log?level=verbose",
        )
    ]
    for secret in (PLANTED, PLANTED[::-1]):
        for form in (secret, base64.b64encode(secret.encode()).decode()[:-4]):
            assert not [text for text in lines(deployment) if form in text]
            assert not [answer for answer in answers if form in answer]
            assert form not in database_text()
    halves = (PLANTED[:9], PLANTED[9:])
    assert not [text for text in lines(deployment) if any(half in text for half in halves)]


def database_text() -> str:
    """All that the database holds, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- the database's own names
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)
