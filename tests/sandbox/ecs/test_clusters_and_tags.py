"""Clusters, tags, paging, and what is missing."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import NETWORK, FargateService, definition


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1", "us-east-1"])
def test_each_seeded_region_has_the_demo_cluster(sandbox: RunningSandbox, region: str) -> None:
    ecs = sandbox.client("ecs", region)
    (arn,) = ecs.list_clusters()["clusterArns"]
    assert arn == f"arn:aws:ecs:{region}:123456789012:cluster/demo"
    (cluster,) = ecs.describe_clusters(clusters=["demo"], include=["TAGS"])["clusters"]
    assert cluster["status"] == "ACTIVE"
    assert bool(cluster["tags"]) == (region == "us-east-1")


def test_a_missing_cluster_is_a_failure_here_and_an_error_there(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    answer = ecs.describe_clusters(clusters=["nowhere"])
    arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/nowhere"
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    with pytest.raises(ecs.exceptions.ClusterNotFoundException, match=r"Cluster not found\."):
        ecs.list_services(cluster="nowhere")


def test_clusters_are_made_and_deleted(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="second", tags=[{"key": "a", "value": "b"}])
    assert len(ecs.list_clusters()["clusterArns"]) == 2
    assert ecs.delete_cluster(cluster="second")["cluster"]["status"] == "INACTIVE"
    FargateService(sandbox).create("shop/web:1")
    with pytest.raises(ecs.exceptions.ClusterContainsServicesException):
        ecs.delete_cluster(cluster="demo")


def test_tags_are_set_listed_and_removed(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    arn = FargateService(sandbox).create("shop/web:1")["serviceArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]


def test_tasks_carry_the_tags_that_are_propagated(sandbox: RunningSandbox) -> None:
    web = FargateService(sandbox)
    tags = [{"key": "team", "value": "shop"}]
    web.create("shop/web:1", tags=tags, propagateTags="SERVICE", enableECSManagedTags=True)
    sandbox.advance(5)
    answer = web.client.describe_tasks(cluster="demo", tasks=web.task_arns, include=["TAGS"])
    assert {each["key"]: each["value"] for each in answer["tasks"][0]["tags"]} == {
        "team": "shop",
        "aws:ecs:clusterName": "demo",
        "aws:ecs:serviceName": "web",
    }


def test_services_are_listed_ten_a_page_and_described_ten_at_most(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    ecs.register_task_definition(**definition("shop/web:1"))
    for number in range(12):
        ecs.create_service(
            cluster="demo",
            serviceName=f"web-{number}",
            taskDefinition="web",
            networkConfiguration=NETWORK,
        )
    first = ecs.list_services(cluster="demo")
    rest = ecs.list_services(cluster="demo", nextToken=first["nextToken"])
    assert (len(first["serviceArns"]), len(rest["serviceArns"])) == (10, 2)
    with pytest.raises(ClientError, match="at most 10"):
        ecs.describe_services(
            cluster="demo", services=[*first["serviceArns"], *rest["serviceArns"]]
        )


def test_missing_services_and_tasks_are_failures(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    services = ecs.describe_services(cluster="demo", services=["nothing"])
    assert [each["reason"] for each in services["failures"]] == ["MISSING"]
    tasks = ecs.describe_tasks(cluster="demo", tasks=["0123456789abcdef0123456789abcdef"])
    assert [each["reason"] for each in tasks["failures"]] == ["MISSING"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"networkConfiguration": {}}, "Network Configuration must be provided"),
        (
            {
                "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
                "launchType": "FARGATE",
            },
            "both a launch type and capacity provider strategy",
        ),
        (
            {"loadBalancers": [{"containerName": "api", "containerPort": 80}]},
            "The container api does not exist in the task definition.",
        ),
        (
            {"loadBalancers": [{"containerName": "web", "containerPort": 81}]},
            "The container web did not have a container port 81 defined.",
        ),
        ({"taskDefinition": "nothing"}, "TaskDefinition not found."),
    ],
)
def test_a_service_that_ecs_refuses(
    sandbox: RunningSandbox, change: dict[str, object], words: str
) -> None:
    ecs = sandbox.client("ecs")
    ecs.register_task_definition(**definition("shop/web:1"))
    order: dict[str, object] = {
        "cluster": "demo",
        "serviceName": "web",
        "taskDefinition": "web",
        "networkConfiguration": NETWORK,
    }
    with pytest.raises(ClientError) as error:
        ecs.create_service(**{**order, **change})
    assert words in error.value.response["Error"]["Message"]
