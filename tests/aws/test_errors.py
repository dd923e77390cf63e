"""How boto3's exceptions read to the owner of a deployment."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)

from ecsportal.aws.address_guard import AddressRefusedError
from ecsportal.aws.errors import AwsError, as_aws_error, aws_errors


def answer(
    code: str, text: str = "words", status: int = 400, call: str = "UpdateStack"
) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": text},
            "ResponseMetadata": {  # type: ignore[typeddict-item]
                "HTTPStatusCode": status
            },
        },
        call,
    )


@pytest.mark.parametrize(
    ("code", "ours", "transient"),
    [
        ("AccessDenied", "AWS-PERMISSION", False),
        ("AccessDeniedException", "AWS-PERMISSION", False),
        ("InvalidClientTokenId", "AWS-CREDENTIALS", False),
        ("UnrecognizedClientException", "AWS-CREDENTIALS", False),
        ("SignatureDoesNotMatch", "AWS-CREDENTIALS", False),
        ("ExpiredToken", "AWS-CREDENTIALS", False),
        ("Throttling", "AWS-THROTTLED", True),
        ("ThrottlingException", "AWS-THROTTLED", True),
        ("ServiceUnavailable", "AWS-UNREACHABLE", True),
        ("ValidationError", "AWS-VALIDATION", False),
        ("ClientException", "AWS-VALIDATION", False),
        ("ClusterNotFoundException", "AWS-NOT-FOUND", False),
        ("LimitExceededException", "AWS-LIMIT", False),
        ("SomethingNew", "AWS-ERROR", False),
    ],
)
def test_codes_of_aws_become_few_stable_ones(code: str, ours: str, transient: bool) -> None:
    error = as_aws_error(answer(code))
    assert (error.code, error.transient, error.aws_code) == (ours, transient, code)
    assert '"words"' in error.message


def test_an_unknown_code_with_a_server_status_may_heal() -> None:
    assert as_aws_error(answer("Odd", status=503)).transient
    assert as_aws_error(answer("Odd", status=429)).code == "AWS-THROTTLED"


def test_only_expired_credentials_are_worth_renewing() -> None:
    assert as_aws_error(answer("ExpiredTokenException")).expired
    assert not as_aws_error(answer("InvalidClientTokenId")).expired


def test_a_refusal_names_the_action_as_policies_spell_it() -> None:
    said = (
        "User: arn:aws:iam::123456789012:user/portal is not authorized to perform:"
        " cloudformation:UpdateStack on resource: arn:aws:cloudformation:eu-west-1:1:stack/web/1"
        " because no identity-based policy allows the cloudformation:UpdateStack action"
    )
    error = as_aws_error(answer("AccessDenied", said, 403, "UpdateStack"))
    assert error.happened == "AWS refuses UpdateStack: the account's identity may not do that."
    assert error.message == f'{error.happened} AWS says: "{said}"'
    assert error.advice.startswith("Allow cloudformation:UpdateStack for this identity, or")
    silent = as_aws_error(answer("AccessDenied", "no", 403, "UpdateStack"))
    assert silent.advice.startswith("Allow the action for this identity, or")


def test_a_refused_role_names_the_trust_policy() -> None:
    error = as_aws_error(answer("AccessDenied", "no", 403, "AssumeRole"))
    assert error.code == "AWS-PERMISSION"
    assert "trust policy" in error.advice


@pytest.mark.parametrize(
    ("error", "code", "transient"),
    [
        (EndpointConnectionError(endpoint_url="http://x"), "AWS-UNREACHABLE", True),
        (ConnectTimeoutError(endpoint_url="http://x"), "AWS-UNREACHABLE", True),
        (ReadTimeoutError(endpoint_url="http://x"), "AWS-UNREACHABLE", True),
        (SSLError(endpoint_url="http://x", error="bad"), "AWS-UNREACHABLE", False),
        (NoCredentialsError(), "AWS-CREDENTIALS", False),
        (ParamValidationError(report="Missing StackName"), "AWS-VALIDATION", False),
    ],
)
def test_no_answer_at_all_is_told_apart(error: Exception, code: str, transient: bool) -> None:
    ours = as_aws_error(error)
    assert (ours.code, ours.transient) == (code, transient)


def test_a_refused_endpoint_says_who_can_open_it() -> None:
    ours = as_aws_error(HTTPClientError(error=AddressRefusedError("localhost", "127.0.0.1")))
    assert (ours.code, ours.transient) == ("AWS-UNREACHABLE", False)
    assert "REMOTE_ALLOW" in ours.message


def test_the_context_translates_only_what_boto3_raises() -> None:
    with pytest.raises(AwsError, match="words"), aws_errors:
        raise answer("Throttling")
    with pytest.raises(KeyError), aws_errors:
        raise KeyError("ours")


def test_text_of_aws_is_found_whatever_its_case() -> None:
    error = as_aws_error(answer("ValidationError", "No updates are to be performed."))
    assert error.says("no updates")
    assert not error.says("exists")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and now is too large."),
        ("SignatureDoesNotMatch", "Signature expired: 20261125T21Z is now earlier than"),
        ("InvalidSignatureException", "Signature not yet current: 20261125T23Z is still later"),
        ("RequestExpired", "Request has expired."),
    ],
)
def test_a_wrong_clock_is_named_whatever_the_service_calls_it(code: str, text: str) -> None:
    error = as_aws_error(answer(code, text, 403))
    assert error.message.startswith("AWS doesn't accept the time of the worker's clock.")
    assert not error.expired
