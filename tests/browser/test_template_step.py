"""A template step in a browser: pasted, its parameters typed, deployed, its outputs read."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.watched_page import take_screenshots
from tests.demo.running_demo import Demo
from tests.steps.deploy_cloudformation_template.samples import LOGS

NEW = "process/new/deploy-cloudformation-template/"


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def paste(page: Page, name: str, text: str) -> None:
    """As a reader does: the clipboard's text arrives by one event."""
    page.evaluate(
        """([name, text]) => {
            const field = document.querySelector(`[name='${name}']`);
            field.focus();
            field.value = text;
            field.dispatchEvent(new Event("input", { bubbles: true }));
            field.dispatchEvent(new ClipboardEvent("paste", { bubbles: true }));
        }""",
        [name, text],
    )


def test_a_pasted_template_becomes_fields_and_deploys(page: Page, portal: Demo, shop: str) -> None:
    page.goto(f"/projects/{shop}/{NEW}")
    paste(page, "template", LOGS)
    group = page.get_by_label("Group", exact=True)
    expect(group).to_be_visible()
    page.get_by_label("Step name").fill("Logs")
    page.get_by_label("Target tags").fill("web")
    field(page, "stack_name").fill("browser-logs")
    group.fill("/browser/logs")
    page.get_by_label("Days", exact=True).select_option("7")
    expect(page.locator("#template-code")).to_contain_text("AWS::Logs::LogGroup")
    take_screenshots(page, "step-template")
    page.keyboard.press("Control+s")
    expect(page.locator(".p-toast")).to_contain_text("Logs saved.")
    expect(group).to_have_value("/browser/logs")

    process = portal.api("GET", f"/projects/{shop}/process")
    only = [step for step in process["steps"] if step["slug"] == "logs"]
    portal.api("PUT", f"/projects/{shop}/process", {"steps": only})
    release = portal.api("POST", f"/projects/{shop}/releases", {})
    deployment = portal.api(
        "POST", f"/releases/{release['id']}/deployments", {"environment": "development"}
    )
    page.goto(deployment["url"])
    expect(page.locator("body")).to_contain_text(
        "Stack browser-logs is CREATE_COMPLETE", timeout=60_000
    )
    take_screenshots(page, "deployment-template")


def test_a_template_is_loaded_from_a_file(page: Page, shop: str, tmp_path: Path) -> None:
    path = tmp_path / "logs.yaml"
    path.write_text(LOGS)
    page.goto(f"/projects/{shop}/{NEW}")
    page.locator("[data-load-into]").set_input_files(path)
    expect(page.get_by_label("Group", exact=True)).to_be_visible()
    expect(field(page, "template")).to_have_value(LOGS)


@pytest.mark.parametrize("kind", ["apply-change-set", "delete-stack"])
def test_the_other_steps_over_stacks_are_described(page: Page, shop: str, kind: str) -> None:
    page.goto(f"/projects/{shop}/process/new/{kind}/")
    expect(page.get_by_label("Stack", exact=False).first).to_be_visible()
    take_screenshots(page, f"step-{kind}")


def test_a_deletion_is_agreed_to_by_typing_the_stack_s_name(
    page: Page, portal: Demo, shop: str
) -> None:
    step = {"name": "Clean up", "type": "delete-stack", "version": 1, "target_tags": ["web"]}
    inputs = {"stack_name": "browser-logs"}
    portal.api("PUT", f"/projects/{shop}/process", {"steps": [step | {"inputs": inputs}]})
    release = portal.api("POST", f"/projects/{shop}/releases", {})
    page.goto(f"/projects/{shop}/releases/{release['version']}/deploy/development/")
    take_screenshots(page, "deploy-deletion")
    page.get_by_label("Type browser-logs to agree").fill("browser-logs")
    page.locator("#deploy button[type=submit].btn-primary").click()
    page.wait_for_url("**/deployments/*/")
    expect(page.locator("body")).to_contain_text("browser-logs", timeout=60_000)


def test_aws_is_asked_before_anything_is_saved(page: Page, shop: str) -> None:
    page.goto(f"/projects/{shop}/{NEW}")
    paste(page, "template", LOGS)
    expect(page.get_by_label("Group", exact=True)).to_be_visible()
    page.get_by_label("Target tags").fill("web")
    page.get_by_role("button", name="Check with AWS").click()
    said = page.locator("#step-check")
    expect(said).to_contain_text("The template needs a value for Group", timeout=30_000)
    take_screenshots(page, "step-template-checked")
    expect(page.get_by_label("Target tags")).to_have_value("web")
