"""Writes log lines as the engine does and reads them from the stream of a running web server.

`live_lines` runs it in a process of its own, whose environment names the database. It prints the
delays of all lines as one JSON list, in milliseconds.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time

import django

from benchmarks.streams import arriving_lines
from tests.demo.running_demo import direct_session, eventually

LINES = 150
MEAN_PAUSE = 0.08
OPEN_WITHIN = 60.0


def main(url: str) -> None:
    """Deploy nothing, write LINES lines at random moments, and print how long each took."""
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 -- after the setup

    from ecsportal.deployments import leases  # noqa: PLC0415
    from ecsportal.deployments.models import Level, State  # noqa: PLC0415
    from ecsportal.deployments.tasklog import Line  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    user = builders.user_with_role()
    deployment = builders.deployment(
        builders.release(builders.project()),
        builders.environment("Staging"),
        state=State.EXECUTING,
        due_at=timezone.now(),
    )
    session = builders.signed_in(user).cookies["sessionid"].value
    lease = leases.take(deployment.pk, "benchmark")
    if lease is None:
        raise RuntimeError("The deployment is advanced by somebody else.")
    eventually(lambda: _answers(url), within=OPEN_WITHIN)
    reader = Reader(url, deployment.pk, session)
    reader.start()
    reader.opened.wait(10)
    time.sleep(0.5)
    written: dict[int, float] = {}
    for number in range(1, LINES + 1):
        # Random pauses: a fixed one could fall in step with the reader's own look.
        time.sleep(random.expovariate(1 / MEAN_PAUSE))  # noqa: S311
        written[number] = time.monotonic()
        line = Line(Level.INFO, f"Line {number} of the benchmark.", "deploy-web", "staging")
        with lease.commit([line]):
            pass
    reader.join(15)
    if set(reader.arrived) != set(written):
        raise RuntimeError(f"{len(reader.arrived)} of {LINES} lines arrived.")
    delays = [(reader.arrived[number] - at) * 1000 for number, at in written.items()]
    sys.stdout.write(json.dumps(delays))


class Reader(threading.Thread):
    """Notes when each line arrives, until all have."""

    def __init__(self, url: str, deployment: int, session: str) -> None:
        super().__init__(daemon=True)
        self._stream = (url, deployment, session)
        self.opened = threading.Event()
        self.arrived: dict[int, float] = {}

    def run(self) -> None:
        """Read the stream."""
        for number, at in arriving_lines(*self._stream):
            self.opened.set()
            if number:
                self.arrived[number] = at
            if len(self.arrived) == LINES:
                return


def _answers(url: str) -> bool:
    try:
        with direct_session() as browser:
            return browser.get(f"{url}healthz", timeout=2).ok
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1])
