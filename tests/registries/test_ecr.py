"""Amazon ECR, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecsportal.registries.ecr import EcrRegistry
from ecsportal.registries.tags import FeedError
from ecsportal.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def ecr(sandbox: RunningSandbox) -> EcrRegistry:
    return EcrRegistry(sandbox.client("ecr"))


def test_tags_come_newest_first_with_digest_and_time(ecr: EcrRegistry) -> None:
    tags = ecr.tags("shop/web")
    assert [tag.tag for tag in tags][:3] == ["1.6.0", "1.5.0", "1.4.7-arch"]
    assert tags[0].digest is not None
    assert tags[0].digest.startswith("sha256:")
    assert tags[0].pushed_at is not None


def test_one_tags_digest_is_looked_up(ecr: EcrRegistry) -> None:
    assert ecr.digest("shop/web", "1.6.0") == ecr.tags("shop/web")[0].digest
    assert ecr.digest("shop/web", "9.9.9") is None


def test_repositories_are_searched(ecr: EcrRegistry) -> None:
    assert ecr.repositories("WEB") == ["shop/web"]
    assert "4 repositories" in ecr.test()
    assert "tags" in ecr.test("shop/web")


def test_a_missing_repository_is_named(ecr: EcrRegistry) -> None:
    with pytest.raises(FeedError, match="nothing") as caught:
        ecr.tags("shop/nothing")
    assert caught.value.code == "FEED-NOT-FOUND"


def test_refusals_of_aws_become_a_feeds(ecr: EcrRegistry, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ecr", action="*", code="AccessDeniedException", message="not authorized", times=1
    )
    with pytest.raises(FeedError, match="not authorized") as caught:
        ecr.tags("shop/web")
    assert caught.value.code == "FEED-CREDENTIALS"


def test_the_host_that_images_are_pulled_from(ecr: EcrRegistry) -> None:
    assert ecr.registry_host().endswith(".dkr.ecr.eu-west-1.amazonaws.com")
