"""A deployment under its people's hands: it asks, is answered, is decided about, is cancelled."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watched_page import take_screenshots
from tests.demo.running_demo import Demo, when_ended

ENDS_WITHIN = 60_000
INSTRUCTIONS = "Check **the migration plan** first.\n\n- Is the backup there?\n- Who is on call?"


@pytest.fixture(scope="module")
def asking_shop(portal: Demo, shop: str) -> str:
    """The shop with an approval before its service."""
    process = portal.api("GET", f"/projects/{shop}/process")
    approval = {
        "name": "Approve",
        "type": "manual-intervention",
        "inputs": {"instructions": INSTRUCTIONS, "responsible": ["lead"], "note_required": True},
    }
    portal.api("PUT", f"/projects/{shop}/process", {"steps": [approval, process["steps"][0]]})
    return shop


def deploy(portal: Demo, shop: str, tag: str, **options: Any) -> int:
    release = portal.api("POST", f"/projects/{shop}/releases", {"images": {"deploy-web/web": tag}})
    made = portal.api(
        "POST",
        f"/releases/{release['id']}/deployments",
        {"environment": "development", **options},
    )
    return int(made["id"])


def test_an_approval_and_a_failure_that_somebody_decides_about(
    page: Page, portal: Demo, asking_shop: str
) -> None:
    number = deploy(portal, asking_shop, "1.4.2-crash", guided_failure=True)
    page.goto(f"/deployments/{number}/")
    question = page.locator("#dep-question")
    expect(question).to_contain_text("Who is on call?", timeout=ENDS_WITHIN)
    take_screenshots(page, "question")
    note = question.get_by_label("Note")
    note.fill("The backup is there.")
    question.get_by_role("button", name="Assign to me").click()
    expect(question).to_contain_text("admin takes care of it.", timeout=ENDS_WITHIN)
    note.fill("The backup is there.")
    question.get_by_role("button", name="Proceed").click()
    # The crash is decided about in the same place, without a reload, with its whole card below.
    expect(question).to_contain_text("How should it go on?", timeout=ENDS_WITHIN)
    card = page.locator("#diag-1")
    expect(card).to_contain_text("exits with code 1")
    expect(card).to_contain_text("Last lines of container")
    expect(card.locator("footer").get_by_role("button")).to_have_text(["Copy report"])
    expect(question.get_by_role("button", name="Exclude target")).to_be_visible()
    expect(question).to_contain_text("Exclude target goes on without this target")
    expect(page).to_have_title(re.compile("^Waiting"))
    take_screenshots(page, "guided-failure")
    question.get_by_role("button", name="Ignore").click()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text(
        "Succeeded with warnings", timeout=ENDS_WITHIN
    )
    # Its step's node may be folded by now: it ended well.
    expect(page.locator("#log")).to_contain_text("Ignored", timeout=ENDS_WITHIN)


def test_the_cancel_dialog_says_what_happens_and_what_is_told_afterwards(
    page: Page, portal: Demo, asking_shop: str
) -> None:
    number = deploy(portal, asking_shop, "1.4.3-stuck", skip_steps=["approve"])
    page.goto(f"/deployments/{number}/")
    says = page.locator("#cancel-says")
    expect(says).to_contain_text("is being created: it is deleted again.", timeout=ENDS_WITHIN)
    page.get_by_role("link", name="Cancel…").click()
    expect(page.locator("#cancel")).to_be_visible()
    take_screenshots(page, "cancel")
    page.locator("#cancel-form button").click()
    # What has the focus is told as well as all else.
    stage = page.locator("#dep-head .p-stage", has_text="Deploy web")
    stage.focus()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Cancelled", timeout=ENDS_WITHIN)
    expect(stage).to_contain_text("Cancelled")
    expect(page).to_have_title(re.compile("^Cancelled: Deploy "))
    expect(page.locator("#log")).to_contain_text("admin cancelled this deployment.")
    when_ended(portal, number, within=60)


def test_an_open_cancel_dialog_never_comes_to_mean_more_than_it_said(
    page: Page, portal: Demo, asking_shop: str
) -> None:
    number = deploy(portal, asking_shop, "1.4.3-stuck", skip_steps=["approve"])
    page.goto(f"/deployments/{number}/")
    says = page.locator("#cancel-says")
    expect(says).to_contain_text("is being created: it is deleted again.", timeout=ENDS_WITHIN)
    page.get_by_role("link", name="Cancel…").click()
    portal.api("POST", f"/deployments/{number}/cancel", {})
    status = page.locator("#dep-head .p-status--lg")
    expect(status).to_have_text("Cancelling", timeout=ENDS_WITHIN)
    # Somebody else was faster: under this reader's hand the button still cancels, and no more.
    confirm = page.locator("#cancel-form button")
    expect(confirm).to_have_text("Cancel the deployment")
    page.get_by_role("link", name="Keep deploying").click()
    page.get_by_role("link", name="Stop waiting…").click()
    expect(page.locator("#cancel-title")).to_have_text("Stop waiting for the cancel?")
    expect(confirm).to_have_text("Stop waiting")
    expect(status).to_have_text("Cancelled", timeout=ENDS_WITHIN)
    expect(page.locator("#cancel-title")).to_have_text("This deployment has ended")
    expect(says).to_have_text("Nothing is left to cancel.")
    expect(confirm).to_have_count(0)
    page.get_by_role("link", name="Close").press("Enter")
    expect(page.locator("#cancel")).to_be_hidden()


def test_a_schedule_is_set_under_more_options(page: Page, portal: Demo, asking_shop: str) -> None:
    release = portal.api("POST", f"/projects/{asking_shop}/releases", {})
    page.goto(f"/projects/{asking_shop}/releases/{release['version']}/deploy/development/")
    page.locator("#options > summary").click()
    expect(page.get_by_label("Give up if not started by")).to_be_visible()
    page.get_by_label("When a step fails").select_option("on")
    take_screenshots(page, "deploy-options")
