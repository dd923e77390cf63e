"""Clusters and services as the sandbox answers for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.clusters import describe_cluster, list_clusters
from ecsportal.ecs.rollouts import describe_service
from ecsportal.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def test_a_cluster_is_found_by_name(sandbox: RunningSandbox) -> None:
    found = describe_cluster(sandbox.client("ecs"), "demo")
    assert found is not None
    assert (found.name, found.usable, found.services) == ("demo", True, 0)


def test_a_missing_cluster_is_none(sandbox: RunningSandbox) -> None:
    assert describe_cluster(sandbox.client("ecs"), "nothing") is None


def test_discovery_reads_the_tags_of_all_clusters(sandbox: RunningSandbox) -> None:
    [found] = list_clusters(sandbox.client("ecs", "us-east-1"))
    assert found.tags["ecsportal:environment"] == "production"


@pytest.mark.parametrize("cluster", ["demo", "nothing"])
def test_a_missing_service_or_cluster_gives_no_service(
    sandbox: RunningSandbox, cluster: str
) -> None:
    assert describe_service(sandbox.client("ecs"), cluster, "nothing") is None


def test_a_refusal_is_told_in_our_words(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="ecs", action="*", code="AccessDeniedException", message="no", status=400, times=2
    )
    with pytest.raises(AwsError, match='"no"'):
        describe_cluster(sandbox.client("ecs"), "demo")
    with pytest.raises(AwsError, match='"no"'):
        describe_service(sandbox.client("ecs"), "demo", "web")
