"""A service that runs becomes a step: everything told is taken over or named."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.test import Client

from ecsportal.asgi import is_remote
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.people.models import Role, User
from ecsportal.problems import NotFound, RemoteFailed
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from ecsportal.projects.running_services import (
    ServiceImport,
    import_of_service,
    services_of,
)
from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.deploy_ecs_service.step_type import STEP_TYPE
from tests import builders
from tests.posted_form import posted_form
from tests.steps.deploy_ecs_service.samples import container, document

pytestmark = pytest.mark.django_db

PAGE = "/remote/projects/web-shop/process/add/service/"
API = "/api/v1/projects/web-shop/process/import-service"
IMAGE = "docker.io/library/nginx:1.29"
PARAMETER = f"arn:aws:ssm:eu-west-1:123456789012:parameter{seed.PARAMETER_NAME}"
PLACE = {
    "awsvpcConfiguration": {
        "subnets": [seed.SUBNET_IDS[0]],
        "securityGroups": [seed.SECURITY_GROUP_IDS["web"]],
        "assignPublicIp": "DISABLED",
    }
}


@pytest.fixture
def target(sandbox: RunningSandbox) -> DeploymentTarget:
    account = builders.account("shop", endpoint_url=sandbox.url)
    return builders.target(
        "Main", account=account, cluster="demo", environments=[builders.environment("Production")]
    )


@pytest.fixture
def project(target: DeploymentTarget) -> Project:
    builders.feed("Docker Hub")
    made = builders.project("Web shop")
    made.process_revisions.all().delete()
    return made


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD))


def deployed(sandbox: RunningSandbox, inputs: dict[str, Any], stack: str = "shop-web") -> str:
    """Deploy the step's template as a stack; answers the service's name."""
    images = {each.reference: IMAGE for each in STEP_TYPE.images(inputs)}
    template = STEP_TYPE.export(inputs, 2, images=images, cluster="demo")
    sandbox.client("logs").create_log_group(logGroupName="/other")
    sandbox.client("cloudformation").create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "Octopus.Project.Id", "Value": "web-shop"}],
    )
    sandbox.advance(300)
    arns = sandbox.client("ecs").list_services(cluster="demo")["serviceArns"]
    return next(arn.rpartition("/")[2] for arn in arns if f"/{stack}-" in arn)


def created(sandbox: RunningSandbox, task: dict[str, Any], **service: Any) -> str:
    """Register a task definition and create a service of it without a stack."""
    ecs = sandbox.client("ecs")
    ecs.register_task_definition(
        **{
            "family": "by-hand",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": seed.role_arn("ecsTaskExecutionRole"),
            "containerDefinitions": [{"name": "web", "image": IMAGE}],
        }
        | task
    )
    ecs.create_service(
        **{
            "cluster": "demo",
            "serviceName": "by-hand",
            "taskDefinition": "by-hand",
            "desiredCount": 1,
            "launchType": "FARGATE",
            "networkConfiguration": PLACE,
        }
        | service
    )
    return "by-hand"


def imported(administrator: User, target: DeploymentTarget, name: str) -> ServiceImport:
    return import_of_service(administrator, target, name)


WHOLE = document(
    container(
        "web",
        image={"reference": "web", "feed": "docker-hub", "repository": "library/nginx"},
        memory=256,
        memory_reservation=128,
        cpu=100,
        ports=[{"port": 80, "protocol": "tcp"}],
        health_check={"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 5, "retries": 2},
        entry_point="sh, -c",
        command_list=["echo", "a b"],
        working_directory="/srv",
        user="1000",
        stop_timeout=20,
        environment=[
            {"name": "A", "value": "1", "type": "plain"},
            {"name": "S", "value": PARAMETER, "type": "secret"},
        ],
        storage={
            "read_only_root_filesystem": True,
            "mount_points": [{"volume": "data", "path": "/data", "read_only": True}],
        },
        docker_labels=[{"key": "k", "value": "v"}],
        ulimits=[{"name": "nofile", "soft": 1024, "hard": 4096}],
    ),
    container(
        "router",
        image={"reference": "router", "feed": "docker-hub", "repository": "library/nginx"},
        essential=False,
        depends_on=[{"container": "web", "condition": "START"}],
        logging={
            "type": "manual",
            "driver": "awslogs",
            "options": [
                {"name": "awslogs-group", "value": "/other", "type": "plain"},
                {"name": "awslogs-region", "value": "eu-west-1", "type": "plain"},
                {"name": "awslogs-stream-prefix", "value": "ecs", "type": "plain"},
            ],
        },
    ),
    task_role_arn=seed.role_arn("web-shop-task-role"),
    desired_count=2,
    subnet_ids=[seed.SUBNET_IDS[0]],
    security_group_ids=[seed.SECURITY_GROUP_IDS["web"]],
    assign_public_ip=False,
    minimum_healthy_percent=50,
    maximum_percent=150,
    enable_ecs_managed_tags=True,
    tags=[{"key": "owner", "value": "team"}],
    load_balancers=[
        {"container": "web", "port": 80, "target_group_arn": seed.target_group_arn("eu-west-1")}
    ],
    volumes=[
        {"type": "bind", "name": "scratch"},
        {
            "type": "efs",
            "name": "data",
            "file_system_id": seed.FILE_SYSTEM_ID,
            "access_point_id": seed.ACCESS_POINT_ID,
            "root_directory": "/",
            "transit_encryption": True,
            "iam_authorization": True,
        },
    ],
    beyond={
        "circuit_breaker": {"enabled": True, "rollback": True},
        "execute_command": True,
        "health_check_grace_period": 60,
        "ephemeral_storage_gib": 30,
        "propagate_tags": "service",
    },
)


def test_what_this_step_deployed_comes_back_as_the_very_template(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    name = deployed(sandbox, WHOLE)
    found = imported(administrator, target, name)
    assert found.adopted is not None
    assert found.adopted.report == ()
    assert found.adopted.adopts
    assert found.adopted.beside == ()
    assert found.adopted.inputs["stack_name"] == found.stack == "shop-web"
    assert found.problems(found.adopted) == []
    images = {"web": IMAGE, "router": IMAGE}
    again = STEP_TYPE.export(found.adopted.inputs, 2, images=images, cluster="demo")
    assert again == STEP_TYPE.export(WHOLE, 2, images=images, cluster="demo")


def test_a_stack_of_its_own_names_role_and_log_group_as_they_are(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    name = deployed(sandbox, WHOLE)
    own = imported(administrator, target, name).own
    assert own.inputs["stack_name"] == ""
    assert ":role/shop-web-TaskExecutionRole" in own.inputs["task_execution_role_arn"]
    logging = own.inputs["containers"][0]["logging"]
    assert (logging["type"], logging["driver"]) == ("manual", "awslogs")
    assert not own.adopts


def test_images_are_matched_to_feeds_by_their_registry(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    other = {"name": "other", "image": "ghcr.io/shop/api:2.0", "essential": False}
    web = {"name": "web", "image": IMAGE}
    own = imported(
        administrator, target, created(sandbox, {"containerDefinitions": [web, other]})
    ).own
    assert [(i.container, i.feed, i.repository, i.tag) for i in own.images] == [
        ("web", "docker-hub", "library/nginx", "1.29"),
        ("other", "", "ghcr.io/shop/api:2.0", "2.0"),
    ]
    assert own.inputs["containers"][1]["image"] == {
        "reference": "other",
        "feed": "",
        "repository": "ghcr.io/shop/api:2.0",
    }


def test_what_no_input_holds_is_named_with_its_place(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    web = {
        "name": "web",
        "image": IMAGE,
        "linuxParameters": {"initProcessEnabled": True},
        "entryPoint": ["sh", "-c", "a,b"],
    }
    name = created(
        sandbox,
        {"containerDefinitions": [web], "pidMode": "task"},
        platformVersion="1.4.0",
    )
    assert imported(administrator, target, name).own.report == (
        'taskDefinition.containerDefinitions[0].entryPoint: ["sh", "-c", "a,b"] has no input in'
        " this step.",
        'taskDefinition.containerDefinitions[0].linuxParameters: {"initProcessEnabled": true} has'
        " no input in this step.",
        'taskDefinition.pidMode: "task" has no input in this step.',
    )


def test_a_service_without_a_stack_can_adopt_none(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    found = imported(administrator, target, created(sandbox, {}))
    assert (found.stack, found.adopted) == ("", None)
    assert found.own.inputs["task_name"] == "by-hand"
    assert found.own.inputs["assign_public_ip"] is False


def test_a_stack_with_other_resources_says_what_adopting_it_deletes(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    inputs = document(
        container("web"),
        subnet_ids=[seed.SUBNET_IDS[0]],
        security_group_ids=[seed.SECURITY_GROUP_IDS["web"]],
    )
    template = STEP_TYPE.export(inputs, 2, images={"web": IMAGE}, cluster="demo")
    template["Resources"] = {
        name.replace("Serviceweb", "TheService"): resource
        for name, resource in template["Resources"].items()
    }
    sandbox.client("cloudformation").create_stack(
        StackName="hand-made", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"]
    )
    sandbox.advance(300)
    [name] = services_of(target)
    adopted = imported(administrator, target, name).adopted
    assert adopted is not None
    assert (adopted.adopts, adopted.beside) == (False, ("TheService",))


def test_a_stack_that_may_not_be_read_is_told_and_the_service_still_comes(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    name = deployed(sandbox, WHOLE)
    sandbox.faults.add(
        service="cloudformation", action="ListStackResources", code="AccessDenied", message="no"
    )
    found = imported(administrator, target, name)
    assert found.adopted is None
    assert found.stack_problem == "AccessDenied on cloudformation:ListStackResources."


def test_a_missing_service_and_a_refusal_are_told(
    administrator: User, project: Project, target: DeploymentTarget, sandbox: RunningSandbox
) -> None:
    with pytest.raises(NotFound, match='There is no service "nothing" in demo of Main.'):
        imported(administrator, target, "nothing")
    sandbox.faults.add(
        service="ecs", action="ListServices", code="AccessDeniedException", message="no"
    )
    with pytest.raises(RemoteFailed, match="AccessDenied on ecs:ListServices"):
        services_of(target)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_the_page_leads_from_target_to_service_to_the_editor_and_saves_nothing_itself(
    lead: Client, project: Project, sandbox: RunningSandbox
) -> None:
    name = deployed(sandbox, WHOLE)
    assert f'href="{PAGE}"' in text(lead.get("/projects/web-shop/process/"))
    assert "Main (demo, eu-west-1)" in text(lead.get(PAGE))
    assert name in text(lead.get(f"{PAGE}?target=main"))
    page = lead.get(f"{PAGE}?target=main&service={name}")
    shown = text(page)
    assert "Adopt the stack shop-web" in shown
    assert "updates the service in place" in shown
    assert "tag 1.29 runs now" in shown
    assert current_process(project) is None

    sent = posted_form(page.content.decode(), "open-1")
    editor = lead.post("/projects/web-shop/process/new/deploy-ecs-service/", sent)
    form = posted_form(editor.content.decode(), "step-form")
    assert (form["step_name"], form["target_tags"]) == ("Deploy web", "web")
    assert 'data-guard="changed"' in text(editor)
    assert current_process(project) is None
    saved = lead.post("/projects/web-shop/process/new/deploy-ecs-service/", form)
    assert saved["Location"] == "/projects/web-shop/process/deploy-web/"
    steps = current_process(project).steps  # type: ignore[union-attr]
    assert steps[0]["inputs"]["stack_name"] == "shop-web"
    assert steps[0]["inputs"]["beyond"]["circuit_breaker"]["enabled"] is True


def test_a_name_that_is_none_and_a_refusal_keep_what_was_typed(
    lead: Client, sandbox: RunningSandbox
) -> None:
    missing = lead.get(f"{PAGE}?target=main&service=nothing")
    assert 'There is no service "nothing"' in text(missing)
    assert 'value="nothing"' in text(missing)
    sandbox.faults.add(
        service="ecs", action="ListServices", code="AccessDeniedException", message="no"
    )
    refused = lead.get(f"{PAGE}?target=main")
    assert refused.status_code == 502
    assert "AccessDenied on ecs:ListServices." in text(refused)


def test_the_api_answers_the_step_and_what_it_does_not_hold(
    project: Project, sandbox: RunningSandbox
) -> None:
    name = deployed(sandbox, WHOLE)
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    sent: dict[str, Any] = {"target": "main", "service": name, "adopt_stack": True}
    told = client.post(API, sent, content_type="application/json").json()
    assert (told["stack"], told["updates_in_place"], told["report"]) == ("shop-web", True, [])
    assert told["images"][0]["feed"] == "docker-hub"
    saved = client.put(
        "/api/v1/projects/web-shop/process",
        {"steps": [told["step"]]},
        content_type="application/json",
    )
    assert saved.status_code == 200
    for changed, status in (({"service": "nothing"}, 404), ({"target": "nothing"}, 422)):
        refused = client.post(API, sent | changed, content_type="application/json")
        assert refused.status_code == status
    assert is_remote("POST", API)


def test_deployers_may_not_import_services(project: Project) -> None:
    deployer = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert deployer.get(PAGE).status_code == 403
