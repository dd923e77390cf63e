"""Taking over a step of Octopus Deploy: page, fragment and API."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.asgi import is_remote
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.posted_form import posted_form

pytestmark = pytest.mark.django_db

PAGE = "/projects/web-shop/process/add/octopus/"
STACKS = "/remote/projects/web-shop/process/add/octopus/stacks/"
API = "/api/v1/projects/web-shop/process/import-octopus"
ECS = "Octopus.Action.Aws.Ecs."
NAME = "cf-ecs-demo-serviceweb-environments3-untenanted"


def exported(**properties: Any) -> dict[str, Any]:
    container = {
        "containerName": "web",
        "containerImageReference": {
            "referenceId": "p1",
            "imageName": "library/nginx",
            "feedId": "Feeds-7",
        },
        "essential": "True",
    }
    kept = {
        f"{ECS}Deploy.ServiceTaskName": "web",
        f"{ECS}Deploy.Cpu": "256",
        f"{ECS}Deploy.Memory": "512",
        f"{ECS}Deploy.SubnetIds": '["subnet-0a1b2c3d"]',
        f"{ECS}Deploy.SecurityGroupIds": '["sg-0a1b2c3d"]',
        f"{ECS}Deploy.Containers": json.dumps([container]),
        "Octopus.Action.TargetRoles": "web",
    }
    return {"Name": "Deploy the web", "Properties": kept | properties}


@pytest.fixture
def project(sandbox: RunningSandbox) -> Project:
    production = builders.environment("Production", octopus_id="Environments-3")
    account = builders.account("shop", endpoint_url=sandbox.url)
    builders.target("Main", account=account, cluster="demo", environments=[production])
    builders.feed("Docker Hub")
    made = builders.project("Web shop")
    made.process_revisions.all().delete()
    return made


@pytest.fixture
def admin(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.ADMINISTRATOR))


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD))


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def look(client: Client, step: Any) -> Any:
    pasted = step if isinstance(step, str) else json.dumps(step)
    return client.post(PAGE, {"step": pasted, "act": "look"})


def steps(project: Project) -> list[dict[str, Any]]:
    saved = current_process(project)
    return saved.steps if saved else []


def test_the_process_offers_it_where_nothing_is_yet_and_beside_the_catalogue(lead: Client) -> None:
    assert f'href="{PAGE}"' in text(lead.get("/projects/web-shop/process/"))
    assert f'href="{PAGE}"' in text(lead.get("/projects/web-shop/process/add/"))


def test_a_look_tells_what_becomes_of_the_step_and_saves_nothing(
    admin: Client, project: Project
) -> None:
    answer = look(admin, exported(**{"Odd": "1", f"{ECS}Deploy.Cpu": "300"}))
    shown = text(answer)
    assert answer.status_code == 200
    assert "Odd: Is not carried over: this step has no such input." in shown
    assert "cpu Fargate has no task of 300 CPU units" in " ".join(
        shown.replace("<code>", " ").replace("</code>", " ").split()
    )
    assert NAME in shown
    assert "Asking AWS…" in shown
    assert steps(project) == []


def test_the_step_is_saved_with_name_tags_and_feed_as_typed(
    admin: Client, project: Project
) -> None:
    form = posted_form(look(admin, exported()).content.decode(), "octopus-form")
    assert (form["step_name"], form["target_tags"]) == ("Deploy the web", "web")
    sent = form | {"act": "save", "step_name": "Web", "target_tags": "web, eu"}
    saved = admin.post(PAGE, sent | {"feed.0": "docker-hub"})
    assert saved["Location"] == "/projects/web-shop/process/web/"
    [step] = steps(project)
    assert (step["name"], step["target_tags"]) == ("Web", ["web", "eu"])
    assert step["inputs"]["containers"][0]["image"]["feed"] == "docker-hub"


def test_what_aws_would_refuse_is_saved_and_stays_marked(admin: Client, project: Project) -> None:
    step = exported(**{f"{ECS}Deploy.Cpu": "300"})
    form = posted_form(look(admin, step).content.decode(), "octopus-form")
    saved = admin.post(PAGE, form | {"act": "save"})
    assert "Fargate has no task of 300 CPU units" in text(admin.get(saved["Location"]))


def test_ids_of_environments_are_saved_with_the_step_and_change_the_names(
    admin: Client, project: Project
) -> None:
    form = posted_form(look(admin, exported()).content.decode(), "octopus-form")
    assert form["octopus_id.production"] == "Environments-3"
    again = admin.post(PAGE, form | {"octopus_id.production": "Environments-9", "act": "look"})
    assert "environments9" in text(again)
    assert Environment.objects.get().octopus_id == "Environments-3"
    admin.post(PAGE, form | {"octopus_id.production": "Environments-9", "act": "save"})
    assert Environment.objects.get().octopus_id == "Environments-9"


def test_a_wrong_id_is_told_beside_its_field_and_nothing_is_saved(
    admin: Client, project: Project
) -> None:
    form = posted_form(look(admin, exported()).content.decode(), "octopus-form")
    refused = admin.post(PAGE, form | {"octopus_id.production": "x" * 61, "act": "save"})
    assert refused.status_code == 422
    assert "x" * 61 in text(refused)
    assert steps(project) == []


def test_who_may_not_edit_environments_is_told_whom_to_ask(lead: Client, project: Project) -> None:
    shown = text(look(lead, exported()))
    assert "ask an administrator" in shown
    assert "octopus_id.production" not in shown
    form = posted_form(look(lead, exported()).content.decode(), "octopus-form")
    lead.post(PAGE, form | {"act": "save", "octopus_id.production": "Environments-9"})
    assert Environment.objects.get().octopus_id == "Environments-3"
    assert len(steps(project)) == 1


def test_the_stacks_say_whether_they_exist(
    lead: Client, project: Project, sandbox: RunningSandbox
) -> None:
    pasted = {"step": json.dumps(exported())}
    assert "No such stack" in text(lead.post(STACKS, pasted))
    body = json.dumps({"Resources": {"G": {"Type": "AWS::Logs::LogGroup", "Properties": {}}}})
    sandbox.client("cloudformation").create_stack(StackName=NAME, TemplateBody=body)
    assert "the next deployment updates it" in text(lead.post(STACKS, pasted))
    sandbox.faults.add(
        service="cloudformation", action="DescribeStacks", code="AccessDenied", message="no"
    )
    assert "AWS refuses DescribeStacks" in text(lead.post(STACKS, pasted))


def test_an_environment_without_a_target_and_a_bound_name_are_told(
    lead: Client, project: Project
) -> None:
    builders.environment("Test")
    shown = text(look(lead, exported(**{f"{ECS}Deploy.ServiceTaskName": "#{Name}"})))
    assert "No target carries one of the step's tags" in shown
    assert "known when deploying" in shown


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "Paste the step's JSON."),
        ("{", "This is no JSON (line 1, column 2: Expecting property name"),
        ("[" * 100_000, "This is no step: its JSON can't be read."),
        ("[]", "Has to be an object: a step or an action of Octopus Deploy."),
        ('{"Properties": {"a": "\\ud800"}}', "holds a character that can't be stored"),
        ('{"Actions": [{}, {}]}', "Actions: Has 2 actions. Import them one by one."),
        ('{"StepPackageId": "aws-ecs", "Inputs": {"a": 1}}', "kept as a step package"),
        ('{"Steps": []}', "Is a whole process of 0 steps."),
        ('{"Name": "x"}', "Holds no properties of a step that can be imported."),
    ],
)
def test_what_is_no_step_is_told_and_nothing_typed_is_lost(
    lead: Client, pasted: str, words: str
) -> None:
    answer = look(lead, pasted)
    assert answer.status_code == 422
    assert words in text(answer)
    if len(pasted) < 1000:
        assert pasted in text(answer)


def test_a_huge_text_is_refused_by_its_length(lead: Client) -> None:
    answer = look(lead, "x" * 1_000_001)
    assert answer.status_code == 422
    assert "longer than a step gets" in text(answer)


def test_another_text_takes_its_own_name(lead: Client) -> None:
    form = posted_form(look(lead, exported()).content.decode(), "octopus-form")
    other = exported() | {"Name": "Other"}
    shown = lead.post(PAGE, form | {"step": json.dumps(other), "act": "look"})
    assert posted_form(shown.content.decode(), "octopus-form")["step_name"] == "Other"


def test_a_look_takes_a_constant_number_of_queries(
    lead: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    look(lead, exported())
    with django_assert_num_queries(QUERIES):
        look(lead, exported())
    for number in range(3):
        place = builders.environment(f"More {number}")
        builders.target(f"More {number}", environments=[place])
    with django_assert_num_queries(QUERIES):
        look(lead, exported())


QUERIES = 12


def test_deployers_may_not_import(project: Project) -> None:
    deployer = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert deployer.get(PAGE).status_code == 403
    assert deployer.post(STACKS, {"step": "{}"}).status_code == 403


def test_the_api_previews_with_the_stacks_and_saves(project: Project) -> None:
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    sent = {"step": exported(Odd="1"), "feeds": {"Feeds-7": "docker-hub"}}
    preview = client.post(API, sent | {"preview": True}, content_type="application/json").json()
    assert (preview["revision"], preview["slug"]) == (0, "")
    assert preview["report"] == ["Odd: Is not carried over: this step has no such input."]
    assert preview["stacks"] == [
        {
            "environment": "production",
            "environment_id": "Environments-3",
            "target": "main",
            "stack_name": NAME,
            "exists": False,
        }
    ]
    assert steps(project) == []

    saved = client.post(API, sent | {"name": "Web"}, content_type="application/json").json()
    assert (saved["revision"], saved["slug"], saved["stacks"][0]["exists"]) == (1, "web", None)
    assert steps(project)[0]["inputs"] == saved["step"]["inputs"]
    assert is_remote("POST", API)


def test_the_api_names_where_the_step_is_wrong(project: Project) -> None:
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    refused = client.post(API, {"step": {"Actions": [{}, {}]}}, content_type="application/json")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "step.Actions"
