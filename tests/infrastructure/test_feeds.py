"""Feeds through their services, against the simulated registries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from ecsportal.audit.models import AuditEvent
from ecsportal.infrastructure.details import FeedDetails
from ecsportal.infrastructure.feeds import (
    TagMissing,
    check_feed,
    create_feed,
    delete_feed,
    find_digest,
    image_name,
    list_repositories,
    list_tags,
    repository_name,
    tags_of,
    update_feed,
)
from ecsportal.infrastructure.models import AwsAccount, Feed
from ecsportal.people.models import User
from ecsportal.problems import RemoteFailed, ValidationProblem
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

DOCKER = FeedDetails(
    name="Registry", url="https://registry.example.com/v2/", username="ada", password="t0ken"
)


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def docker(sandbox: RunningSandbox) -> Feed:
    return builders.feed("Registry", url=sandbox.url, registry_path="")


@pytest.fixture
def ecr(sandbox: RunningSandbox) -> Feed:
    account = builders.account("shop", endpoint_url=sandbox.url)
    return builders.feed(
        "Shop ECR", kind="ecr", url="", registry_path="", account=account, region="eu-west-1"
    )


def test_a_password_is_write_only_and_the_address_is_tidied(administrator: User) -> None:
    feed = create_feed(DOCKER, by=administrator)
    assert (feed.url, feed.password) == ("https://registry.example.com", "t0ken")
    assert AuditEvent.objects.get().after["password"] == "(changed)"
    update_feed(feed, replace(DOCKER, name="Renamed", password=""), by=administrator)
    assert Feed.objects.get().password == "t0ken"


def test_a_kept_password_goes_nowhere_new(administrator: User) -> None:
    feed = create_feed(DOCKER, by=administrator)
    elsewhere = replace(DOCKER, url="https://evil.example.com", password="")
    with pytest.raises(ValidationProblem) as refused:
        update_feed(feed, elsewhere, by=administrator)
    assert refused.value.errors[0].path == "password"
    update_feed(feed, replace(elsewhere, password="typed"), by=administrator)
    assert Feed.objects.get().password == "typed"


def test_without_a_user_the_password_goes(administrator: User) -> None:
    feed = create_feed(DOCKER, by=administrator)
    update_feed(feed, replace(DOCKER, username="", password=""), by=administrator)
    assert Feed.objects.get().password == ""


def test_an_address_on_loopback_is_refused_while_saving(administrator: User) -> None:
    with override_settings(REMOTE_ALLOW=[]), pytest.raises(ValidationProblem) as refused:
        create_feed(FeedDetails(name="Local", url="http://127.0.0.1:5000"), by=administrator)
    assert refused.value.errors[0].path == "url"


def test_an_unused_feed_goes(administrator: User, docker: Feed) -> None:
    delete_feed(docker, by=administrator)
    assert not Feed.objects.exists()


def test_tags_come_newest_version_first(docker: Feed, ecr: Feed) -> None:
    tags = [tag.tag for tag in list_tags(docker, "library/nginx")]
    assert tags[0] == "1.29"
    newest = list_tags(ecr, "shop/web")[0]
    assert newest.digest is not None
    assert newest.pushed_at is not None


def test_a_list_is_asked_for_once_a_minute(docker: Feed, sandbox: RunningSandbox) -> None:
    first = tags_of(docker, "library/nginx")
    sandbox.registry(repositories={"library/nginx": ["9.9"]})
    assert tags_of(docker, "library/nginx") == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert [tag.tag for tag in list_tags(docker, "library/nginx")] == ["9.9"]


def test_a_list_can_be_asked_for_anew(docker: Feed, sandbox: RunningSandbox) -> None:
    list_tags(docker, "library/nginx")
    sandbox.registry(repositories={"library/nginx": ["9.9"]})
    assert [tag.tag for tag in tags_of(docker, "library/nginx", anew=True).tags] == ["9.9"]


def test_an_old_list_serves_while_the_feed_refuses(docker: Feed, sandbox: RunningSandbox) -> None:
    fresh = tags_of(docker, "library/nginx")
    sandbox.registry(auth="basic")
    later = timezone.now() + timedelta(minutes=5)
    with time_machine.travel(later, tick=False):
        old = tags_of(docker, "library/nginx")
    assert (old.tags, old.read_at) == (fresh.tags, fresh.read_at)
    assert old.refusal is not None
    assert old.refusal.code == "FEED-CREDENTIALS"


def test_an_edit_of_the_feed_starts_afresh(administrator: User, docker: Feed) -> None:
    list_tags(docker, "library/nginx")
    update_feed(docker, FeedDetails(name="Registry", url="http://127.0.0.1:9"), by=administrator)
    with pytest.raises(RemoteFailed) as refused:
        list_tags(docker, "library/nginx")
    assert (refused.value.code, refused.value.extra["field"]) == ("FEED-UNREACHABLE", "url")


def test_a_refusal_is_remembered_for_seconds(docker: Feed, sandbox: RunningSandbox) -> None:
    sandbox.registry(auth="basic")
    with pytest.raises(RemoteFailed):
        list_tags(docker, "library/nginx")
    sandbox.registry(auth="none")
    with pytest.raises(RemoteFailed):
        list_tags(docker, "library/nginx")
    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        assert list_tags(docker, "library/nginx")


def test_a_digest_is_found_or_the_tag_is_missing(docker: Feed, ecr: Feed) -> None:
    assert find_digest(docker, "library/nginx", "1.29").startswith("sha256:")
    newest = list_tags(ecr, "shop/web")[0]
    assert find_digest(ecr, "shop/web", newest.tag) == newest.digest
    with pytest.raises(TagMissing) as missing:
        find_digest(docker, "library/nginx", "0.0")
    assert missing.value.detail == (
        "Image library/nginx:0.0 doesn't exist in the feed Registry. Push it, or choose another"
        " tag."
    )


def test_image_names_are_what_ecs_pulls(ecr: Feed) -> None:
    hub = builders.feed("Docker Hub", registry_path="")
    mirror = builders.feed("Mirror", registry_path="mirror.example.com/hub")
    public = builders.feed("Public", kind="ecr_public", url="", registry_path="")
    digest = "sha256:" + "0" * 64
    assert image_name(hub, "library/nginx", "1.29") == "docker.io/library/nginx:1.29"
    assert image_name(hub, "docker.io/library/nginx", "1.29") == "docker.io/library/nginx:1.29"
    assert image_name(hub, "nginx", digest) == f"docker.io/nginx@{digest}"
    assert image_name(mirror, "nginx", "1.29") == "mirror.example.com/hub/nginx:1.29"
    assert image_name(public, "nginx/nginx", "1.29") == "public.ecr.aws/nginx/nginx:1.29"
    assert (
        image_name(ecr, "shop/web", "1.4.2")
        == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1.4.2"
    )
    assert AwsAccount.objects.get().account_id == "123456789012"


def test_a_host_that_was_copied_along_is_left_out(ecr: Feed) -> None:
    full = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web"
    assert repository_name(ecr, full) == "shop/web"
    assert repository_name(ecr, "shop/web") == "shop/web"


def test_repositories_are_searched(docker: Feed, ecr: Feed) -> None:
    assert list_repositories(docker, "nginx") == ["library/nginx"]
    assert "shop/web" in list_repositories(ecr, "web")


def test_a_test_says_what_it_found(docker: Feed, ecr: Feed) -> None:
    assert check_feed(docker, "library/nginx").startswith("library/nginx has ")
    docker.refresh_from_db()
    assert (docker.test_repository, docker.test_error) == ("library/nginx", "")
    assert check_feed(ecr).startswith("The registry has ")


@pytest.mark.parametrize(
    ("settings", "changes", "repository", "code", "field"),
    [
        ({"auth": "token"}, {}, "library/nginx", "FEED-CREDENTIALS", "username"),
        (
            {"auth": "basic"},
            {"username": "ada", "password": "wrong"},
            "library/nginx",
            "FEED-CREDENTIALS",
            "password",
        ),
        ({}, {}, "no/such", "FEED-NOT-FOUND", "repository"),
        ({}, {"url": "http://127.0.0.1:9"}, "library/nginx", "FEED-UNREACHABLE", "url"),
        ({}, {"url": "http://169.254.169.254"}, "library/nginx", "FEED-REFUSED", "url"),
    ],
)
def test_a_failed_test_names_the_field(
    sandbox: RunningSandbox,
    docker: Feed,
    settings: dict[str, str],
    changes: dict[str, str],
    repository: str,
    code: str,
    field: str,
) -> None:
    sandbox.registry(**settings)
    for name, value in changes.items():
        setattr(docker, name, value)
    with pytest.raises(RemoteFailed) as refused:
        check_feed(docker, repository)
    assert (refused.value.code, docker.test_error_field) == (code, field)
    assert docker.test_error == refused.value.detail
    assert docker.test_message == ""


def test_an_ecr_that_refuses_blames_the_account(ecr: Feed, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ecr", action="DescribeImages", code="AccessDeniedException", status=400
    )
    with pytest.raises(RemoteFailed) as refused:
        check_feed(ecr, "shop/web")
    assert refused.value.extra["field"] == "account"
