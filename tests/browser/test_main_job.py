"""The main job in a browser: release, deploy, watch, promote, roll back, learn why it failed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.watched_page import WatchedPage, take_screenshots
from tests.demo.running_demo import Demo

ENDS_WITHIN = 60_000
"""Milliseconds for a deployment, on a busy machine and a simulated AWS that goes faster."""


class Clicks:
    """Counts what a person clicks; ux.md has a budget for each job."""

    def __init__(self) -> None:
        self.count = 0

    def on(self, thing: Locator) -> None:
        """Click it."""
        thing.click()
        self.count += 1


def project_page(page: Page, shop: str) -> None:
    page.goto(f"/projects/{shop}/")


def wait_for_tags(page: Page) -> None:
    """Until each image row has what its feed says and the summary has followed."""
    expect(page.locator(".p-tagpicker")).to_have_count(2)
    expect(page.locator("[aria-busy]")).to_have_count(0)


def pick(page: Page, image: str, tag: str) -> None:
    """Choose a tag in the image's picker."""
    row = page.get_by_role("row").filter(has_text=f"shop/{image}")
    row.locator("summary").click()
    row.get_by_role("option", name=tag).click()
    expect(row.locator("input[type=hidden]")).to_have_value(tag)


def state(page: Page) -> Locator:
    """The deployment's state in words."""
    return page.locator("#dep-head .p-status--lg")


def deployment_id(page: Page) -> int:
    page.wait_for_url(re.compile(r"/deployments/\d+/$"))
    return int(page.url.rstrip("/").rpartition("/")[2])


def shown_lines(page: Page) -> list[int]:
    """The numbers of all lines in the page, as they stand there."""
    numbers: list[int] = page.eval_on_selector_all(
        "#log .p-line", "lines => lines.map(line => Number(line.id.slice(1)))"
    )
    return numbers


@pytest.fixture
def released(portal: Demo, shop: str) -> Any:
    """Makes a release with these tags of both images through the API; the release."""

    def make(tag: str) -> dict[str, Any]:
        images = {"deploy-web/web": tag, "deploy-web/api": tag}
        made: dict[str, Any] = portal.api("POST", f"/projects/{shop}/releases", {"images": images})
        return made

    return make


def test_a_release_is_created_and_deployed_with_two_clicks_and_watched_live(
    page: Page, portal: Demo, shop: str
) -> None:
    clicks = Clicks()
    project_page(page, shop)
    take_screenshots(page, "project-without-release")
    clicks.on(page.get_by_role("link", name=re.compile("Create (the first )?release")))
    wait_for_tags(page)
    take_screenshots(page, "release-new")
    clicks.on(page.get_by_role("button", name=re.compile(r"^Create \S+ and deploy to Development$")))
    assert clicks.count == 2
    number = deployment_id(page)
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("#log .p-line").first).to_be_visible()
    early = len(shown_lines(page))
    take_screenshots(page, "deployment-executing")
    expect(state(page)).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    expect(page.locator("#log .p-lines--end")).to_contain_text("Deployed")
    assert page.evaluate("window.neverReloaded")
    lines = shown_lines(page)
    assert early < len(lines)
    assert sorted(lines) == list(range(1, len(lines) + 1))
    log = portal.api("GET", f"/deployments/{number}/log?level=verbose")
    assert (len(log["lines"]), log["finished"]) == (len(lines), True)
    take_screenshots(page, "deployment-succeeded")
