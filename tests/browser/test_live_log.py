"""The live log in a browser: nothing lost, nothing twice, nothing moved under the reader's eyes."""

from __future__ import annotations

import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from ecsportal.deployments.live.route import STREAMS_PER_USER
from tests.browser.conftest import SPEED
from tests.browser.flaky_proxy import FlakyProxy, flaky_proxy
from tests.browser.watched_page import WatchedPage
from tests.demo.running_demo import Demo, all_lines, direct_session, eventually, when_ended

pytestmark = pytest.mark.browser
ENDS_WITHIN = 90_000
Start = Callable[..., int]
good_tags = itertools.cycle(("1.6.0", "1.5.0", "1.4.0", "1.3.0"))


@pytest.fixture
def start(portal: Demo, shop: str) -> Start:
    """Begins a deployment; without a tag of another one each time, so that there is work to do."""

    def run(tag: str = "", environment: str = "development") -> int:
        return begin(portal, shop, tag or next(good_tags), environment)

    return run


def begin(portal: Demo, shop: str, tag: str, environment: str) -> int:
    """Release a tag of both images and queue it, by the API; the deployment's id."""
    images = {"deploy-web/web": tag, "deploy-web/api": tag}
    release = portal.api("POST", f"/projects/{shop}/releases", {"images": images})
    path = f"/releases/{release['id']}/deployments"
    return int(portal.api("POST", path, {"environment": environment})["id"])


@pytest.fixture
def slowly(portal: Demo) -> Iterator[None]:
    """AWS at its own pace: a deployment lasts long enough to be disturbed."""
    portal.sandbox("POST", "/clock", {"mode": "fast", "speed": 2})
    yield
    portal.sandbox("POST", "/clock", {"mode": "fast", "speed": SPEED})


@pytest.fixture
def proxy(portal: Demo) -> Iterator[FlakyProxy]:
    port = urlsplit(portal.url).port
    assert port
    with flaky_proxy(port) as between:
        yield between


@contextmanager
def plain_page(browser: Browser, base_url: str, cookies: Any) -> Iterator[Page]:
    """A tab whose refused connections are no fault: these tests provoke them."""
    context = browser.new_context(
        base_url=base_url, storage_state=cookies, viewport={"width": 1440, "height": 900}
    )
    errors: list[str] = []
    try:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(15_000)
        yield page
        assert errors == []
    finally:
        context.close()


def lines(page: Page) -> Locator:
    return page.locator("#log .p-line")


def shown(page: Page) -> list[int]:
    """The numbers of all lines in the page, in the order in which they stand there."""
    numbers: list[int] = page.eval_on_selector_all(
        "#log .p-line", "all => all.map(line => Number(line.id.slice(1)))"
    )
    return numbers


def expect_the_whole_log(page: Page, portal: Demo, deployment: int) -> None:
    """Every line of the log once; within a node in order."""
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    wanted = [line["seq"] for line in all_lines(portal, deployment)]
    expect(lines(page)).to_have_count(len(wanted))
    assert sorted(shown(page)) == wanted
    by_list: list[list[int]] = page.eval_on_selector_all(
        "#log .p-lines",
        "lists => lists.map(list => [...list.children].map(line => Number(line.id.slice(1))))",
    )
    assert all(numbers == sorted(numbers) for numbers in by_list)


# Lost connections


@pytest.mark.usefixtures("slowly")
def test_five_seconds_of_502_lose_and_repeat_nothing(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start, proxy: FlakyProxy
) -> None:
    deployment = start()
    with plain_page(browser, proxy.url, cookies_of_admin) as page:
        page.goto(f"/deployments/{deployment}/")
        expect(lines(page).nth(4)).to_be_attached()
        page.evaluate("window.neverReloaded = true")
        proxy.be("502")
        expect(page.locator("[data-stream-state]")).to_have_text("Reconnecting, nothing is lost")
        time.sleep(5)
        proxy.be("through")
        expect_the_whole_log(page, portal, deployment)
        assert page.evaluate("window.neverReloaded")
    # Asked anew each time for what comes after the last line, never from the start.
    assert len(proxy.streams) > 2
    assert "after=0 " not in proxy.streams[-1]


