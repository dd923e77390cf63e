"""Who is let in, and what the sandbox doesn't know."""

from __future__ import annotations

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox


def _client(sandbox: RunningSandbox, service: str, key: str) -> object:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-west-1",
        endpoint_url=sandbox.url,
        aws_access_key_id=key,
        aws_secret_access_key="x",
    )


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("cloudformation", "describe_stacks", "InvalidClientTokenId"),
        ("ecs", "list_clusters", "UnrecognizedClientException"),
        ("ecr", "describe_repositories", "UnrecognizedClientException"),
    ],
)
def test_a_wrong_key_is_refused_everywhere(
    sandbox: RunningSandbox, service: str, method: str, code: str
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(_client(sandbox, service, "AKIAWRONG00000000000"), method)()
    assert error.value.response["Error"]["Code"] == code


def test_an_operation_that_is_not_simulated_says_so(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError, match="does not simulate cloudformation DetectStackDrift"):
        sandbox.client("cloudformation").detect_stack_drift(StackName="web")


def test_a_request_without_a_required_parameter_is_refused(sandbox: RunningSandbox) -> None:
    scope = "Credential=AKIA/20260101/eu-west-1/ecs/aws4_request"
    answer = requests.post(
        sandbox.url,
        data=b"{}",
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 {scope}",
            "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.DescribeServices",
        },
        timeout=5,
    )
    assert answer.status_code == 400
    assert answer.json()["__type"] == "InvalidParameterException"
    assert "services" in answer.json()["message"]


def test_the_root_says_what_this_is(sandbox: RunningSandbox) -> None:
    assert "simulated AWS" in requests.get(sandbox.url, timeout=5).text


def test_regions_know_nothing_of_each_other(sandbox: RunningSandbox) -> None:
    sandbox.client("ecs", "eu-west-1").create_cluster(clusterName="second")
    assert len(sandbox.client("ecs", "eu-west-1").list_clusters()["clusterArns"]) == 2
    assert len(sandbox.client("ecs", "us-east-1").list_clusters()["clusterArns"]) == 1
    assert sandbox.client("ecs", "ap-south-1").list_clusters()["clusterArns"] == []
