"""A process in forms: described step by step, put in order, released, deployed, approved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_template_step import paste
from tests.browser.watched_page import take_screenshots
from tests.steps.deploy_cloudformation_template.samples import LOGS
from tests.steps.http_check.answers import served

ENDS_WITHIN = 60_000
OUTPUT = "#{Octopus.Action[Extras].Output.AwsOutputs[Name]}"


@pytest.fixture
def health() -> Iterator[str]:
    """An address that answers."""
    with served(lambda _method, _path: (200, {}, b"ready")) as url:
        yield url


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#step-form [name='{name}']")


def new_step(page: Page, shop: str, kind: str, name: str, **typed: str) -> None:
    """A new step from the catalogue, with its fields typed."""
    page.goto(f"/projects/{shop}/process/")
    page.get_by_role("link", name=re.compile("^Add step")).click()
    page.get_by_role("link", name=f"Choose {kind}", exact=True).click()
    page.get_by_label("Step name").fill(name)
    tags = field(page, "target_tags")
    if tags.count():
        tags.fill("web")
    for path, text in typed.items():
        put(page, path, text)


def put(page: Page, path: str, text: str) -> None:
    """Type into a field, or choose in it; its section is unfolded first."""
    typed = field(page, path)
    if not typed.is_visible():
        inside = page.locator(f"[name='{path}']")
        page.locator("details.p-sec", has=inside).locator("> summary").click()
    if typed.evaluate("field => field.tagName") == "SELECT":
        typed.select_option(text)
    else:
        typed.fill(text)


def save(page: Page, name: str) -> None:
    page.keyboard.press("Control+s")
    expect(page.locator(".p-toast").last).to_contain_text(f"{name} saved.")


def rows(page: Page) -> Locator:
    return page.locator("#process [data-step] h3")


def drag(page: Page, step: str, above: str) -> None:
    """Move a step by its grip to the place above another one, until the portal has saved it."""
    grip, over = (page.locator(f"#step-{slug}") for slug in (step, above))
    saved = page.locator("#process .p-panel > header > .p-3rd")
    before = re.findall(r"Revision (\d+)", saved.inner_text())[0]
    grip.locator(".p-grip").drag_to(over, target_position={"x": 60, "y": 4})
    expect(saved).to_contain_text(f"Revision {int(before) + 1},")


def test_a_process_of_six_steps_is_described_put_in_order_and_deployed(
    page: Page, shop: str, health: str
) -> None:
    stack = f"{shop}-extras"
    new_step(page, shop, "Deploy an AWS CloudFormation template", "Extras", stack_name=stack)
    paste(page, "template", LOGS)
    page.get_by_label("Group", exact=True).fill(f"/{shop}/logs")
    page.get_by_label("Days", exact=True).select_option("7")
    save(page, "Extras")
    new_step(page, shop, "Run an Amazon ECS task", "Migrate", step="deploy-web", command_list="go")
    save(page, "Migrate")
    new_step(page, shop, "HTTP check", "Check", url=f"{health}{OUTPUT}")
    save(page, "Check")
    new_step(page, shop, "Delete an AWS CloudFormation stack", "Clean up", stack_name=stack)
    put(page, "runs-condition", "failure")
    save(page, "Clean up")
    new_step(page, shop, "Manual intervention", "Approve", instructions="Is **it** ready?")
    save(page, "Approve")

    page.goto(f"/projects/{shop}/process/")
    expect(rows(page)).to_have_text(
        ["Deploy web", "Extras", "Migrate", "Check", "Clean up", "Approve"]
    )
    drag(page, "approve", above="deploy-web")
    expect(rows(page).first).to_have_text("Approve")
    page.locator("#step-migrate h3 a").focus()
    page.keyboard.press("Alt+ArrowUp")
    ordered = ["Approve", "Deploy web", "Migrate", "Extras", "Check", "Clean up"]
    expect(rows(page)).to_have_text(ordered)
    expect(page.locator("#up-migrate")).to_be_focused()
    take_screenshots(page, "process-six-steps")
    page.reload()
    expect(rows(page)).to_have_text(ordered)
    expect(page.locator("#step-clean-up")).to_contain_text("After a failure")

    page.get_by_role("link", name=re.compile("Create release")).click()
    page.get_by_role("button", name="Create 0.0.1 and deploy to Development").click()
    page.wait_for_url("**/deployments/*/")
    expect(page.locator("#dep-question strong")).to_have_text("it", timeout=ENDS_WITHIN)
    page.get_by_role("button", name="Proceed").click()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    skipped = page.locator(".p-process a.p-is-skipped")
    expect(skipped).to_have_text([re.compile("6 Clean up.*nothing failed")])
    expect(page.locator("#dep-resources details.p-res-of[open]")).to_have_count(3)
    take_screenshots(page, "deployment-six-steps")