@pytest.mark.usefixtures("slowly")
def test_a_killed_web_server_loses_and_repeats_nothing(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start
) -> None:
    deployment = start()
    with plain_page(browser, portal.url, cookies_of_admin) as page:
        page.goto(f"/deployments/{deployment}/")
        expect(lines(page).nth(4)).to_be_attached()
        os.kill(web_server(portal), signal.SIGKILL)
        expect(page.locator("[data-stream-state]")).to_have_text("Reconnecting, nothing is lost")
        expect_the_whole_log(page, portal, deployment)


@pytest.mark.usefixtures("slowly")
def test_where_a_proxy_buffers_the_page_polls(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start, proxy: FlakyProxy
) -> None:
    proxy.be("buffering")
    deployment = start()
    with plain_page(browser, proxy.url, cookies_of_admin) as page:
        page.goto(f"/deployments/{deployment}/")
        mark = page.locator("[data-stream-state]")
        expect(mark).to_have_text("Live updates are blocked: refreshed every 3 s", timeout=15_000)
        expect_the_whole_log(page, portal, deployment)
        expect(mark).to_be_hidden()


@pytest.mark.usefixtures("slowly")
def test_where_streams_are_refused_from_the_start_the_page_soon_polls(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start
) -> None:
    deployment = start()
    with plain_page(browser, portal.url, cookies_of_admin) as page:
        page.route("**/live/**", lambda route: route.fulfill(status=502))
        page.goto(f"/deployments/{deployment}/")
        mark = page.locator("[data-stream-state]")
        expect(mark).to_have_text("Live updates are blocked: refreshed every 3 s", timeout=8_000)
        expect_the_whole_log(page, portal, deployment)


@pytest.fixture
def streams_used_up(portal: Demo, cookies_of_admin: Any) -> Iterator[None]:
    """As many streams as one user may have open, on the dashboard: other tabs of theirs."""
    with ExitStack() as tabs:
        for _ in range(STREAMS_PER_USER):
            tab = tabs.enter_context(direct_session())
            for cookie in cookies_of_admin["cookies"]:
                tab.cookies.set(cookie["name"], cookie["value"])
            answer = tab.get(f"{portal.url}live/dashboard", stream=True, timeout=10)
            tabs.callback(answer.close)
            assert answer.status_code == 200
        yield


@pytest.mark.usefixtures("slowly", "streams_used_up")
def test_one_tab_too_many_works_by_polling_and_says_so(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start
) -> None:
    deployment = start()
    with plain_page(browser, portal.url, cookies_of_admin) as page:
        page.goto(f"/deployments/{deployment}/")
        mark = page.locator("[data-stream-state]")
        expect(mark).to_have_text("Live updates are blocked: refreshed every 3 s", timeout=30_000)
        expect_the_whole_log(page, portal, deployment)
        page.goto("/")
        mark = page.locator("[data-live-state]").first
        expect(mark).to_have_text("Live updates are blocked: refreshed every 5 s")


def web_server(portal: Demo) -> int:
    """The process that serves the pages."""

    def find() -> int | None:
        found = [
            pid for pid, line in portal.members().items() if re.search(r"manage\.py web", line)
        ]
        return found[0] if found else None

    return eventually(find, within=10)


# What the reader chose stays


def test_folding_and_the_verbose_choice_survive_live_swaps(
    page: Page, portal: Demo, start: Start
) -> None:
    deployment = start()
    page.goto(f"/deployments/{deployment}/")
    step = page.locator("#node-deploy-web")
    expect(step).to_have_attribute("open", "")
    step.locator("summary").first.click()
    page.keyboard.press("v")
    expect(page.get_by_label("Verbose")).to_be_checked()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Succeeded", timeout=ENDS_WITHIN)
    expect(step).not_to_have_attribute("open", "")
    outputs = page.locator("#dep-resources details.p-more").last
    outputs.locator("summary").click()
    expect(outputs).to_have_attribute("open", "")
    page.reload()
    expect(page.get_by_label("Verbose")).to_be_checked()
    page.keyboard.press("v")
    expect(page.get_by_label("Verbose")).not_to_be_checked()


