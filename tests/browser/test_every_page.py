"""Every page opens without a fault, fits a phone, and axe finds nothing on it.

axe looks for WCAG 2.2 A and AA and its own best practices, at both widths, in both themes.
axe-core comes as one file in vendor/, under the Mozilla Public License 2.0.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import PAGES
from tests.browser.watched_page import SIZES, THEMES, take_screenshots
from tests.demo.running_demo import Demo, when_ended

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}"""


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


@pytest.mark.parametrize("name", [*PAGES, "deployment", "deployment-failed"])
def test_a_page_fits_a_phone_and_axe_finds_nothing(
    page: Page, deployments: dict[str, str], name: str
) -> None:
    page.goto((PAGES | deployments)[name])
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    take_screenshots(page, name)
    page.evaluate(AXE)
    for (width, height), theme in zip(SIZES.items(), THEMES, strict=True):
        page.set_viewport_size({"width": width, "height": height})
        # Without motion: a colour on its way from one theme to the other is no finding.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        found: list[str] = page.evaluate(RUN)
        assert not found, "\n".join([f"{width} pixels, {theme}", *found])
