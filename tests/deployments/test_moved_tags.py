"""Tags that were pushed again are told in the log, and feeds are never in the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from ecsportal.deployments import moved_tags
from ecsportal.deployments.models import Deployment, Level, State
from ecsportal.deployments.services import queue_deployment
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import scripted
from tests.releases.registry import running_registry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent_feed() -> Iterator[str]:
    """Takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def deploy(queue: Queue) -> Deployment:
    """A step with one image, library/nginx:1.29, of the feed docker-hub."""
    image = {"reference": "nginx", "feed": "docker-hub", "repository": "library/nginx"}
    step = scripted("First", "wait", "succeed")
    step["inputs"]["containers"] = [{"name": "nginx", "image": image}]
    return run(queue(step))


def warnings(deployment: Deployment) -> list[tuple[str, str]]:
    lines = deployment.lines.filter(level=Level.WARNING)
    return [(line.step, line.text) for line in lines]


def test_a_tag_that_was_pushed_again_is_a_warning_of_its_step(queue: Queue) -> None:
    with running_registry(**{"library/nginx": ["1.29"]}) as registry:
        builders.feed("Docker Hub", url=registry.url)
        registry.digests["library/nginx:1.29"] = "sha256:" + "0" * 64
        deployment = deploy(queue)
    assert deployment.state == State.SUCCEEDED
    assert warnings(deployment) == [
        (
            "first",
            "Tag 1.29 of library/nginx was pushed again since the release was made: it is "
            "sha256:000000000000… now and was sha256:9f2c47d19f2c….",
        )
    ]


def test_a_tag_that_is_gone_is_a_warning(queue: Queue) -> None:
    with running_registry(**{"library/nginx": ["1.28"]}) as registry:
        builders.feed("Docker Hub", url=registry.url)
        deployment = deploy(queue)
    ((_, text),) = warnings(deployment)
    assert text.startswith("Tag 1.29 of library/nginx is gone from its feed.")


def test_a_feed_that_never_answers_delays_a_deployment_by_its_limit_at_most(
    queue: Queue, silent_feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved_tags, "LOOK_AT_MOST", 0.3)
    builders.feed("Docker Hub", url=silent_feed)
    began = time.monotonic()
    deployment = deploy(queue)
    assert time.monotonic() - began < 3
    assert (deployment.state, warnings(deployment)) == (State.SUCCEEDED, [])


def test_a_feed_that_did_not_answer_holds_up_no_further_deployment(
    queue: Queue, silent_feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved_tags, "LOOK_AT_MOST", 2.0)
    builders.feed("Docker Hub", url=silent_feed)
    deploy(queue)
    began = time.monotonic()
    deployment = deploy(queue)
    assert time.monotonic() - began < 2
    assert deployment.state == State.SUCCEEDED


def test_a_release_is_asked_about_once_for_its_deployments_at_the_same_time(queue: Queue) -> None:
    with running_registry(**{"library/nginx": ["1.28"]}) as registry:
        builders.feed("Docker Hub", url=registry.url)
        first = deploy(queue)
        asked = list(registry.asked)
        again = run(queue_deployment(first.release, environment=first.environment, by=None))
    assert registry.asked == asked
    assert warnings(again) == warnings(first) != []


def test_a_release_without_its_feed_is_deployed_all_the_same(queue: Queue) -> None:
    deployment = deploy(queue)
    assert (deployment.state, warnings(deployment)) == (State.SUCCEEDED, [])
