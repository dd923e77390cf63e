"""Clients and identities, against a small STS on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from ecsportal.aws.credentials import AwsCredentials, Limits
from ecsportal.aws.errors import AwsError
from ecsportal.aws.sessions import ClientCache, caller_identity, role_session_name

ROLE = "arn:aws:iam::123456789012:role/Deploy"


class Sts(BaseHTTPRequestHandler):
    """AssumeRole and GetCallerIdentity; durations above an hour are refused as chaining does."""

    calls: list[dict[str, str]] = []

    def do_POST(self) -> None:  # noqa: N802 -- http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        call = {key: values[0] for key, values in parse_qs(body).items()}
        call["signed_by"] = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        self.calls.append(call)
        if call["Action"] == "AssumeRole" and int(call["DurationSeconds"]) > 3600:
            text = "The requested DurationSeconds exceeds the 1 hour limit for role chaining"
            return self.reply(
                400, f"<Error><Code>ValidationError</Code><Message>{text}</Message></Error>"
            )
        if call["Action"] == "AssumeRole":
            until = datetime.fromtimestamp(time.time() + int(call["DurationSeconds"]), UTC)
            return self.reply(
                200,
                f"<AssumeRoleResult><Credentials><AccessKeyId>ASIA{len(self.calls)}</AccessKeyId>"
                "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                f"<Expiration>{until.isoformat()}</Expiration></Credentials></AssumeRoleResult>",
            )
        if call["signed_by"] == "AKIAEXPIRED":
            return self.reply(
                403, "<Error><Code>ExpiredToken</Code><Message>expired</Message></Error>"
            )
        return self.reply(
            200,
            "<GetCallerIdentityResult><Account>123456789012</Account>"
            f"<Arn>arn:aws:sts::123456789012:{call['signed_by']}</Arn></GetCallerIdentityResult>",
        )

    def refuse(self, status: int, code: str, text: str) -> None:
        self.reply(status, f"<Error><Code>{code}</Code><Message>{text}</Message></Error>")

    def reply(self, status: int, inner: str) -> None:
        body = f"<Response>{inner}</Response>".encode()
        if status >= 400:
            body = f"<ErrorResponse>{inner}</ErrorResponse>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def sts_url() -> Iterator[str]:
    Sts.calls = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def key(url: str, **more: object) -> AwsCredentials:
    settings: dict[str, object] = {
        "kind": "access_key",
        "access_key_id": "AKIA1",
        "secret_access_key": "secret",
        "endpoint_url": url,
        "endpoint_allow": ("127.0.0.1",),
    }
    return AwsCredentials(**{**settings, **more})  # type: ignore[arg-type]


def test_an_access_key_signs_its_own_calls(sts_url: str) -> None:
    sts = ClientCache().client("sts", key(sts_url), "eu-west-1")
    found = caller_identity(sts)
    assert (found.account_id, found.arn) == ("123456789012", "arn:aws:sts::123456789012:AKIA1")


def test_each_account_signs_with_its_own_key_for_its_own_region(sts_url: str) -> None:
    cache = ClientCache()
    one = cache.client("sts", key(sts_url), "eu-west-1")
    two = cache.client("sts", key(sts_url, access_key_id="AKIA2"), "us-east-1")
    role = cache.client("sts", key(sts_url, role_arn=ROLE), "eu-west-2")
    signed_by = [caller_identity(each).arn.rpartition(":")[2] for each in (two, one, role, two)]
    assert signed_by == ["AKIA2", "AKIA1", "ASIA3", "AKIA2"]
    assert [each.meta.region_name for each in (one, two, role)] == [
        "eu-west-1",
        "us-east-1",
        "eu-west-2",
    ]


def test_a_client_is_made_once_and_shared(sts_url: str) -> None:
    cache = ClientCache()
    one = cache.client("sts", key(sts_url), "eu-west-1", session_name="a")
    assert one is cache.client("sts", key(sts_url), "eu-west-1", session_name="b")
    assert one is not cache.client("sts", key(sts_url), "eu-central-1")
    assert one is not cache.client("sts", key(sts_url), "eu-west-1", limits=Limits(attempts=1))


def test_a_role_is_assumed_at_the_first_call_and_then_kept(sts_url: str) -> None:
    credentials = key(sts_url, role_arn=ROLE, external_id="portal-1", session_duration=900)
    sts = ClientCache().client("sts", credentials, "eu-west-1", session_name="deployment 90/web")
    assert Sts.calls == []
    assert caller_identity(sts).arn.endswith(":ASIA1")
    assert caller_identity(sts).arn.endswith(":ASIA1")
    assume = Sts.calls[0]
    assert (assume["RoleArn"], assume["ExternalId"]) == (ROLE, "portal-1")
    assert assume["RoleSessionName"] == "deployment-90-web"
    assert [call["Action"] for call in Sts.calls[1:]] == ["GetCallerIdentity"] * 2


def test_a_chained_role_falls_back_to_one_hour(sts_url: str) -> None:
    credentials = key(sts_url, role_arn=ROLE, session_duration=7200)
    caller_identity(ClientCache().client("sts", credentials, "eu-west-1"))
    assert [call.get("DurationSeconds") for call in Sts.calls] == ["7200", "3600", None]


def test_expired_credentials_are_dropped_from_the_cache(sts_url: str) -> None:
    cache = ClientCache()
    credentials = key(sts_url, access_key_id="AKIAEXPIRED")
    sts = cache.client("sts", credentials, "eu-west-1")
    with pytest.raises(AwsError, match="expired") as caught:
        caller_identity(sts)
    assert caught.value.expired
    assert sts is not cache.client("sts", credentials, "eu-west-1")


def test_an_endpoint_on_loopback_needs_remote_allow(sts_url: str) -> None:
    sts = ClientCache().client("sts", key(sts_url, endpoint_allow=()), "eu-west-1")
    with pytest.raises(AwsError, match="REMOTE_ALLOW") as caught:
        caller_identity(sts)
    assert caught.value.code == "AWS-UNREACHABLE"
    assert not caught.value.transient
    assert Sts.calls == []


def test_an_endpoint_without_listener_is_unreachable_for_now() -> None:
    sts = ClientCache().client(
        "sts", key("http://127.0.0.1:4639"), "eu-west-1", limits=Limits(1, 1, 1)
    )
    with pytest.raises(AwsError) as caught:
        caller_identity(sts)
    assert (caught.value.code, caught.value.transient) == ("AWS-UNREACHABLE", True)


def test_the_secret_key_stays_out_of_representations() -> None:
    assert "secret" not in repr(key("http://x", endpoint_allow=())).replace("secret_access_key", "")


@pytest.mark.parametrize(("text", "name"), [("web shop/90", "web-shop-90"), ("x", "ecs-portal")])
def test_session_names_keep_to_what_sts_allows(text: str, name: str) -> None:
    assert role_session_name(text) == name
    assert len(role_session_name("x" * 100)) == 64
