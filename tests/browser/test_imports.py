"""Taking over what exists, and upgrading a step, in a browser."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_every_page import look_at
from tests.browser.watched_page import WatchedPage
from tests.demo.running_demo import Demo, when_ended

ECS = "Octopus.Action.Aws.Ecs."


def exported() -> dict[str, Any]:
    """A step as Octopus Deploy's API gives it, with one property that nothing here reads."""
    container = {
        "containerName": "web",
        "containerImageReference": {
            "referenceId": "p1",
            "imageName": "shop/web",
            "feedId": "Feeds-7",
        },
        "essential": "True",
    }
    return {
        "Name": "Deploy from Octopus",
        "Properties": {
            f"{ECS}Deploy.ServiceTaskName": "from-octopus",
            f"{ECS}Deploy.Cpu": "256",
            f"{ECS}Deploy.Memory": "500",
            f"{ECS}Deploy.SubnetIds": '["subnet-0a1b2c3d4e5f60001"]',
            f"{ECS}Deploy.SecurityGroupIds": '["sg-0a1b2c3d4e5f60001"]',
            f"{ECS}Deploy.Containers": json.dumps([container]),
            "Octopus.Action.TargetRoles": "web",
            "Octopus.Action.RunOnServer": "true",
        },
    }


def test_an_octopus_step_is_pasted_looked_at_and_imported(
    page: Page, shop: str, watched: WatchedPage
) -> None:
    page.goto(f"/projects/{shop}/process/add/")
    page.get_by_role("link", name="Paste an Octopus step…").click()
    watched.expect_status(422)
    page.locator("[name='step']").fill("{ broken")
    page.get_by_role("button", name="Show what becomes of it").click()
    expect(page.locator("#form-errors")).to_contain_text("This is no JSON (line 1, column 3")
    expect(page.locator("[name='step']")).to_have_value("{ broken")
    page.locator("[name='step']").fill(json.dumps(exported()))
    page.get_by_role("button", name="Show what becomes of it").click()
    expect(page.get_by_text("Octopus.Action.RunOnServer: Is not carried over")).to_be_visible()
    expect(page.locator("#stacks").get_by_text("No such stack").first).to_be_visible()
    look_at(page, "octopus-import")
    page.get_by_label("Production").fill("Environments-3")
    page.get_by_role("button", name="Show the names with these ids").click()
    expect(page.locator("#stacks")).to_contain_text("environments3")
    page.get_by_role("button", name="Import Deploy from Octopus").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Deploy from Octopus")
    expect(page.locator("[name='task_name']")).to_have_value("from-octopus")


def test_a_running_service_opens_in_the_editor(page: Page, portal: Demo) -> None:
    release = portal.api("POST", "/projects/web-shop/releases", {})
    made = portal.api(
        "POST", f"/releases/{release['id']}/deployments", {"environment": "development"}
    )
    when_ended(portal, made["id"], within=60)
    page.goto("/projects/web-shop/process/add/")
    page.get_by_role("link", name="Import a running service…").click()
    page.get_by_label("Deployment target").select_option("shop-development")
    page.get_by_role("button", name="Read from AWS").click()
    # Other tests of the same portal run services there too.
    row = page.get_by_role("listitem").filter(has_text="ServicewebShop")
    row.get_by_role("link", name="Look at it").first.click()
    expect(page.get_by_text("updates the service in place")).to_be_visible()
    look_at(page, "service-import")
    page.get_by_role("button", name="Open in the editor, adopting the stack").click()
    expect(page.locator("[name='step_name']")).to_have_value("Deploy web-shop")
    expect(page.locator("[name='stack_name']")).to_have_value(
        "cf-ecs-demo-servicewebShop-development-untenanted"
    )
    expect(page.locator("#changes")).to_contain_text("unsaved")


def test_a_step_is_upgraded_and_the_upgrade_undone(page: Page, portal: Demo, shop: str) -> None:
    process = portal.api("GET", f"/projects/{shop}/process")
    step = process["steps"][0]
    for container in step["inputs"]["containers"]:
        container.pop("firelens", None)
    portal.api("PUT", f"/projects/{shop}/process", {"steps": [step | {"version": 1}]})
    page.goto(f"/projects/{shop}/process/")
    page.get_by_role("link", name="Version 2 available").click()
    expect(page.get_by_text("The template stays as it is, line by line")).to_be_visible()
    look_at(page, "step-upgrade")
    page.get_by_role("button", name="Upgrade to version 2").click()
    expect(page.get_by_text("has version 2 now")).to_be_visible()
    page.get_by_role("button", name="Undo the upgrade").click()
    expect(page.get_by_role("link", name="Version 2 available")).to_be_visible()
