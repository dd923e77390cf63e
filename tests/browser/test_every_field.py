"""Every field of the ECS step is entered in the browser, and stored as it was entered.

What has to be typed is read off the form of a step that has it all; the entering knows only what a
person sees: fields, buttons that add, panels to open.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo.running_demo import Demo
from tests.steps.deploy_ecs_service.every_input import every_input

MOST_ROUNDS = 200
READ = """() => Object.fromEntries(
  [...document.querySelectorAll("#step-form [name]")]
    .filter((field) => !field.name.startsWith("_") && field.type !== "hidden")
    .filter((field) => field.type !== "radio" || field.checked)
    .map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]))"""
UNFOLD = """() => document.querySelectorAll("#step-form details:not([data-menu])")
  .forEach((each) => { if (!each.closest(".p-picker")) each.open = true; })"""
Fields = dict[str, Any]


@pytest.fixture
def wanted(page: Page, portal: Demo, shop: str) -> Fields:
    """The fields of a stored step that uses every input, with their values."""
    step = portal.api("GET", f"/projects/{shop}/process")["steps"][0]
    inputs = every_input()
    for container in inputs["containers"]:
        container["image"]["feed"] = "shop-registry"
    # A field becomes one of several lines once its value has them: those come by paste or import.
    inputs["containers"][0]["environment"][2]["value"] = "-----abc-----"
    inputs["containers"][1]["health_check"]["command"] = ["CMD-SHELL", "/bin/check"]
    whole = step | {"slug": "whole", "name": "Whole", "inputs": inputs}
    path = f"/projects/{shop}/process?allow_problems=true"
    portal.api("PUT", path, {"steps": [step, whole]})
    page.goto(f"/projects/{shop}/process/whole/")
    for number in range(2):
        unfold(page)
        expect(page.locator(f"[name='containers.{number}.name']")).to_be_visible()
        expect(page.locator(f"[name='volumes.{number}.name']")).to_be_visible()
    unfold(page)
    fields: Fields = page.evaluate(READ)
    return fields


def unfold(page: Page) -> None:
    """Open every section and panel; closed containers are fetched by that."""
    page.evaluate(UNFOLD)
    settle(page)


def settle(page: Page) -> None:
    """Wait until no answer is on its way."""
    page.wait_for_timeout(60)
    expect(page.locator(".htmx-request, .htmx-settling, .htmx-swapping")).to_have_count(0)


def button_for(page: Page, name: str) -> Locator | None:
    """The button that adds the row or object in which a field of this name would be."""
    parts = name.split(".")[:-1]
    while parts:
        button = page.locator(f"button[name='_action'][value='add:{'.'.join(parts)}']")
        if button.count():
            return button
        parts.pop()
    return None


def enter(page: Page, wanted: Fields) -> None:
    """Fill in what is there and differs, as a person would."""
    there: Fields = page.evaluate(READ)
    for name, value in wanted.items():
        if name not in there or there[name] == value:
            continue
        field = page.locator(f"#step-form [name='{name}']:not([type='hidden'])")
        opener = page.locator(f"#f-{name.replace('.', '-')}-naming > summary")
        if opener.count() and not field.is_visible():
            opener.click()
        if field.get_attribute("type") == "radio":
            page.locator(f"#step-form [name='{name}'][value='{value}']").check(force=True)
        elif isinstance(value, bool):
            field.set_checked(value)
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Escape")  # a pick list that has opened covers what is below it
        if opener.count():
            page.keyboard.press("Escape")
    settle(page)


def missing(page: Page, wanted: Fields) -> list[str]:
    there: Fields = page.evaluate(READ)
    return [name for name in wanted if name not in there]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_field_is_entered_and_stored(
    page: Page, portal: Demo, shop: str, wanted: Fields
) -> None:
    page.goto(f"/projects/{shop}/process/new/deploy-ecs-service/")
    wanted = wanted | {"step_name": "Typed"}
    for _ in range(MOST_ROUNDS):
        unfold(page)
        enter(page, wanted)
        lacks = missing(page, wanted)
        if not lacks:
            break
        button = next((b for b in (button_for(page, name) for name in lacks) if b), None)
        assert button is not None, f"Nothing adds {lacks[:5]}"
        button.first.click()
        settle(page)
    enter(page, wanted)
    assert page.evaluate(READ) == wanted

    page.keyboard.press("Control+s")
    settle(page)
    anyway = page.locator("[data-save-anyway]")
    if anyway.count():
        anyway.click()
    expect(page.locator(".p-toast")).to_contain_text("Typed saved.")
    steps = portal.api("GET", f"/projects/{shop}/process")["steps"]
    typed, whole = (next(s for s in steps if s["name"] == n) for n in ("Typed", "Whole"))
    assert typed["inputs"] == whole["inputs"]
