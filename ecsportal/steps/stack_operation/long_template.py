"""What becomes of a template that doesn't fit into a call: into the account's bucket, or an error
that says which setting is missing."""

from __future__ import annotations

from dataclasses import replace

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import INLINE_BYTES, StackRequest
from ecsportal.cloudformation.template_bucket import (
    MOST_BYTES,
    StoredTemplate,
    in_bucket,
    is_too_long,
    store_template,
)
from ecsportal.steps.problems import Problem
from ecsportal.steps.stack_operation.attempt import StackAttempt


def length_problem(attempt: StackAttempt) -> Problem | None:
    """Why the template's length can't be deployed with this account, or None where it can."""
    size = len(attempt.request.template_body.encode())
    if size > MOST_BYTES:
        text = (
            f"The template has {size:,} bytes, CloudFormation takes {MOST_BYTES:,} at most. Divide"
            " it into nested stacks."
        )
        return Problem("", text, "range")
    if size > INLINE_BYTES and not attempt.run.target.template_bucket:
        text = (
            f"The template has {size:,} bytes, a call to CloudFormation takes {INLINE_BYTES:,}."
            f" Set the template bucket of AWS account {attempt.run.target.account}"
            " (Infrastructure, AWS accounts): longer templates go through S3."
        )
        return Problem("", text, "template-bucket")
    return None


def sent(attempt: StackAttempt, request: StackRequest) -> StackRequest:
    """The request as it is sent: a long template is put into the account's bucket first."""
    if not is_too_long(request):
        return request
    stored = _stored(attempt, request.template_body)
    if attempt.memory.warn_once("long template"):
        attempt.log.info(
            f"The template is too long for a call ({len(request.template_body.encode()):,} bytes):"
            f" CloudFormation reads it from {stored.place} (encrypted, {stored.encryption})"
        )
    return in_bucket(request, stored)


def _stored(attempt: StackAttempt, body: str) -> StoredTemplate:
    """Where the template lies; a bucket that can't be used is named with its setting."""
    target = attempt.run.target
    try:
        return store_template(
            attempt.run.aws.s3, target.template_bucket, body, region=target.region
        )
    except AwsError as error:
        if error.transient or error.expired:
            raise
        unusable = (
            f"The template bucket {target.template_bucket} of AWS account {target.account} can't be"
            " used."
        )
        advice = f"{error.advice} It is set in Infrastructure, AWS accounts.".strip()
        short = f"{unusable} {error.happened}" if error.happened else ""
        message = f"{unusable} {error.message}"
        raise replace(error, message=message, happened=short, advice=advice) from error
