"""Template steps through the API, deployed by the engine, AWS read back with boto3."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.demo.sample import sample_step
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, in_process_portal

PROCESS = "/projects/web-shop/process"
IMAGES = [
    {"reference": name, "feed": "shop-registry", "repository": f"shop/{name}"}
    for name in ("web", "api")
]
LOGS = """\
Parameters:
  Group: {Type: String}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Ref Group, RetentionInDays: #{Days}}
Outputs:
  Name: {Value: !Ref Logs}
"""


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def step(slug: str, type: str, **inputs: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug.replace("-", " ").capitalize(),
        "type": type,
        "version": 1,
        "target_tags": ["web"],
        "inputs": inputs,
    }


def put(portal: Portal, *steps: dict[str, Any]) -> Any:
    found = portal.api("GET", PROCESS).body
    return portal.api("PUT", PROCESS, {"revision": found["revision"], "steps": list(steps)})


def deployed(portal: Portal, *steps: dict[str, Any]) -> dict[str, Any]:
    """The process with these steps only, released and deployed to development."""
    answer = put(portal, *steps)
    assert answer.status == 200, answer.body
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    return deployment


def resources_of(portal: Portal, stack: str) -> dict[str, Any]:
    """Task definition, service, role and log group of a stack as their services describe them."""
    cfn, ecs = (portal.sandbox.client(name, "eu-west-1") for name in ("cloudformation", "ecs"))
    listed = cfn.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    service = ecs.describe_services(
        cluster="demo", services=[ids["ServicewebShop"]], include=["TAGS"]
    )["services"][0]
    definition = ecs.describe_task_definition(
        taskDefinition=ids["TaskDefinitionwebShop"], include=["TAGS"]
    )
    (stack_shown,) = cfn.describe_stacks(StackName=stack)["Stacks"]
    (group,) = portal.sandbox.client("logs", "eu-west-1").describe_log_groups(
        logGroupNamePrefix=ids["AwsLogGroupwebShop"]
    )["logGroups"]
    return {
        "types": {each["LogicalResourceId"]: each["ResourceType"] for each in listed},
        "parameters": {p["ParameterKey"]: p["ParameterValue"] for p in stack_shown["Parameters"]},
        "service": _settled(service),
        "task_definition": _settled(definition["taskDefinition"]),
        "log_group": {k: v for k, v in group.items() if k not in ("creationTime", "arn")},
    }


_OF_THE_MOMENT = {
    "createdAt", "updatedAt", "registeredAt", "events", "deployments", "executionRoleArn", "id",
    "serviceArn", "serviceName", "taskDefinitionArn", "taskDefinition", "registeredBy", "revision",
    "createdBy", "currentServiceDeployment", "currentServiceRevisions",
}  # fmt: skip
"""What differs between two creations of one thing."""


def _settled(described: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if key not in _OF_THE_MOMENT}


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_what_the_ecs_step_exports_deploys_unchanged_to_the_same_resources(
    portal: Portal, format: str
) -> None:
    deployed(portal, sample_step())
    of_the_ecs_step = resources_of(portal, STACK)
    exported = portal.browser.get(f"{PROCESS}/deploy-web/export/?format={format}")
    assert exported.status_code == 200
    portal.sandbox.reset()
    deployed(
        portal,
        step(
            "deploy-template",
            "deploy-cloudformation-template",
            stack_name="exported-web-shop",
            template=exported.content.decode(),
            images=IMAGES,
        ),
    )
    of_the_template = resources_of(portal, "exported-web-shop")
    assert of_the_template["types"] == of_the_ecs_step["types"]
    assert of_the_template["parameters"] == of_the_ecs_step["parameters"]
    assert of_the_template["task_definition"] == of_the_ecs_step["task_definition"]
    assert _untagged(of_the_template["service"]) == _untagged(of_the_ecs_step["service"])
    assert of_the_template["log_group"] == of_the_ecs_step["log_group"]


def _untagged(service: dict[str, Any]) -> dict[str, Any]:
    """Without the tags that name this deployment and its step; those of the step's own remain."""
    return {
        **service,
        "tags": [
            tag
            for tag in service.get("tags", [])
            if not tag["key"].startswith(("Octopus.", "aws:"))
        ],
    }


