"""A browser tab that remembers all that went wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

Theme = Literal["light", "dark"]
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
SIZES = {1440: 900, 390: 844}
"""Width to height: a desk's screen and a phone's."""
THEMES: tuple[Theme, ...] = ("light", "dark")

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => window.reportViolation(
  `${event.violatedDirective} blocked ${event.blockedURI || "inline"} ` +
  `at ${event.sourceFile}:${event.lineNumber}`));
"""
_FAILED_LOAD = re.compile(r"Failed to load resource: .* status of (\d+)")


class WatchedPage:
    """A tab and its faults: console errors, script errors, CSP violations, refused requests.

    Every answer of 400 and above is a fault unless the test said before that it expects it.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self._expected: set[int] = set()
        context.expose_binding(
            "reportViolation", lambda _, text: self.faults.append(f"CSP: {text}")
        )
        context.add_init_script(_REPORT_VIOLATIONS)
        self.page = context.new_page()
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Watch one more tab of the same context."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("response", self._look_at)
        page.set_default_timeout(15_000)

    def expect_status(self, *statuses: int) -> None:
        """From now on these HTTP statuses are no fault: the test provokes them."""
        self._expected.update(statuses)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error" and "Content Security Policy" not in message.text:
            return
        # The browser repeats refused requests here; the response itself has been looked at.
        if not _FAILED_LOAD.search(message.text):
            self.faults.append(f"console: {message.text}")

    def _look_at(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            request = response.request
            self.faults.append(f"HTTP {response.status}: {request.method} {response.url}")


@contextmanager
def watched_page(
    browser: Browser, *, width: int = 1440, theme: Theme = "light", **options: Any
) -> Iterator[WatchedPage]:
    """A fresh context with one watched tab; `options` are those of Playwright's new_context.

    At the block's end AssertionError tells what went wrong in the tab.
    """
    context = browser.new_context(
        viewport={"width": width, "height": SIZES.get(width, 900)},
        color_scheme=theme,
        locale="en-GB",
        **options,
    )
    try:
        watched = WatchedPage(context)
        yield watched
        if watched.faults:
            raise AssertionError("\n".join(watched.faults))
    finally:
        context.close()


def take_screenshots(page: Page, name: str) -> list[Path]:
    """The whole page at both widths in both themes, under var/screenshots/NAME-WIDTH-THEME.png.

    The page must follow the system's theme (no theme chosen). Its width and theme are put back.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before, made = page.viewport_size, []
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            path = SCREENSHOTS / f"{name}-{width}-{theme}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")
            made.append(path)
    page.emulate_media(color_scheme=None)
    if before:
        page.set_viewport_size(before)
    return made
