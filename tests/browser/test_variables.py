"""The variables page with keys alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_every_page import look_at


def test_a_new_tag_is_typed_and_told_that_no_target_carries_it(page: Page, shop: str) -> None:
    page.goto(f"/projects/{shop}/variables/new/")
    page.get_by_label("Name", exact=True).first.fill("Size")
    page.locator(".p-scope-pick > summary").press("Enter")
    field = page.get_by_label("Other target tags")

    field.fill("blue, Blue,green")
    field.press("Enter")
    expect(page.get_by_role("button", name="Remove blue")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove green")).to_have_count(1)
    expect(field).to_be_focused()
    look_at(page, "variable-scope")

    field.press("Enter")
    expect(page.get_by_text("No target carries the tags blue, green yet.")).to_be_visible()
