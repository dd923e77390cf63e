"""The menus of the step editor that offer what the targets' accounts have."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from ecsportal.sandbox import seed
from tests.browser.watched_page import WatchedPage, take_screenshots
from tests.demo.running_demo import Demo


@pytest.fixture
def editor(page: Page, shop: str) -> Page:
    page.goto(f"/projects/{shop}/process/deploy-web/")
    return page


def unfold(page: Page, section: str) -> None:
    """Open a section that may be folded."""
    if page.locator(f"#{section}:not([open])").count():
        page.locator(f"#{section} > summary").click()


def menu(page: Page) -> Locator:
    return page.locator("#picks")


def test_an_empty_field_offers_roles_and_arrows_choose_one(editor: Page) -> None:
    unfold(editor, "configuration")
    field = editor.locator("[name='task_role_arn']")
    field.fill("")
    field.blur()
    field.focus()
    options = menu(editor).get_by_role("option")
    expect(options.first).to_be_visible()
    editor.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "pick-0")
    take_screenshots(editor, "step-editor-picks")
    chosen = options.first.get_attribute("data-value")
    editor.keyboard.press("Enter")
    expect(field).to_have_value(str(chosen))
    expect(menu(editor)).to_have_count(0)
    expect(editor.locator("#template-code")).to_contain_text(str(chosen))


def test_a_list_takes_an_id_on_the_line_of_the_cursor(editor: Page) -> None:
    unfold(editor, "network")
    field = editor.locator("[name='subnet_ids']")
    field.fill("subnet-11111111\n")
    field.press("End")
    editor.keyboard.type("demo-eu-west-1b")
    option = menu(editor).locator(f"[data-value='{seed.SUBNET_IDS[1]}']").first
    expect(option).to_contain_text("public")
    option.click()
    expect(field).to_have_value(f"subnet-11111111\n{seed.SUBNET_IDS[1]}")
    expect(field).to_be_focused()


def test_escape_closes_the_menu_and_an_expression_never_opens_it(editor: Page) -> None:
    field = editor.locator("[name='task_execution_role_arn']")
    unfold(editor, "task-execution-role")
    field.fill("")
    field.click()
    expect(menu(editor)).to_be_visible()
    editor.keyboard.press("Escape")
    expect(menu(editor)).to_have_count(0)
    editor.keyboard.type("#{Rol")
    expect(field).to_have_value("#{Rol")
    expect(menu(editor)).to_have_count(0)


def test_a_refusal_is_told_in_the_menu_and_the_field_takes_what_is_typed(
    editor: Page, portal: Demo, watched: WatchedPage
) -> None:
    fault = {
        "service": "ec2",
        "action": "DescribeSecurityGroups",
        "code": "UnauthorizedOperation",
        "message": "no",
        "status": 403,
    }
    portal.sandbox("POST", "/faults", fault)
    unfold(editor, "network")
    field = editor.locator("[name='security_group_ids']")
    field.fill("")
    field.click()
    expect(menu(editor)).to_contain_text(
        "AccessDenied on ec2:DescribeSecurityGroups. Type the ids."
    )
    editor.keyboard.type("sg-0123abcd")
    expect(field).to_have_value("sg-0123abcd")
    portal.sandbox("DELETE", "/faults")


def test_a_variable_offers_secrets_only_where_it_is_one(editor: Page) -> None:
    unfold(editor, "containers")
    editor.locator("#head-containers-0").click()
    editor.locator("#group-containers-0-environment > summary").click()
    editor.locator("#add-containers-0-environment").click()
    name = editor.locator("[name^='containers.0.environment.'][name$='.name']").last
    expect(name).to_be_focused()
    row = editor.locator("[data-row^='containers.0.environment.']").last
    value = row.locator("[name$='.value']")
    value.focus()
    expect(menu(editor)).to_have_count(0)
    row.locator("[name$='.type']").select_option("secret")
    value.click()
    menu(editor).get_by_role("option").filter(has_text=seed.SECRET_NAME).first.click()
    expect(value).to_have_value(re.compile("^arn:aws:secretsmanager:"))
