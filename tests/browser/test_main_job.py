"""The main job in a browser: release, deploy, watch, promote, roll back, learn why it failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.watched_page import take_screenshots, watched_page
from tests.demo.running_demo import Demo, when_ended

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


Deploy = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def deploy(portal: Demo, shop: str) -> Deploy:
    """Releases a tag of both images and deploys it, by the API; the ended deployment."""

    def run(tag: str, environment: str) -> dict[str, Any]:
        images = {"deploy-web/web": tag, "deploy-web/api": tag}
        release = portal.api("POST", f"/projects/{shop}/releases", {"images": images})
        made = portal.api(
            "POST", f"/releases/{release['id']}/deployments", {"environment": environment}
        )
        return when_ended(portal, made["id"], within=ENDS_WITHIN / 1000)

    return run


def test_from_sign_in_to_a_service_that_runs_in_two_environments(
    browser: Browser, portal: Demo, shop: str
) -> None:
    with watched_page(browser, base_url=portal.url) as watched:
        page = watched.page
        page.goto("/accounts/login/")
        take_screenshots(page, "sign-in")
        sign_in(page, portal)
        page.get_by_role("link", name="Main job").click()
        take_screenshots(page, "project-without-release")
        create_and_deploy_the_first_release(page, portal)
        promote_to_staging(page, shop)
        page.get_by_role("link", name="Dashboard").click()
        for environment in ("development", "staging"):
            cell = page.locator(f"#cell-{shop}-{environment}")
            expect(cell).to_contain_text("0.0.1")
            expect(cell).to_contain_text("Succeeded")
        take_screenshots(page, "dashboard")


def create_and_deploy_the_first_release(page: Page, portal: Demo) -> None:
    clicks = Clicks()
    clicks.on(page.get_by_role("link", name=re.compile("Create (the first )?release")))
    wait_for_tags(page)
    take_screenshots(page, "release-new")
    clicks.on(page.get_by_role("button", name="Create 0.0.1 and deploy to Development"))
    assert clicks.count == 2
    number = deployment_id(page)
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("#log .p-line").first).to_be_visible()
    early = len(shown_lines(page))
    take_screenshots(page, "deployment-executing")
    expect(state(page)).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    expect(page.locator("#log")).to_contain_text("Deployed 0.0.1 to Development in")
    assert page.evaluate("window.neverReloaded")
    lines = shown_lines(page)
    assert early < len(lines)
    assert sorted(lines) == list(range(1, len(lines) + 1))
    log = portal.api("GET", f"/deployments/{number}/log?level=verbose")
    assert (len(log["lines"]), log["finished"]) == (len(lines), True)
    take_screenshots(page, "deployment-succeeded")


def promote_to_staging(page: Page, shop: str) -> None:
    clicks = Clicks()
    project_page(page, shop)
    clicks.on(page.get_by_role("link", name="Deploy 0.0.1 to Staging"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Deploy 0.0.1 to Staging")
    take_screenshots(page, "deploy")
    clicks.on(page.get_by_role("button", name="Deploy 0.0.1 to Staging"))
    deployment_id(page)
    assert clicks.count == 2
    expect(state(page)).to_have_text("Succeeded", timeout=ENDS_WITHIN)


def test_tags_are_picked_newest_version_first_and_unlikely_ones_by_typing(
    page: Page, shop: str
) -> None:
    page.goto(f"/projects/{shop}/releases/new/")
    wait_for_tags(page)
    row = page.get_by_role("row").filter(has_text="shop/web")
    row.locator("summary").click()
    expect(row.get_by_role("searchbox")).to_be_focused()
    tags = row.locator(".p-opt .p-mono").all_inner_texts()
    assert tags[:3] == ["1.6.0", "1.5.0", "1.4.7-arch"]
    assert tags[-1] == "latest"
    take_screenshots(page, "release-new-picker")
    row.get_by_role("searchbox").press_sequentially("1.4.2")
    expect(row.get_by_role("option")).to_have_count(1)
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    row.get_by_role("searchbox").press("ArrowDown")
    expect(row.get_by_role("option")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.locator("input[type=hidden]")).to_have_value("1.4.2-crash")
    pick(page, "api", "1.5.0")
    page.get_by_role("textbox", name="Version").fill("7.0.0")
    page.get_by_label("Deploy to Development right away").uncheck()
    page.get_by_role("button", name="Create 7.0.0", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Main job 7.0.0")
    frozen = page.get_by_role("table").first
    expect(frozen).to_contain_text("shop/web:1.4.2-crash")
    expect(frozen).to_contain_text("shop/api:1.5.0")
    take_screenshots(page, "release")


def test_rolling_back_takes_two_clicks(page: Page, shop: str, deploy: Deploy) -> None:
    first, second = (deploy(tag, "development") for tag in ("1.3.0", "1.4.0"))
    older, newer = (each["release"]["version"] for each in (first, second))
    clicks = Clicks()
    project_page(page, shop)
    take_screenshots(page, "project")
    clicks.on(page.get_by_role("link", name=f"Roll back {older} in Development"))
    expect(page.get_by_role("main")).to_contain_text(f"Development runs {newer}")
    take_screenshots(page, "roll-back")
    clicks.on(page.get_by_role("button", name=f"Roll back Development to {older}"))
    deployment_id(page)
    assert clicks.count == 2
    expect(state(page)).to_have_text("Succeeded", timeout=ENDS_WITHIN)


def test_the_cause_of_a_failure_takes_no_click_and_is_the_same_everywhere(
    page: Page, shop: str, deploy: Deploy
) -> None:
    serving = deploy("1.6.0", "staging")["release"]["version"]
    failed = deploy("1.4.2-crash", "staging")
    cause = failed["error"]["message"]
    assert failed["state"] == "failed"
    assert "exits with code 1" in cause
    project_page(page, shop)
    expect(page.get_by_role("main")).to_contain_text(cause)
    take_screenshots(page, "project-failed")
    page.goto("/")
    expect(page.locator("#attention")).to_contain_text(cause)
    expect(page.locator(f"#cell-{shop}-staging")).to_contain_text(cause)
    take_screenshots(page, "dashboard-failed")
    page.goto(f"/deployments/{failed['id']}/")
    expect(page.get_by_role("article")).to_contain_text(cause)
    expect(page.get_by_role("article")).to_contain_text(f"{serving} still serves")
    take_screenshots(page, "deployment-failed")


def test_a_double_click_on_deploy_is_one_deployment(
    page: Page, portal: Demo, shop: str, deploy: Deploy
) -> None:
    version = deploy("1.5.0", "development")["release"]["version"]
    page.goto(f"/projects/{shop}/releases/{version}/deploy/production/")
    page.get_by_role("button", name=f"Deploy {version} to Production").dblclick()
    number = deployment_id(page)
    listed = portal.api("GET", f"/deployments?project={shop}&environment=production")["items"]
    assert [each["id"] for each in listed] == [number]
