"""A process as text: edited with an error, mended, saved, compared with what it was, restored."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.watched_page import WatchedPage, take_screenshots
from tests.demo.running_demo import Demo

APPROVE = """\
- name: Approve
  type: manual-intervention
  inputs:
    instructions: Ready?
"""


def test_a_text_with_an_error_is_mended_saved_compared_and_restored(
    watched: WatchedPage, page: Page, portal: Demo, shop: str
) -> None:
    page.goto(f"/projects/{shop}/process/")
    page.get_by_role("link", name="As text").click()
    text = page.get_by_label("Process as YAML")
    before = text.input_value()
    first = portal.api("GET", f"/projects/{shop}/process")["revision"]
    wrong = before + APPROVE.replace("instructions", "instruction")
    text.fill(wrong)
    page.get_by_role("button", name="Show what changes").click()
    check = page.locator("#check")
    line = wrong.splitlines().index("    instruction: Ready?") + 1
    expect(check).to_contain_text(f"{line}")
    expect(check).to_contain_text("instruction")
    expect(check.get_by_role("button", name="Save process")).to_have_count(0)
    take_screenshots(page, "process-text-error")

    text.fill(before.replace("name: Deploy web", "name: Roll out") + APPROVE)
    page.get_by_role("button", name="Show what changes").click()
    expect(check).to_contain_text("Approve")
    expect(check).to_contain_text("Roll out")
    take_screenshots(page, "process-text-changes")
    check.get_by_role("button", name="Save process").click()
    steps = page.locator("#process [data-step] h3")
    expect(steps).to_have_text(["Roll out", "Approve"])

    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name=f"Revision {first + 1}", exact=True).click()
    changes = page.get_by_role("main")
    expect(changes).to_contain_text("Roll out")
    expect(changes).to_contain_text("Approve")
    take_screenshots(page, "process-revision-compared")
    page.go_back()
    page.get_by_role("link", name=f"Revision {first}", exact=True).click()
    page.get_by_role("button", name="Make it current again").click()
    expect(steps).to_have_text(["Deploy web"])
    restored = portal.api("GET", f"/projects/{shop}/process")
    assert restored["revision"] == first + 2
    assert [step["slug"] for step in restored["steps"]] == ["deploy-web"]
