"""What CloudFormation makes of each resource type."""

from __future__ import annotations

import copy

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import TEMPLATE, Stacks, template


def test_a_log_group_that_exists_elsewhere_fails_the_stack(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    sandbox.client("logs").create_log_group(logGroupName="/ecs/web")
    stacks.create()
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "already exists" in stacks.reason("AwsLogGroupWeb", "CREATE_FAILED")
    assert stacks.reason("TaskExecutionRoleWeb", "CREATE_FAILED") == "Resource creation cancelled"
    assert len(sandbox.client("logs").describe_log_groups()["logGroups"]) == 1


def test_an_unknown_cluster_fails_the_service_in_the_words_of_ecs(stacks: Stacks) -> None:
    stacks.create(template=template(Cluster="elsewhere"))
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "Cluster not found." in stacks.reason("ServiceWeb", "CREATE_FAILED")


def test_a_value_that_ecs_does_not_know_fails_the_resource(stacks: Stacks) -> None:
    stacks.create(template=template(Colour="green"))
    assert "extraneous key [Colour] is not permitted" in stacks.reason(
        "ServiceWeb", "CREATE_FAILED"
    )


def test_template_properties_reach_ecs_with_their_types_and_keys(stacks: Stacks) -> None:
    body = copy.deepcopy(TEMPLATE)
    definition = body["Resources"]["TaskDefinitionWeb"]["Properties"]
    definition["Volumes"] = [
        {
            "Name": "data",
            "EFSVolumeConfiguration": {
                "FilesystemId": "fs-0a1b2c3d4e5f60001",
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {"IAM": "ENABLED"},
            },
        }
    ]
    stacks.create(template=body)
    wire = stacks.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    container = wire["containerDefinitions"][0]
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert container["dockerLabels"] == {"Com.Example.Team": "Shop"}
    assert wire["volumes"][0]["efsVolumeConfiguration"] == {
        "fileSystemId": "fs-0a1b2c3d4e5f60001",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"iam": "ENABLED"},
    }
    options = container["logConfiguration"]["options"]
    assert options["awslogs-region"] == "eu-west-1"


def test_a_service_that_must_be_replaced_gets_a_new_name_and_the_old_one_goes(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    sandbox.client("ecs").create_cluster(clusterName="second")
    stacks.create()
    before = stacks.service["serviceArn"]
    stacks.update(template=template(Cluster="second"), wait=90)
    assert stacks.status == "UPDATE_COMPLETE"
    assert stacks.ecs.list_services(cluster="demo")["serviceArns"] == []
    (after,) = stacks.ecs.list_services(cluster="second")["serviceArns"]
    assert after.rpartition("/")[2] != before.rpartition("/")[2]


def test_a_resources_own_tag_wins_over_the_stacks(stacks: Stacks) -> None:
    own = [{"Key": "Octopus.Deployment.Id", "Value": "mine"}]
    stacks.create(template=template(Tags=own), deployment="1")
    tags = {tag["key"]: tag["value"] for tag in stacks.service["tags"]}
    assert tags["Octopus.Deployment.Id"] == "mine"


def test_a_definition_that_fargate_refuses_fails_its_resource(stacks: Stacks) -> None:
    body = copy.deepcopy(TEMPLATE)
    body["Resources"]["TaskDefinitionWeb"]["Properties"]["Memory"] = "256"
    stacks.create(template=body)
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "No Fargate configuration exists for given values" in stacks.reason(
        "TaskDefinitionWeb", "CREATE_FAILED"
    )
