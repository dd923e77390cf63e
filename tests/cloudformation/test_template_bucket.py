"""Templates too long for a call, in S3."""

from __future__ import annotations

import hashlib

import pytest

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.cloudformation.template_bucket import in_bucket, is_too_long, store_template
from ecsportal.sandbox.server import RunningSandbox

BUCKET = "web-shop-templates"
BODY = "x" * 51_201


def test_a_template_is_too_long_from_the_first_byte_that_doesnt_fit() -> None:
    assert is_too_long(StackRequest("web", template_body=BODY))
    assert not is_too_long(StackRequest("web", template_body=BODY[1:]))
    assert is_too_long(StackRequest("web", template_body="é" * 25_601))


def test_the_same_template_is_one_encrypted_object(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    stored = store_template(s3, BUCKET, BODY, region="eu-west-1")
    again = store_template(s3, BUCKET, BODY, region="eu-west-1")
    key = f"ecs-portal/templates/{hashlib.sha256(BODY.encode()).hexdigest()}.template"
    assert again == stored
    assert (stored.place, stored.encryption) == (f"s3://{BUCKET}/{key}", "AES256")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [key]
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == BODY.encode()


def test_the_buckets_own_encryption_is_left_alone(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert store_template(s3, BUCKET, BODY, region="eu-west-1").encryption == "aws:kms"


@pytest.mark.parametrize(
    ("bucket", "address"),
    [
        ("templates-of-eu", "https://templates-of-eu.s3.eu-west-1.amazonaws.com/ecs-portal/"),
        ("templates.of.eu", "https://s3.eu-west-1.amazonaws.com/templates.of.eu/ecs-portal/"),
    ],
)
def test_the_address_names_the_buckets_region_not_the_stacks(
    sandbox: RunningSandbox, bucket: str, address: str
) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stored = store_template(s3, bucket, BODY, region="us-east-1")
    assert stored.url.startswith(address)
    request = in_bucket(StackRequest("web", template_body=BODY), stored)
    assert request.arguments("t-1")["TemplateURL"] == stored.url
    assert "TemplateBody" not in request.arguments("t-1")


def test_without_permission_to_ask_for_the_region_the_stacks_is_taken(
    sandbox: RunningSandbox,
) -> None:
    sandbox.faults.add(service="s3", action="HEAD *", code="AccessDenied", status=403)
    s3 = sandbox.client("s3")
    stored = store_template(s3, BUCKET, BODY, region="eu-central-1")
    assert ".s3.eu-central-1.amazonaws.com/" in stored.url


def test_a_bucket_that_is_not_there_is_told(sandbox: RunningSandbox) -> None:
    with pytest.raises(AwsError) as error:
        store_template(sandbox.client("s3"), "no-such-bucket", BODY, region="eu-west-1")
    assert (error.value.code, error.value.operation) == ("AWS-NOT-FOUND", "PutObject")
