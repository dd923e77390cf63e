"""Templates that are too long for a call: kept in S3, where CloudFormation reads them.

An object is named by its content, so that the same template is the same object however often it is
deployed, and one that a stack was made from is never overwritten with another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.cloudformation.stacks import INLINE_BYTES, StackRequest

MOST_BYTES = 1_000_000
"""The longest template that CloudFormation reads from S3 (CloudFormation quotas: 1 MB)."""
_FOLDER = "ecs-portal/templates"


@dataclass(frozen=True)
class StoredTemplate:
    """Where a template lies, for CloudFormation (`url`) and for people (`place`)."""

    url: str
    place: str
    encryption: str


def is_too_long(request: StackRequest) -> bool:
    """True for a template that doesn't fit into a call."""
    return len(request.template_body.encode()) > INLINE_BYTES


def store_template(s3: Any, bucket: str, body: str, *, region: str) -> StoredTemplate:
    """Put the template into the bucket; twice is one object.

    It is encrypted as the bucket's own default says; where the answer names no encryption, with
    S3's managed keys.
    """
    data = body.encode()
    key = f"{_FOLDER}/{hashlib.sha256(data).hexdigest()}.template"
    given = {"Bucket": bucket, "Key": key, "Body": data, "ContentType": "application/octet-stream"}
    with aws_errors:
        answer = s3.put_object(**given)
        if not answer.get("ServerSideEncryption"):
            answer = s3.put_object(**given, ServerSideEncryption="AES256")
    return StoredTemplate(
        _url(bucket, key, _region_of(s3, bucket) or region),
        f"s3://{bucket}/{key}",
        str(answer.get("ServerSideEncryption", "AES256")),
    )


def in_bucket(request: StackRequest, stored: StoredTemplate) -> StackRequest:
    """The same request, with the template's address in place of its text."""
    return replace(request, template_body="", template_url=stored.url)


def _region_of(s3: Any, bucket: str) -> str:
    """The bucket's region, which its address has to name; empty where it may not be asked."""
    try:
        with aws_errors:
            return str(s3.head_bucket(Bucket=bucket).get("BucketRegion", ""))
    except AwsError as error:
        if error.transient:
            raise
        return ""


def _url(bucket: str, key: str, region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:  # no certificate covers a host with more dots
        return f"https://s3.{region}.{suffix}/{bucket}/{key}"
    return f"https://{bucket}.s3.{region}.{suffix}/{key}"
