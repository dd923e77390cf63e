"""`/api/v1/accounts`."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.infrastructure.models import AwsAccount
from ecsportal.people.models import Role, User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

JSON = "application/json"
URL = "/api/v1/accounts"
BODY = {
    "name": "Shop",
    "kind": "access_key",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": "wJalrX",
    "role_arn": "arn:aws:iam::123456789012:role/PortalDeploy",
    "external_id": "portal-1",
    "session_duration": 900,
    "endpoint_url": "https://aws.example.com",
    "environments": ["production"],
    "template_bucket": "shop-templates",
}


@pytest.fixture
def api(administrator: User) -> Client:
    builders.environment("Production")
    return builders.api_client(administrator)


def test_secrets_go_in_and_never_come_out(api: Client) -> None:
    made = api.post(URL, BODY, content_type=JSON)
    assert (made.status_code, made["Location"]) == (201, f"{URL}/shop")
    shown = api.get(f"{URL}/shop").json()
    assert shown["secret_access_key_set"] is True
    assert shown["external_id_set"] is True
    assert {name: shown[name] for name in BODY if name in shown} == {
        name: value for name, value in BODY.items() if name != "secret_access_key"
    }
    assert "wJalrX" not in made.content.decode()


def test_a_secret_that_is_left_out_or_null_stays(api: Client) -> None:
    api.post(URL, BODY, content_type=JSON)
    changed = {**BODY, "name": "Shop 2", "secret_access_key": None}
    del changed["external_id"]
    assert api.put(f"{URL}/shop", changed, content_type=JSON).status_code == 200
    account = AwsAccount.objects.get()
    assert (account.secret_access_key, account.external_id) == ("wJalrX", "portal-1")


def test_an_unknown_kind_is_refused_with_those_there_are(api: Client) -> None:
    answer = api.post(URL, {**BODY, "kind": "oidc"}, content_type=JSON)
    assert answer.json()["errors"] == [
        {
            "path": "kind",
            "message": 'An account signs in by access_key or worker, not "oidc".',
            "code": "wrong",
        }
    ]


def test_a_test_answers_with_account_and_arn(api: Client, sandbox: RunningSandbox) -> None:
    api.post(URL, {**BODY, "endpoint_url": sandbox.url, "role_arn": "", "external_id": ""}, JSON)
    answer = api.post(f"{URL}/shop/test", content_type=JSON)
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "account_id": "123456789012",
        "arn": AwsAccount.objects.get().arn,
        "missing_actions": [],
    }


def test_a_failed_test_is_502_with_awss_words(api: Client, sandbox: RunningSandbox) -> None:
    builders.account("Broken", endpoint_url=sandbox.url)
    sandbox.faults.add(
        service="sts",
        action="GetCallerIdentity",
        code="InvalidClientTokenId",
        message="The security token is not valid",
        status=403,
    )
    answer = api.post(f"{URL}/broken/test", content_type=JSON)
    assert answer.status_code == 502
    body = answer.json()
    assert (body["code"], body["field"]) == ("AWS-CREDENTIALS", "access_key_id")
    assert 'AWS says: "The security token is not valid"' in body["detail"]


def test_an_account_in_use_stays(api: Client) -> None:
    account = builders.account("Used")
    builders.target("shop-prod", account=account)
    assert api.delete(f"{URL}/used").status_code == 409
    builders.account("Free")
    assert api.delete(f"{URL}/free").status_code == 204


def test_a_reader_sees_accounts_of_their_environments_without_secrets(api: Client) -> None:
    production = api and builders.environment("Staging")
    for name, environments in (("Everywhere", []), ("Staging only", [production])):
        builders.account(name).environments.set(environments)
    hidden = builders.account("Elsewhere")
    hidden.environments.add(builders.environment("Hidden"))
    viewer = builders.user_with_role(Role.VIEWER, environments=[production])
    reader = builders.api_client(viewer)
    items = reader.get(URL).json()["items"]
    assert [item["name"] for item in items] == ["Everywhere", "Staging only"]
    assert "secret-example" not in reader.get(URL).content.decode()
    assert reader.get(f"{URL}/{hidden.slug}").status_code == 404
    assert reader.post(f"{URL}/everywhere/test", content_type=JSON).status_code == 403