def test_outputs_of_a_stack_reach_later_steps_and_a_proposal_waits_to_be_applied(
    portal: Portal,
) -> None:
    days = [{"name": "Days", "value": "3"}]
    answer = portal.api("PUT", "/projects/web-shop/variables", {"variables": days})
    assert answer.status == 200, answer.body
    output = "#{Octopus.Action[Logs].Output.AwsOutputs"
    deployment = deployed(
        portal,
        step(
            "logs",
            "deploy-cloudformation-template",
            stack_name="shop-logs",
            template=LOGS,
            parameters=[{"name": "Group", "value": "/shop/#{Octopus.Environment.Name}"}],
            change_set={"enabled": True, "defer": True, "name": "next"},
        ),
        step(
            "apply",
            "apply-change-set",
            stack_id=f"{output}[StackId]}}",
            change_set_id=f"{output}[ChangesetId]}}",
        ),
        step(
            "second",
            "deploy-cloudformation-template",
            stack_name="shop-more-logs",
            template=LOGS,
            parameters=[
                {"name": "Group", "value": "#{Octopus.Action[Apply].Output.AwsOutputs[Name]}/more"}
            ],
        ),
        step("clean-up", "delete-stack", stack_name="shop-logs"),
    )
    outputs = deployment["outputs"]
    assert outputs["Apply"]["AwsOutputs[Name]"] == "/shop/Development"
    assert outputs["Second"]["AwsOutputs[Name]"] == "/shop/Development/more"
    groups = portal.sandbox.client("logs", "eu-west-1").describe_log_groups(
        logGroupNamePrefix="/shop/"
    )["logGroups"]
    assert [(g["logGroupName"], g["retentionInDays"]) for g in groups] == [
        ("/shop/Development/more", 3)
    ]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Resources:\n  A: [1,\n", "Line 2, column 9"),
        ("Resources:\n  A: &a {Type: x}\n  B: *a\n", "Line 3, column 6"),
        ("Resources: {}", "at least one"),
        ("Resources:\n  A: {Type: 'AWS::SNS::Topic'}\n#" + "x" * 1_000_000, "1 MB"),
    ],
)
def test_a_template_that_can_t_be_deployed_is_refused_with_its_place(
    portal: Portal, template: str, message: str
) -> None:
    answer = put(
        portal,
        step("t", "deploy-cloudformation-template", stack_name="t", template=template),
    )
    assert answer.status == 422
    (error,) = answer.body["errors"]
    assert error["path"] == "steps[0].inputs.template"
    assert message in error["message"]


def test_parameters_that_the_template_lost_or_gained_are_told_at_their_places(
    portal: Portal,
) -> None:
    answer = put(
        portal,
        step(
            "t",
            "deploy-cloudformation-template",
            stack_name="t",
            template=LOGS.replace("#{Days}", "3"),
            parameters=[{"name": "Old", "value": "1"}],
        ),
    )
    assert {error["path"]: error["message"] for error in answer.body["errors"]} == {
        "steps[0].inputs.parameters[0].value": "The template has no parameter Old. Clear this to"
        " leave it out, or add the parameter to the template.",
        "steps[0].inputs.parameters": "Give a value for Group: the template has no default.",
    }


def test_the_schemas_are_served(portal: Portal) -> None:
    for type in ("deploy-cloudformation-template", "apply-change-set", "delete-stack"):
        answer = portal.api("GET", f"/step-types/{type}/1/schema")
        assert answer.status == 200
        assert "wait" in answer.body["properties"]
