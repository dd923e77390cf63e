"""While no worker runs at all, /readyz and the pages say since when."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from tests.chaos.installation import Installation
from tests.chaos.kills import Killer

SAID_WITHIN = 30.0
BEATS_WITHIN = 5.0
"""A worker's last sign of life comes at most so long before its end."""


def without_workers(installation: Installation, killer: Killer) -> list[str]:
    """Kill all workers, see what is said, and let them start again; what was said wrong."""
    killer.hold_down(installation.workers)
    killed_at = datetime.now(UTC)  # noqa: TID251 -- the wall clock's time is what is said
    said, deadline = "", time.monotonic() + SAID_WITHIN
    while not said.startswith("none since") and time.monotonic() < deadline:
        said = installation.readyz()["worker"]
        time.sleep(0.5)
    problems = []
    since = re.fullmatch(r"none since (\S+)", said)
    moment = datetime.fromisoformat(since[1]) if since else None
    if moment is None or abs((killed_at - moment).total_seconds()) > BEATS_WITHIN:
        problems.append(f'they ended at {killed_at:%H:%M:%S}, and /readyz says "{said}"')
    if "No worker has been running since" not in installation.dashboard():
        problems.append("the dashboard doesn't say so")
    killer.release()
    return problems