def test_streamed_lines_have_the_readers_zone(
    browser: Browser, portal: Demo, cookies_of_admin: Any, start: Start
) -> None:
    context = browser.new_context(
        base_url=portal.url, storage_state=cookies_of_admin, timezone_id="Asia/Kathmandu"
    )
    page = context.new_page()
    deployment = start()
    page.goto(f"/deployments/{deployment}/")
    expect(lines(page).nth(8)).to_be_attached(timeout=15_000)
    clocks: list[list[str]] = page.eval_on_selector_all(
        "#log .p-line time", "all => all.map(time => [time.dateTime, time.textContent])"
    )
    context.close()
    for at, words in clocks:
        utc = int(at[11:13]) * 60 + int(at[14:16])
        local = int(words[:2]) * 60 + int(words[3:5])
        assert (local - utc) % (24 * 60) == 5 * 60 + 45
    when_ended(portal, deployment, within=ENDS_WITHIN / 1000)


# A log that a test writes: the page asks the stream for it


def line(number: int, text: str, level: str = "info") -> str:
    return (
        f'<li class="p-line p-line--{level}" id="L{number}" data-node="deploy-web/shop-staging">'
        f'<a href="#L{number}" tabindex="-1">{number}</a>'
        f'<time datetime="2026-01-01T12:00:00.000Z" data-clock>12:00:00</time>'
        f"<span>{text}</span></li>"
    )


def event(name: str, data: str, number: int | None = None) -> str:
    marked = f"id: {number}\n" if number is not None else ""
    return f"event: {name}\n{marked}data: {data}\n\n"


class WrittenStream:
    """Answers the page's streams with events that the test adds; each stream gets what is due."""

    def __init__(self, page: Page, deployment: int) -> None:
        self._due: list[str] = []
        page.route(f"**/live/deployments/{deployment}?**", self._answer)

    def add(self, first: int, last: int, text: str = "line") -> None:
        """Lines for the next stream that the page opens; it asks within a second."""
        html = "".join(line(number, f"{text} {number}") for number in range(first, last + 1))
        self._due.append(event("lines", html, last))

    def send(self, name: str, html: str) -> None:
        self._due.append(event(name, html))

    def _answer(self, route: Route) -> None:
        body, self._due = event("state", "") + "".join(self._due), []
        route.fulfill(status=200, content_type="text/event-stream", body=body)


@pytest.fixture(scope="module")
def stuck(portal: Demo, shop: str) -> Iterator[int]:
    """A deployment that stays executing while these tests look at it."""
    deployment = begin(portal, shop, "1.4.3-stuck", "staging")
    eventually(lambda: len(all_lines(portal, deployment)) > 5 or None, within=30)
    yield deployment
    portal.api("POST", f"/deployments/{deployment}/cancel", {})
    when_ended(portal, deployment, within=ENDS_WITHIN / 1000)


@pytest.fixture
def waiting(stuck: int, page: Page) -> tuple[Page, WrittenStream, int]:
    """The stuck deployment's page; its stream is the test's, and the last line that it shows."""
    stream = WrittenStream(page, stuck)
    page.goto(f"/deployments/{stuck}/")
    return page, stream, max(shown(page))


def test_the_pill_counts_what_came_while_the_reader_looked_elsewhere(
    waiting: tuple[Page, WrittenStream, int],
) -> None:
    page, stream, last = waiting
    stream.add(last + 1, last + 80)
    expect(page.locator(f"#L{last + 80}")).to_be_attached()
    page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
    before = page.evaluate("window.scrollY")
    stream.add(last + 81, last + 86)
    pill = page.get_by_role("button", name="6 new lines")
    expect(pill).to_be_visible()
    assert page.evaluate("window.scrollY") == before
    page.keyboard.press("f")
    expect(page.locator(f"#L{last + 86}")).to_be_in_viewport()
    expect(page.locator("[data-follow]")).to_have_attribute("data-idle", "")
    # From here on the page follows.
    stream.add(last + 87, last + 140)
    expect(page.locator(f"#L{last + 140}")).to_be_in_viewport()


