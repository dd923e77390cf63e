"""How long the demo takes to the sign-in page: with an empty var folder, and the second time."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path

import requests

from benchmarks.figures import show
from tests.demo.running_demo import Demo, direct_session, eventually, start_demo

TARGET_SECONDS = 12.0
WITHIN = 90.0


def seconds_to_sign_in(demo: Demo, *, within: float = WITHIN) -> float:
    """From the start of the command to the first answer with the sign-in form."""
    with closing(direct_session()) as browser:

        def shown() -> bool:
            if demo.process.poll() is not None:
                raise RuntimeError(f"The demo ended:\n{demo.printed()}")
            try:
                page = browser.get(f"{demo.url}accounts/login/", timeout=5)
            except requests.ConnectionError:
                return False
            return page.status_code == 200 and 'name="password"' in page.text

        eventually(shown, within=within, every=0.05)
    return time.monotonic() - demo.started_at


def main() -> int:
    """Both starts; 1 if the second is over its target."""
    with tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder:
        seconds = []
        for _ in range(2):
            demo = start_demo(Path(folder))
            try:
                seconds.append(seconds_to_sign_in(demo))
                demo.stop()
            finally:
                demo.kill()
    show("start", "first start to the sign-in page", seconds[0], "s")
    fast = show("start", "second start to the sign-in page", seconds[1], "s", target=TARGET_SECONDS)
    return 0 if fast else 1
