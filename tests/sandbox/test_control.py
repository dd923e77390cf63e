"""The /_sandbox/ endpoints, as CONTRACTS words them."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import FargateService


def _post(sandbox: RunningSandbox, endpoint: str, /, **body: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/{endpoint}", json=body, timeout=5)


def _now(answer: requests.Response) -> datetime:
    return datetime.fromisoformat(answer.json()["now"])


def test_the_clock_is_moved_and_switched(sandbox: RunningSandbox) -> None:
    first = _post(sandbox, "clock", mode="manual")
    second = _post(sandbox, "clock", advance=60)
    assert _now(second) - _now(first) == timedelta(seconds=60)
    fast = _post(sandbox, "clock", mode="fast", speed=10).json()
    assert (fast["mode"], fast["speed"]) == ("fast", 10)
    assert _post(sandbox, "clock", mode="slow").status_code == 400


def test_a_fault_strikes_as_often_as_asked(sandbox: RunningSandbox) -> None:
    wish = {
        "service": "cloudformation",
        "action": "Describe*",
        "match": {"StackName": "cf-ecs-*"},
        "code": "Throttling",
        "message": "Rate exceeded",
        "status": 400,
        "delay": 0,
        "times": 1,
    }
    assert _post(sandbox, "faults", **wish).json() == {"id": sandbox.faults.listing()[0]["id"]}
    cloudformation = sandbox.client("cloudformation")
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        cloudformation.describe_stacks(StackName="web")
    with pytest.raises(ClientError, match="Stack with id cf-ecs-demo does not exist"):
        cloudformation.describe_stacks(StackName="cf-ecs-demo")  # botocore retried the throttling
    assert sandbox.count("cloudformation.DescribeStacks") == 3
    listed = requests.get(f"{sandbox.url}/_sandbox/faults", timeout=5).json()
    assert [each["times"] for each in listed] == [0]
    requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=5)
    assert requests.get(f"{sandbox.url}/_sandbox/faults", timeout=5).json() == []


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ("StackName", "match is an object of request parameters and globs"),
        (["StackName"], "match is an object of request parameters and globs"),
        (None, "match is an object of request parameters and globs"),
        ({"StackName": ["web"]}, "match.StackName is a glob, as text"),
    ],
)
def test_a_match_that_is_no_object_of_globs_is_refused(
    sandbox: RunningSandbox, match: object, words: str
) -> None:
    answer = _post(sandbox, "faults", service="cloudformation", match=match)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(words)
    assert sandbox.faults.listing() == []
    assert sandbox.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_an_unknown_field_of_a_fault_is_named(sandbox: RunningSandbox) -> None:
    answer = _post(sandbox, "faults", servise="ecs")
    assert answer.status_code == 400
    assert "servise" in answer.json()["error"]


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("sts", "GetCallerIdentity", {}),
        ("ecr", "DescribeRepositories", {}),
        ("ecs", "ListClusters", {}),
        ("ec2", "DescribeVpcs", {}),
        ("elbv2", "DescribeTargetGroups", {}),
        ("s3", "ListBuckets", {}),
        ("efs", "DescribeFileSystems", {}),
    ],
)
def test_faults_speak_the_protocol_of_every_service(
    sandbox: RunningSandbox, service: str, operation: str, call: dict[str, Any]
) -> None:
    sandbox.faults.add(
        service=service, action=operation, code="AccessDenied", message="Not you", status=403
    )
    client = sandbox.client(service)
    method = {each: name for name, each in client.meta.method_to_api_mapping.items()}[operation]
    with pytest.raises(ClientError) as error:
        getattr(client, method)(**call)
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    assert error.value.response["Error"]["Message"] == "Not you"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_scenario_can_be_set_for_an_image_and_taken_away(sandbox: RunningSandbox) -> None:
    rule = _post(sandbox, "scenarios", image="*/web:1.6.0", scenario="crash")
    assert rule.json() == {"*/web:1.6.0": "crash"}
    web = FargateService(sandbox)
    web.create("shop/web:1.6.0")
    sandbox.advance(30)
    assert web.now["runningCount"] == 0
    assert _post(sandbox, "scenarios", image="*/web:1.6.0", scenario=None).json() == {}
    sandbox.advance(60)
    assert web.now["runningCount"] == 1
    assert _post(sandbox, "scenarios", image="*", scenario="boom").status_code == 400


def test_calls_are_counted_and_reset_returns_to_the_seed(sandbox: RunningSandbox) -> None:
    FargateService(sandbox).create("shop/web:1.6.0")
    counts = requests.get(f"{sandbox.url}/_sandbox/calls", timeout=5).json()
    assert counts["ecs.CreateService"]["started"] == 1
    assert _post(sandbox, "reset").status_code == 200
    assert requests.get(f"{sandbox.url}/_sandbox/calls", timeout=5).json() == {}
    assert sandbox.client("ecs").list_services(cluster="demo")["serviceArns"] == []


def test_an_unknown_endpoint_lists_those_there_are(sandbox: RunningSandbox) -> None:
    answer = requests.get(f"{sandbox.url}/_sandbox/", timeout=5)
    assert answer.status_code == 404
    assert "faults" in answer.json()["error"]


def test_a_delay_holds_up_the_struck_call_only(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(service="ecs", action="ListClusters", delay=0.3, times=1)
    ecs = sandbox.client("ecs")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ecs.list_clusters)
        time.sleep(0.05)
        began = time.monotonic()
        ecs.describe_clusters(clusters=["demo"])
        assert time.monotonic() - began < 0.2
        assert not slow.done()
        assert len(slow.result()["clusterArns"]) == 1


def test_a_connection_can_be_dropped_before_or_after_the_call(sandbox: RunningSandbox) -> None:
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    request: dict[str, Any] = {"StackName": "jobs", "TemplateBody": json.dumps(queue)}
    cloudformation = boto3.client(
        "cloudformation",
        region_name="eu-west-1",
        endpoint_url=sandbox.url,
        aws_access_key_id="AKIASANDBOX000000000",
        aws_secret_access_key="sandbox",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    sandbox.faults.add(action="CreateStack", drop="before", times=1)
    with pytest.raises(ConnectionClosedError):
        cloudformation.create_stack(**request)
    assert cloudformation.describe_stacks()["Stacks"] == []
    sandbox.faults.add(action="CreateStack", drop="after", times=1)
    with pytest.raises(ConnectionClosedError):
        cloudformation.create_stack(**request)
    assert [each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]] == ["jobs"]
    assert _post(sandbox, "faults", drop="perhaps").status_code == 400


def test_calls_above_a_rate_are_throttled_by_region(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ecs", per_second=2, code="ThrottlingException", message="Rate exceeded"
    )
    refused = []
    for _ in range(4):
        answer = requests.post(
            sandbox.url,
            headers={
                "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
                "Authorization": "AWS4-HMAC-SHA256 "
                "Credential=AKIA/20260101/eu-west-1/ecs/aws4_request",
            },
            json={},
            timeout=5,
        )
        refused.append(answer.status_code)
    assert refused == [200, 200, 400, 400]
    assert sandbox.client("ecs", "us-east-1").list_clusters()["clusterArns"]
    sandbox.advance(1)
    assert sandbox.client("ecs").list_clusters()["clusterArns"]


def test_a_fault_may_strike_one_region_only(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(service="ecs", region="eu-*", code="AccessDeniedException", message="No")
    with pytest.raises(ClientError, match="AccessDenied"):
        sandbox.client("ecs").list_clusters()
    assert sandbox.client("ecs", "us-east-1").list_clusters()["clusterArns"]


def test_a_stack_can_be_put_into_any_state(sandbox: RunningSandbox) -> None:
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    cloudformation = sandbox.client("cloudformation")
    cloudformation.create_stack(StackName="jobs", TemplateBody=json.dumps(queue))
    listed = _post(sandbox, "stacks", name="jobs", status="UPDATE_ROLLBACK_FAILED", reason="No")
    assert [(each["name"], each["status"]) for each in listed.json()] == [
        ("jobs", "UPDATE_ROLLBACK_FAILED")
    ]
    sandbox.advance(60)
    stack = cloudformation.describe_stacks(StackName="jobs")["Stacks"][0]
    assert (stack["StackStatus"], stack["StackStatusReason"]) == ("UPDATE_ROLLBACK_FAILED", "No")
    cloudformation.continue_update_rollback(StackName="jobs")
    sandbox.advance(60)
    stack = cloudformation.describe_stacks(StackName="jobs")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert _post(sandbox, "stacks", name="jobs", status="FINE").status_code == 400
    assert _post(sandbox, "stacks", name="none", status="CREATE_FAILED").status_code == 400


def test_reads_of_stacks_may_lag_behind(sandbox: RunningSandbox) -> None:
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    cloudformation = sandbox.client("cloudformation")
    assert _post(sandbox, "lag", seconds=5).json() == {"seconds": 5.0}
    cloudformation.create_stack(StackName="jobs", TemplateBody=json.dumps(queue))
    with pytest.raises(ClientError, match="Stack with id jobs does not exist"):
        cloudformation.describe_stacks(StackName="jobs")
    assert cloudformation.describe_stacks()["Stacks"] == []
    sandbox.advance(6)
    (event, *_) = cloudformation.describe_stack_events(StackName="jobs")["StackEvents"]
    (stack,) = cloudformation.describe_stacks(StackName="jobs")["Stacks"]
    assert (event["ResourceStatus"], stack["StackStatus"]) == (
        "CREATE_COMPLETE",
        "CREATE_IN_PROGRESS",
    )
    sandbox.advance(5)
    (stack,) = cloudformation.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
