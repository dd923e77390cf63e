"""What serves after a failure: the cell, the card and the API say the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from tests.deployments import scripted_step
from tests.in_process_portal import Portal, in_process_portal

LAST = "0.0.1 was the last to succeed."


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Iterator[Portal]:
    """The sample, whose first release runs in development."""
    portal = in_process_portal(sandbox)
    deployed = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployed["state"] == "succeeded", portal.log_text(deployed["id"])
    yield portal
    catalogue.unregister_all()


def deny(portal: Portal, action: str) -> None:
    portal.sandbox.faults.add(
        service="cloudformation", action=action, code="AccessDenied", message="No", status=403
    )


def failed(portal: Portal) -> dict[str, Any]:
    """The end of a second release's deployment."""
    release = portal.release(images={"deploy-web/web": "1.5.0"})
    ended = portal.finish(portal.deploy(release["id"])["id"])
    assert ended["state"] == "failed"
    return ended


def places_without(portal: Portal, sentence: str, ended: dict[str, Any]) -> list[str]:
    """The pages that don't tell it."""
    pages = ("/", "/projects/web-shop/", f"/deployments/{ended['id']}/")
    return [page for page in pages if sentence not in _text(portal, page)]


def _text(portal: Portal, path: str) -> str:
    markup = portal.browser.get(path).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_after_a_refused_update_all_tell_what_was_seen_last(portal: Portal) -> None:
    deny(portal, "UpdateStack")
    ended = failed(portal)
    said = "When last seen, 0.0.1 served web-shop: 2 of 2 tasks running."
    assert ended["error"]["still_serving"] == said
    assert places_without(portal, said, ended) == []
    assert LAST not in _text(portal, "/")


def test_where_nobody_looked_all_tell_what_succeeded_last(portal: Portal) -> None:
    deny(portal, "*")
    ended = failed(portal)
    assert ended["error"]["still_serving"] == ""
    assert places_without(portal, LAST, ended) == []


def test_after_a_later_step_failed_all_tell_what_the_earlier_one_brought(portal: Portal) -> None:
    scripted_step.register()
    steps = portal.api("GET", "/projects/web-shop/process").body["steps"]
    check = {"slug": "check", "name": "Check", "type": "scripted", "version": 1}
    steps.append({**check, "target_tags": ["web"], "inputs": {"script": ["fail"]}})
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": steps})
    assert answer.status == 200, answer.body
    ended = failed(portal)
    said = "0.0.2 serves web-shop: 2 of 2 tasks running."
    assert (ended["error"]["step"], ended["error"]["still_serving"]) == ("check", said)
    assert places_without(portal, said, ended) == []
