"""How fast pages stay while a feed never answers and ten release forms wait for it."""

from __future__ import annotations

import html
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.figures import show
from tests.demo.running_demo import Demo, direct_session, running_demo

TARGET_MS = 300.0
FORMS = 10
PAGES = 20


def main() -> int:
    """The slowest of the pages; 1 if it is over its target."""
    with (
        tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder,
        silent_server() as feed,
        running_demo(Path(folder)) as demo,
    ):
        make_project(demo, feed)
        browser = demo.sign_in()
        browser.get(f"{demo.url}projects/", timeout=30)
        alone = [page_ms(demo, browser) for _ in range(PAGES)]
        with ThreadPoolExecutor(64) as pool:
            rows = open_forms(demo, browser, pool)
            time.sleep(0.5)
            waiting = sum(not row.done() for row in rows)
            beside = [page_ms(demo, browser) for _ in range(PAGES)]
            still = sum(not row.done() for row in rows)
    if not still:
        raise RuntimeError("The forms' rows were answered before the pages were read.")
    fast = show(
        "slow_feed",
        f"/projects/ beside {FORMS} release forms of a silent feed",
        max(beside),
        "ms",
        target=TARGET_MS,
        median=round(statistics.median(beside), 1),
        median_alone=round(statistics.median(alone), 1),
        max_alone=round(max(alone), 1),
        rows_waiting=[waiting, still],
    )
    return 0 if fast else 1


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:

        def accept() -> None:
            while True:
                try:
                    accepted.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in accepted:
                connection.close()


def make_project(demo: Demo, feed: str) -> None:
    """The sample's step once more, in a project whose images come from the silent feed."""
    demo.api("POST", "/feeds", {"name": "Silent", "kind": "docker", "url": feed})
    demo.api("POST", "/projects", {"name": "Slow shop"})
    process = demo.api("GET", "/projects/web-shop/process")
    steps = process["steps"]
    for container in steps[0]["inputs"]["containers"]:
        container["image"]["feed"] = "silent"
    demo.api("PUT", "/projects/slow-shop/process", {"steps": steps})


def open_forms(
    demo: Demo, browser: requests.Session, pool: ThreadPoolExecutor
) -> list[Future[int]]:
    """Open the forms and ask for their image rows as htmx does on load; nothing is waited for."""
    rows = []
    for _ in range(FORMS):
        page = browser.get(f"{demo.url}projects/slow-shop/releases/new/", timeout=30).text
        paths = re.findall(r'hx-get="(/remote/[^"]*/image/[^"]*)"', page)
        if not paths:
            raise RuntimeError("The release form has no rows to load.")
        rows += [pool.submit(_load, demo, browser, html.unescape(path)) for path in paths]
    return rows


def _load(demo: Demo, browser: requests.Session, path: str) -> int:
    with direct_session() as tab:
        tab.cookies.update(browser.cookies)
        return tab.get(
            f"{demo.url.rstrip('/')}{path}", headers={"HX-Request": "true"}, timeout=60
        ).status_code


def page_ms(demo: Demo, browser: requests.Session) -> float:
    """Milliseconds to the whole list of projects."""
    began = time.monotonic()
    page = browser.get(f"{demo.url}projects/", timeout=30)
    took = (time.monotonic() - began) * 1000
    if page.status_code != 200 or "Slow shop" not in page.text:
        raise RuntimeError(f"/projects/ was answered with {page.status_code}.")
    return took
