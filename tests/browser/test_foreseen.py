"""What AWS says beforehand turns the deploy page's button off, in the background."""

from __future__ import annotations

from typing import Any

import boto3
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import look_at
from tests.demo.running_demo import Demo


def _client(portal: Demo, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=portal.sandbox_url,
        region_name="eu-west-1",
        aws_access_key_id="demo",
        aws_secret_access_key="demo",  # noqa: S106 -- the sandbox takes any
    )


def test_a_log_group_of_somebody_else_turns_the_button_off(
    page: Page, portal: Demo, shop: str
) -> None:
    logs, ec2, iam = (_client(portal, service) for service in ("logs", "ec2", "iam"))
    # Loaded before the page asks, which waits a few seconds only.
    logs.describe_log_groups(), ec2.describe_vpcs(), iam.list_roles()
    release = portal.api("POST", f"/projects/{shop}/releases", {})
    address = f"/projects/{shop}/releases/{release['version']}/deploy/development/"
    page.goto(address)
    expect(page.get_by_text("Nothing in AWS stands in the way")).to_be_visible(timeout=15_000)
    button = page.locator("#cta button")
    expect(button).to_be_enabled()

    logs.create_log_group(logGroupName=f"/ecs/{shop}")
    page.goto(address)
    found = page.get_by_text(f"/ecs/{shop} exists and isn't part of stack").first
    expect(found).to_be_visible(timeout=15_000)
    expect(button).to_be_disabled()
    expect(page.locator("#cta")).to_contain_text("the deployment would fail")
    look_at(page, "deploy-foreseen")
