"""The portal as the demo starts it, and a browser that is signed in to it.

    def test_something(page: Page, portal: Demo) -> None:
        page.goto("/projects/web-shop/")           # paths are enough

`portal` has `url`, `password` (of the user admin), `api_key`, `sandbox_url`, and
`api("POST", "/projects", {...})`, `sandbox("POST", "/clock", {...})`. `page` is a tab at 1440
pixels; its test fails for every console error, script error, CSP violation and HTTP status of 400
and above that `watched.expect_status(422)` didn't announce. `take_screenshots(page, "deploy")`
keeps pictures. `shop` makes a project that no other test deploys.

Nothing here may touch the database: the portal has its own, in other processes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watched_page import WatchedPage, watched_page
from tests.conftest import CHROMIUM
from tests.demo.running_demo import Demo, all_lines, running_demo

HERE = Path(__file__).parent
SPEED = 5.0
"""How much faster the simulated AWS goes: a first deployment takes about five seconds."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A failed test tells what its portal knows: the folder is gone when somebody asks."""
    report = yield
    portal = getattr(item, "funcargs", {}).get("portal")
    if report.failed and isinstance(portal, Demo):
        _, _, logged = portal.printed().partition("Sandbox: ")  # without password and key
        report.sections.append(("The portal's processes", logged[-10_000:]))
        report.sections.append(("The newest deployment", newest_deployment(portal)))
    return report


def newest_deployment(portal: Demo) -> str:
    """State, error and log of the deployment that was queued last."""
    try:
        newest = portal.api("GET", "/deployments")["items"][0]
        lines = [line["text"] for line in all_lines(portal, newest["id"])]
    except (requests.RequestException, LookupError) as error:
        return f"It can't be told: {error}"
    return "\n".join([f"{newest['id']}: {newest['state']}, {newest['error']}", *lines[-100:]])


# Of the package, not of the session: Playwright's event loop belongs to this thread as long as it
# runs, and Django refuses its database to a thread with a running loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own: web server, worker and sandbox on free ports, the sample loaded."""
    with running_demo(tmp_path_factory.mktemp("portal"), speed=SPEED) as running:
        yield running


@pytest.fixture(scope="package")
def cookies_of_admin(portal: Demo, browser: Browser) -> Any:
    """Playwright's storage state of the administrator, signed in by the form."""
    with watched_page(browser, base_url=portal.url) as watched:
        sign_in(watched.page, portal)
        return watched.page.context.storage_state()


@pytest.fixture(scope="module")
def shop(portal: Demo, request: pytest.FixtureRequest) -> str:
    """The slug of a project like the sample, of this module alone."""
    slug = request.module.__name__.rpartition(".test_")[2].replace("_", "-")
    portal.api("POST", "/projects", {"name": slug.replace("-", " ").capitalize(), "slug": slug})
    process = portal.api("GET", "/projects/web-shop/process")
    step = process["steps"][0]
    step["inputs"]["task_name"] = slug
    portal.api("PUT", f"/projects/{slug}/process", {"steps": [step]})
    return slug


@pytest.fixture
def watched(portal: Demo, browser: Browser, cookies_of_admin: Any) -> Iterator[WatchedPage]:
    """The tab of `page` with its faults; the test fails where there are any at its end."""
    with watched_page(browser, base_url=portal.url, storage_state=cookies_of_admin) as tab:
        yield tab


@pytest.fixture
def page(watched: WatchedPage) -> Page:
    """A tab in which the administrator is signed in, 1440 pixels wide."""
    return watched.page


def sign_in(page: Page, portal: Demo) -> None:
    """Sign in by the form as the demo's administrator."""
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(portal.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(portal.url)
