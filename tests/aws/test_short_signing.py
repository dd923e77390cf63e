"""Signatures, held against those that botocore itself makes of what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ecsportal.aws.credentials import AwsCredentials
from ecsportal.aws.sessions import ClientCache
from ecsportal.aws.short_signing import ShortSigV4Auth

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ENDPOINTS = ["", "http://127.0.0.1:8000", "https://AWS.Example.test:443/", "http://[::1]:8000"]


class NotSentError(Exception):
    """Takes the place of sending."""


def sent(service: str, method: str, endpoint: str = "", **params: Any) -> Any:
    """What the client sends for the call."""
    credentials = AwsCredentials(
        kind="access_key",
        access_key_id="AKIA1",
        secret_access_key=SECRET,
        endpoint_url=endpoint,
    )
    client = ClientCache().client(service, credentials, "eu-central-1")
    kept = []

    def keep(request: Any, **_: Any) -> None:
        kept.append(request)
        raise NotSentError

    client.meta.events.register_first("before-send", keep)
    with pytest.raises(NotSentError):
        getattr(client, method)(**params)
    return kept[0]


def signed_by_botocore(request: Any, service: str) -> str:
    """The `Authorization` that botocore's signer writes for the same headers and body."""
    headers = {name: _text(value) for name, value in request.headers.items()}
    names = headers.pop("Authorization").split("SignedHeaders=")[1].split(",")[0].split(";")
    told = {name: value for name, value in headers.items() if name.lower() in names}
    again = AWSRequest(request.method, request.url, headers=told, data=request.body)
    again.context = {"timestamp": headers["X-Amz-Date"]}
    signer = SigV4Auth(Credentials("AKIA1", SECRET), service, "eu-central-1")
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(again)},"
        f" SignedHeaders={signer.signed_headers(signer.headers_to_sign(again))},"
        f" Signature={signer.signature(text, again)}"
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("service", "method", "params"),
    [
        ("cloudformation", "describe_stack_events", {"StackName": "web shop/ü+&=~"}),
        ("cloudformation", "list_stacks", {"StackStatusFilter": ["CREATE_COMPLETE"] * 3}),
        ("ecs", "describe_services", {"cluster": "main", "services": ["web-ü"]}),
        ("sts", "get_caller_identity", {}),
    ],
)
def test_the_signature_is_botocores(
    service: str, method: str, params: dict[str, Any], endpoint: str
) -> None:
    request = sent(service, method, endpoint, **params)
    assert _text(request.headers["Authorization"]) == signed_by_botocore(request, service)
    assert isinstance(request.body, bytes)  # it was encoded once, for both
    assert _text(request.headers["Content-Length"]) == str(len(request.body))


def test_the_token_of_an_assumed_role_is_signed_too() -> None:
    request = AWSRequest("POST", "https://ecs.eu-central-1.amazonaws.com/", data=b"{}")
    credentials = Credentials("AKIA1", SECRET, "token")
    ShortSigV4Auth(credentials, "ecs", "eu-central-1").add_auth(request)
    assert request.headers["X-Amz-Security-Token"] == "token"
    assert "host;x-amz-date;x-amz-security-token," in request.headers["Authorization"]
    assert request.headers["Authorization"] == signed_by_botocore(request, "ecs")


def test_what_is_no_ordinary_call_is_signed_by_botocore() -> None:
    request = sent("s3", "put_object", Bucket="shop", Key="a/b c", Body=b"text")
    assert "x-amz-content-sha256" in _text(request.headers["Authorization"])


def test_a_call_that_isnt_signed_stays_so() -> None:
    request = sent(
        "sts",
        "assume_role_with_web_identity",
        RoleArn="arn:aws:iam::123456789012:role/Deploy",
        RoleSessionName="portal",
        WebIdentityToken="token",
    )
    assert "Authorization" not in request.headers