def test_a_line_has_a_link_that_opens_its_node(waiting: tuple[Page, WrittenStream, int]) -> None:
    page, _, last = waiting
    page.locator("#node-deploy-web > summary").click()
    expect(page.locator(f"#L{last}")).to_be_hidden()
    page.evaluate(f"location.hash = '#L{last}'")
    expect(page.locator(f"#L{last}")).to_be_in_viewport()


def test_copied_lines_have_no_numbers_and_no_clocks(
    waiting: tuple[Page, WrittenStream, int],
) -> None:
    page, stream, last = waiting
    stream.add(last + 1, last + 2, "copied")
    expect(page.locator(f"#L{last + 2}")).to_be_attached()
    copied: str = page.evaluate(
        """last => {
          const range = document.createRange();
          range.setStartBefore(document.getElementById(`L${last + 1}`));
          range.setEndAfter(document.getElementById(`L${last + 2}`));
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          return getSelection().toString();
        }""",
        last,
    )
    assert copied.split("\n") == [f"copied {last + 1}", f"copied {last + 2}"]


def test_the_search_leaves_the_lines_that_match(waiting: tuple[Page, WrittenStream, int]) -> None:
    page, stream, last = waiting
    page.keyboard.press("/")
    expect(page.get_by_label("Search the log")).to_be_focused()
    page.keyboard.type("Needle")
    stream.add(last + 1, last + 3, "hay")
    stream.add(last + 4, last + 4, "a needle")
    expect(page.locator(f"#L{last + 4}")).to_be_visible()
    expect(page.locator(f"#L{last + 1}")).to_be_hidden()
    expect(page.locator("[data-line-count]")).to_have_text(f"1 of {last + 4} lines")
    page.get_by_label("Search the log").fill("")
    expect(page.locator(f"#L{last + 1}")).to_be_visible()


def test_five_thousand_lines_stay_and_older_ones_make_room(
    waiting: tuple[Page, WrittenStream, int],
) -> None:
    page, stream, last = waiting
    for first in range(last + 1, last + 6_001, 500):
        stream.add(
            first, first + 499, "a line of an ordinary length, as CloudFormation writes them"
        )
    # No `expect`: on a page of this size it takes longer than what it looks at.
    page.locator(f"#L{last + 6_000}").wait_for(state="attached", timeout=30_000)
    assert lines(page).count() == 5_000
    assert max(shown(page)) == last + 6_000
    earlier = page.locator("[data-earlier]")
    assert earlier.is_visible()
    assert f"The first {last + 1_000} lines" in earlier.inner_text()


# Questions


def test_a_question_that_comes_live_is_answered_in_its_place(
    watched: WatchedPage, portal: Demo, shop: str, start: Start
) -> None:
    page = watched.page
    when_ended(portal, start("1.6.0", "production"), within=ENDS_WITHIN / 1000)
    fault = {"service": "resource", "action": "AWS::ECS::Service.rollback", "times": 2}
    portal.sandbox(
        "POST", "/faults", fault | {"code": "AccessDenied", "message": "denied", "status": 400}
    )
    when_ended(portal, start("1.4.1-missing", "production"), within=ENDS_WITHIN / 1000)
    deployment = start("1.5.0", "production")
    page.goto(f"/deployments/{deployment}/")
    page.evaluate("window.neverReloaded = true")
    question = page.locator("#dep-question")
    expect(question).to_contain_text("CFN-STACK-STUCK", timeout=ENDS_WITHIN)
    expect(question).to_contain_text("1 Deploy web on shop-production")
    assert page.evaluate("window.neverReloaded")
    question.get_by_label("Note").fill("seen by eye")
    question.get_by_role("button", name="Abort").click()
    expect(page.locator("#dep-head .p-status--lg")).to_have_text("Failed", timeout=ENDS_WITHIN)
    expect(page.locator("#log")).to_contain_text('admin answered abort: "seen by eye"')
    stays = "on a person's decision it stays in UPDATE_ROLLBACK_FAILED"
    expect(page.get_by_role("article")).to_contain_text(stays)
