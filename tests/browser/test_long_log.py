"""A long log in a browser: a window of it, more on request, links to any line, search in all."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.demo.running_demo import Demo, all_lines, when_ended

pytestmark = pytest.mark.browser
LINES = 6_000
SHOWN = 2_000


def deployed(portal: Demo) -> int:
    """A deployment that has succeeded."""
    images = {"deploy-web/web": "1.6.0", "deploy-web/api": "1.6.0"}
    release = portal.api("POST", "/projects/web-shop/releases", {"images": images})
    path = f"/releases/{release['id']}/deployments"
    deployment = int(portal.api("POST", path, {"environment": "development"})["id"])
    when_ended(portal, deployment, within=90)
    return deployment


@pytest.fixture(scope="module")
def long_one(portal: Demo) -> int:
    """An ended deployment whose log has grown to 6,000 lines; nothing deploys so many in a test."""
    deployment = deployed(portal)
    written = len(all_lines(portal, deployment))
    [file] = portal.output.parent.glob("*.sqlite3")
    with closing(sqlite3.connect(file, timeout=20)) as database:
        database.executemany(
            "INSERT INTO deployments_logline"
            " (deployment_id, seq, at, level, step, target, part, text)"
            " VALUES (?, ?, '2026-11-20 12:00', 'info', 'deploy-web', 'shop-development', '', ?)",
            [
                (deployment, number, f"old line {number}")
                for number in range(written + 1, LINES + 1)
            ],
        )
        database.execute(
            "UPDATE deployments_deployment SET last_seq = ? WHERE id = ?", (LINES, deployment)
        )
        database.commit()
    return deployment


def attached(page: Page, line: str) -> None:
    """Wait for a line. No `expect`: on a page of this size it takes longer than its patience."""
    page.locator(line).wait_for(state="attached", timeout=30_000)


def shown(page: Page) -> list[int]:
    """The numbers of the lines in the page, in order."""
    numbers: list[int] = page.eval_on_selector_all(
        "#log .p-line[id]", "all => all.map(line => Number(line.id.slice(1)))"
    )
    return sorted(numbers)


def test_earlier_lines_come_in_their_place_and_nothing_twice(page: Page, long_one: int) -> None:
    page.goto(f"/deployments/{long_one}/")
    assert shown(page) == list(range(LINES - SHOWN + 1, LINES + 1))
    page.get_by_role("link", name="Show earlier lines").click()
    attached(page, f"#L{LINES - 2 * SHOWN + 1}")
    assert shown(page) == list(range(LINES - 2 * SHOWN + 1, LINES + 1))
    page.get_by_role("link", name="Show earlier lines").click()
    attached(page, "#L1")
    assert shown(page) == list(range(1, LINES + 1))
    expect(page.get_by_role("link", name="Show earlier lines")).to_be_hidden()
    order = page.eval_on_selector_all(
        "#log .p-lines",
        "lists => lists.map(list => [...list.children].map(line => Number(line.id.slice(1))))",
    )
    assert all(numbers == sorted(numbers) for numbers in order)


def test_a_link_to_a_line_that_is_not_there_opens_the_log_around_it(
    page: Page, long_one: int
) -> None:
    page.goto(f"/deployments/{long_one}/#L1500")
    expect(page.locator("#L1500")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"\?line=1500#L1500$"))
    assert shown(page)[0] == 1_000
    page.get_by_role("link", name="Show later lines").click()
    attached(page, "#L4000")
    page.get_by_role("link", name="Go to the newest line").click()
    attached(page, f"#L{LINES}")


def test_shift_and_a_click_choose_a_range_that_has_a_link(page: Page, long_one: int) -> None:
    page.goto(f"/deployments/{long_one}/?line=5000#L5000")
    page.locator("#L5003 > a").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(r"#L5000-L5003$"))
    expect(page.locator(".p-line--chosen")).to_have_count(4)
    page.goto(f"/deployments/{long_one}/?line=5010#L5010-L5012")
    expect(page.locator(".p-line--chosen")).to_have_count(3)
    expect(page.locator("#L5010")).to_be_in_viewport()


def test_the_search_finds_what_the_page_does_not_show(page: Page, long_one: int) -> None:
    page.goto(f"/deployments/{long_one}/")
    page.keyboard.press("/")
    page.keyboard.type("old line 77")
    found = page.locator("#log-found")
    expect(found).to_contain_text("11 lines beyond those on this page contain “old line 77”.")
    found.get_by_role("link", name="Line 777", exact=True).click()
    expect(page.locator("#L777")).to_be_in_viewport()


def test_where_the_page_shows_all_the_server_is_not_asked(page: Page, portal: Demo) -> None:
    deployment = deployed(portal)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/deployments/{deployment}/")
    page.get_by_label("Search the log").fill("Running as")
    expect(page.locator("[data-line-count]")).to_contain_text("1 of ")
    assert not any("/search/" in url for url in asked)
