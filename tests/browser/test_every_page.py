"""Every page opens without a fault, fits a phone, and axe finds nothing on it.

axe looks for WCAG 2.2 A and AA and its own best practices, at both widths, in both themes.
axe-core comes as one file in vendor/, under the Mozilla Public License 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import PAGES
from tests.browser.watched_page import (
    SIZES,
    THEMES,
    WatchedPage,
    take_screenshots,
    watched_page,
)
from tests.demo.running_demo import Demo, eventually, when_ended

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}"""


STANDING = ("deployment-question", "deployment-queued", "deployment-planned")


@pytest.fixture(scope="module")
def standing(portal: Demo, shop: str) -> Iterator[dict[str, str]]:
    """A deployment that asks, one queued behind it, one for later; all cancelled afterwards."""
    images = {"deploy-web/web": "1.4.1-missing", "deploy-web/api": "1.5.0"}
    release = portal.api("POST", f"/projects/{shop}/releases", {"images": images})
    path = f"/releases/{release['id']}/deployments"
    wanted = (
        {"environment": "staging", "guided_failure": True},
        {"environment": "staging"},
        {
            "environment": "production",
            "not_before": (timezone.now() + timedelta(days=7)).isoformat(),
        },
    )
    made = [portal.api("POST", path, each)["id"] for each in wanted]
    asking = f"/deployments/{made[0]}"
    eventually(lambda: portal.api("GET", asking)["state"] == "waiting", within=60, every=0.3)
    yield {name: f"/deployments/{pk}/" for name, pk in zip(STANDING, made, strict=True)}
    for pk in reversed(made):
        portal.api("POST", f"/deployments/{pk}/cancel")


@pytest.fixture(scope="module")
def deployments(portal: Demo) -> dict[str, str]:
    """The sample deployed well and badly: the paths of both deployments."""
    paths = {}
    for name, tag in (("deployment", "1.5.0"), ("deployment-failed", "1.4.1-missing")):
        images = {"deploy-web/web": tag, "deploy-web/api": tag}
        release = portal.api("POST", "/projects/web-shop/releases", {"images": images})
        path = f"/releases/{release['id']}/deployments"
        made = portal.api("POST", path, {"environment": "development"})
        when_ended(portal, made["id"], within=60)
        paths[name] = f"/deployments/{made['id']}/"
    return paths


def look_at(page: Page, name: str) -> None:
    """Pictures of the page; it must fit both widths and please axe in both themes."""
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    take_screenshots(page, name)
    page.evaluate(AXE)
    for (width, height), theme in product(SIZES.items(), THEMES):
        page.set_viewport_size({"width": width, "height": height})
        # Without motion: a colour on its way from one theme to the other is no finding.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        found: list[str] = page.evaluate(RUN)
        assert not found, "\n".join([f"{width} pixels, {theme}", *found])


@pytest.mark.parametrize("name", [*PAGES, "deployment", "deployment-failed"])
def test_a_page_fits_a_phone_and_axe_finds_nothing(
    page: Page, deployments: dict[str, str], name: str
) -> None:
    page.goto((PAGES | deployments)[name])
    look_at(page, name)


@pytest.mark.parametrize("name", [*STANDING, "deployment-cancel"])
def test_a_deployment_that_stands_fits_a_phone_too(
    page: Page, standing: dict[str, str], name: str
) -> None:
    dialog = {"deployment-cancel": f"{standing['deployment-question']}?dialog=cancel"}
    page.goto((standing | dialog)[name])
    look_at(page, name)


def test_a_page_that_does_not_exist_looks_like_the_others(watched: WatchedPage) -> None:
    watched.expect_status(404)
    watched.page.goto("/projects/web-shop/releases/9.9.9/")
    look_at(watched.page, "not-found")


def test_the_door_is_open_to_everyone(browser: Browser, portal: Demo) -> None:
    with watched_page(browser, base_url=portal.url) as watched:
        watched.page.goto("/projects/")
        look_at(watched.page, "sign-in")
        watched.expect_status(422)
        watched.page.get_by_label("User name").fill("zoe")
        watched.page.get_by_label("Password").fill("wrong")
        watched.page.get_by_role("button", name="Sign in").click()
        expect(watched.page.get_by_role("alert")).to_contain_text("4 tries left")
        look_at(watched.page, "sign-in-refused")
