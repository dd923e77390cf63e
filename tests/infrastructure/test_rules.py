"""The rules of infrastructure, one broken one at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsportal.infrastructure.details import (
    AccountDetails,
    EnvironmentDetails,
    FeedDetails,
    TargetDetails,
)
from ecsportal.infrastructure.rules import (
    account_breaches,
    cluster_name,
    environment_breaches,
    feed_breaches,
    literal_address,
    registry_host,
    registry_root,
    target_breaches,
)

ENVIRONMENT = EnvironmentDetails(name="Production", octopus_id="Environments-3", order=3)
ACCOUNT = AccountDetails(
    name="shop",
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    secret_access_key="wJalr/K7MDENG",
    role_arn="arn:aws:iam::418273905516:role/team/PortalDeploy",
    external_id="portal:1",
    endpoint_url="https://aws.example.com:8443",
    template_bucket="shop-templates",
)
TARGET = TargetDetails(
    name="shop-prod",
    account="shop",
    region="eu-west-1",
    cluster="shop_prod-1",
    environments=("production",),
    target_tags=("web",),
)
DOCKER = FeedDetails(
    name="Docker Hub", url="https://registry-1.docker.io", registry_path="docker.io"
)
ECR = FeedDetails(name="Shop ECR", kind="ecr", account="shop", region="eu-west-1")


def test_what_is_right_breaks_no_rule() -> None:
    assert environment_breaches(ENVIRONMENT) == []
    assert account_breaches(ACCOUNT, has_secret=False) == []
    assert account_breaches(AccountDetails(name="own", kind="worker"), has_secret=False) == []
    assert target_breaches(TARGET) == []
    assert feed_breaches(DOCKER, has_password=False) == []
    assert feed_breaches(ECR, has_password=False) == []
    assert feed_breaches(FeedDetails(name="Public", kind="ecr_public"), has_password=False) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"octopus_id": "Environments 3"}, "octopus_id"),
        ({"order": -1}, "order"),
    ],
)
def test_a_rule_of_environments_names_its_field(change: dict[str, object], path: str) -> None:
    found = environment_breaches(replace(ENVIRONMENT, **change))  # type: ignore[arg-type]
    assert [breach.path for breach in found] == [path]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "oidc"}, "kind"),
        ({"access_key_id": ""}, "access_key_id"),
        ({"access_key_id": "AKIA EXAMPLE"}, "access_key_id"),
        ({"secret_access_key": ""}, "secret_access_key"),
        ({"secret_access_key": "with space"}, "secret_access_key"),
        ({"role_arn": "PortalDeploy"}, "role_arn"),
        ({"role_arn": "arn:aws:iam::418273905516:user/ada"}, "role_arn"),
        ({"role_arn": ""}, "external_id"),
        ({"external_id": "x"}, "external_id"),
        ({"session_duration": 899}, "session_duration"),
        ({"session_duration": 43_201}, "session_duration"),
        ({"endpoint_url": "aws.example.com"}, "endpoint_url"),
        ({"endpoint_url": "ftp://aws.example.com"}, "endpoint_url"),
        ({"endpoint_url": "https://user:pass@aws.example.com"}, "endpoint_url"),
        ({"endpoint_url": "https://aws.example.com/?a=b"}, "endpoint_url"),
        ({"endpoint_url": "https://aws.example.com:99999"}, "endpoint_url"),
        ({"template_bucket": "Shop"}, "template_bucket"),
    ],
)
def test_a_rule_of_accounts_names_its_field(change: dict[str, object], path: str) -> None:
    found = account_breaches(replace(ACCOUNT, **change), has_secret=False)  # type: ignore[arg-type]
    assert [breach.path for breach in found] == [path]


def test_a_stored_secret_needs_no_new_one() -> None:
    assert account_breaches(replace(ACCOUNT, secret_access_key=""), has_secret=True) == []


def test_the_worker_kind_has_no_key() -> None:
    found = account_breaches(replace(ACCOUNT, kind="worker"), has_secret=False)
    assert [breach.path for breach in found] == ["access_key_id", "secret_access_key"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"account": ""}, "account"),
        ({"region": ""}, "region"),
        ({"region": "Ireland"}, "region"),
        ({"cluster": ""}, "cluster"),
        ({"cluster": "shop prod"}, "cluster"),
        ({"cluster": "arn:aws:ecs:us-east-1:418273905516:cluster/shop"}, "cluster"),
        ({"cluster": "arn:aws:ecs:eu-west-1:418273905516:service/shop/web"}, "cluster"),
        ({"environments": ()}, "environments"),
        ({"target_tags": ()}, "target_tags"),
        ({"target_tags": ("web", "a,b")}, "target_tags[1]"),
        ({"target_tags": ("t" * 61,)}, "target_tags[0]"),
    ],
)
def test_a_rule_of_targets_names_its_field(change: dict[str, object], path: str) -> None:
    found = target_breaches(replace(TARGET, **change))  # type: ignore[arg-type]
    assert [breach.path for breach in found] == [path]


@pytest.mark.parametrize(
    ("details", "paths"),
    [
        (replace(DOCKER, kind="npm"), ["kind"]),
        (replace(DOCKER, url=""), ["url"]),
        (replace(DOCKER, url="registry"), ["url"]),
        (replace(DOCKER, registry_path="https://docker.io"), ["registry_path"]),
        (replace(DOCKER, username="ada"), ["password"]),
        (replace(DOCKER, password="token"), ["username"]),
        (replace(DOCKER, account="shop", region="eu-west-1"), ["account", "region"]),
        (replace(ECR, account=None), ["account"]),
        (replace(ECR, region="here"), ["region"]),
        (
            replace(ECR, url="https://x", username="u", password="p"),
            ["url", "username", "password"],
        ),
        (FeedDetails(name="Public", kind="ecr_public", region="eu-west-1"), ["region"]),
    ],
)
def test_a_rule_of_feeds_names_its_field(details: FeedDetails, paths: list[str]) -> None:
    assert [breach.path for breach in feed_breaches(details, has_password=False)] == paths


def test_a_stored_password_needs_no_new_one() -> None:
    assert feed_breaches(replace(DOCKER, username="ada"), has_password=True) == []


def test_addresses_are_reduced_to_what_counts() -> None:
    assert cluster_name("arn:aws:ecs:eu-west-1:418273905516:cluster/shop") == "shop"
    assert cluster_name("shop") == "shop"
    assert registry_root("https://registry-1.docker.io/v2/") == "https://registry-1.docker.io"
    assert registry_host("https://registry-1.docker.io") == "docker.io"
    assert registry_host("http://registry.local:5000") == "registry.local:5000"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:4599", "127.0.0.1"),
        ("http://localhost", "127.0.0.1"),
        ("http://[::1]:80", "::1"),
        ("https://aws.example.com", None),
        ("http://[", None),
    ],
)
def test_only_an_address_that_needs_no_name_server_is_literal(
    url: str, address: str | None
) -> None:
    assert literal_address(url) == address
