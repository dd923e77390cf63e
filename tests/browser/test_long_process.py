"""A deployment of many steps, watched: the picture of its process is the progress view."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import look_at
from tests.demo.running_demo import Demo

ENDS_WITHIN = 60_000
STEPS = 12


@pytest.fixture
def deployment(portal: Demo, shop: str) -> str:
    """The address of a deployment of twelve steps that waits for approval at the third."""
    steps = [
        {
            "name": f"Remove preview {number}",
            "type": "delete-stack",
            "target_tags": ["web"],
            "start": "with_previous" if number % 4 == 2 else "after_previous",
            "inputs": {"stack_name": f"preview-{number}"},
        }
        for number in range(1, STEPS + 1)
    ]
    steps[2] = {
        "name": "Approve",
        "type": "manual-intervention",
        "inputs": {"instructions": "Ready?"},
    }
    portal.api("PUT", f"/projects/{shop}/process", {"steps": steps})
    release = portal.api("POST", f"/projects/{shop}/releases", {})
    made = portal.api(
        "POST", f"/releases/{release['id']}/deployments", {"environment": "development"}
    )
    return f"/deployments/{made['id']}/"


def test_the_picture_follows_the_deployment(page: Page, deployment: str) -> None:
    page.goto(deployment)
    picture = page.locator("#dep-head .p-picture")
    waiting = picture.locator(".p-box.p-is-waiting")
    expect(waiting).to_contain_text("3 Approve", timeout=ENDS_WITHIN)
    expect(picture.locator(".p-box")).to_have_count(STEPS)
    expect(picture.locator(".p-box.p-is-ok")).to_have_count(2)
    since = waiting.locator("[data-since]")
    expect(since).not_to_have_text(since.text_content() or "")
    look_at(page, "deployment-many-steps")
    waiting.click()
    expect(page.locator("#node-approve")).to_be_in_viewport()
    page.get_by_role("button", name="Proceed").click()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    expect(picture.locator(".p-box.p-is-ok")).to_have_count(STEPS)
