"""In a running demo: from the click on Deploy to the first line of the log, and the memory of all.

The click is what the browser does: the form is sent, the deployment's page is read, its stream
opened; the time runs from the sending to the first line that the stream brings.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path

import requests

from benchmarks.figures import show
from benchmarks.streams import arriving_lines
from tests.demo.running_demo import Demo, hidden_value, running_demo, when_ended

FIRST_LINE_SECONDS = 1.0
MEMORY_MB = 600.0
ENVIRONMENTS = ("development", "staging", "production", "development", "staging", "production")
SPEED = 4.0
"""Of the simulated AWS: it shortens the deployments, not what is measured."""


def main() -> int:
    """Both figures; 1 if one is over its target."""
    with (
        tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder,
        running_demo(Path(folder), speed=SPEED) as demo,
    ):
        browser = demo.sign_in()
        seconds = []
        for environment in ENVIRONMENTS:
            release = demo.api("POST", "/projects/web-shop/releases", {})
            deployment, first_line = click_to_first_line(
                demo, browser, f"projects/web-shop/releases/{release['version']}", environment
            )
            seconds.append(first_line)
            ended = when_ended(demo, deployment, within=120)
            if ended["state"] != "succeeded":
                raise RuntimeError(f"Deployment {deployment} ended as {ended['state']}.")
        memory = {pid: resident_mb(pid) for pid in demo.members()}
        names = demo.members()
    good = [
        show(
            "deploying",
            "click on Deploy to the first log line",
            max(seconds),
            "s",
            target=FIRST_LINE_SECONDS,
            median=round(statistics.median(seconds), 3),
            samples=len(seconds),
        ),
        show(
            "deploying",
            "resident memory of all processes after deployments",
            sum(memory.values()),
            "MB",
            target=MEMORY_MB,
            processes={_short(names[pid]): round(memory[pid], 1) for pid in names},
        ),
    ]
    return 0 if all(good) else 1


def click_to_first_line(
    demo: Demo, browser: requests.Session, release: str, environment: str
) -> tuple[int, float]:
    """Deploy by the page; the deployment's id and the seconds until a line could be read."""
    address = f"{demo.url}{release}/deploy/{environment}/"
    page = browser.get(address, timeout=30).text
    form = {name: hidden_value(page, name) for name in ("csrfmiddlewaretoken", "request_token")}
    began = time.monotonic()
    # requests follows the redirect to the deployment's page, as a browser does.
    answer = browser.post(address, data=form, headers={"Referer": address}, timeout=30)
    found = re.search(r"/deployments/(\d+)/$", answer.url)
    if answer.status_code != 200 or found is None:
        raise RuntimeError(f"Deploy was answered with {answer.status_code} at {answer.url}.")
    deployment = int(found[1])
    for number, at in arriving_lines(demo.url, deployment, browser.cookies["sessionid"]):
        if number:
            return deployment, at - began
    raise RuntimeError("The stream ended without a line.")


def resident_mb(pid: int) -> float:
    """A process's resident memory, in MB of 1024 x 1024 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _short(command: str) -> str:
    words = [word for word in ("sandbox", "worker", "web") if re.search(rf"[ .]{word}\b", command)]
    return words[0] if words else "demo"
