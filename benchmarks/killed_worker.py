"""From the kill of the worker that holds a deployment to its next turn in another worker.

PostgreSQL and Redis of the benchmark's own, three workers, settings as they come. Each kill strikes
while the worker waits for AWS to answer a write, when it surely holds the deployment.
"""

from __future__ import annotations

import statistics
import time

from benchmarks.figures import show
from tests.chaos import sample
from tests.chaos.installation import Installation, running_installation
from tests.demo.running_demo import eventually

TARGET_SECONDS = 15.0
KILLS = 8
SPEED = 12.0
ANSWER_AFTER = 2.0
"""Seconds for which the simulated AWS holds the write back."""
LEASE = "SELECT lease_number, lease_owner FROM deployments_deployment WHERE id = {}"


def main() -> int:
    """The figure; 1 if the longest of all is over the target."""
    with running_installation("redis", speed=SPEED) as installation:
        cells = [cell for cell in sample.load(installation) if cell.kind == "service"]
        taken = [_seconds(installation, cells[n % len(cells)], n) for n in range(KILLS)]
    seconds = [each[0] for each in taken]
    good = show(
        "killed_worker",
        "worker killed to the deployment's next turn, longest",
        max(seconds),
        "s",
        target=TARGET_SECONDS,
        median=round(statistics.median(seconds), 3),
        samples=len(seconds),
        ended={state: [end for _, end in taken].count(state) for _, state in taken},
    )
    return 0 if good else 1


def _seconds(installation: Installation, cell: sample.Cell, number: int) -> tuple[float, str]:
    """One kill: the seconds, and the state in which the deployment ended."""
    fault = {"service": "cloudformation", "action": "*Stack", "region": cell.region,
             "delay": ANSWER_AFTER, "times": 1}  # fmt: skip
    release = installation.api(
        "POST", f"/projects/{cell.project}/releases", {"version": f"1.0.{number}"}
    )
    begun = _writes(installation)
    installation.sandbox("POST", "/faults", fault)
    body = {"environment": cell.environment}
    deployment = installation.api("POST", f"/releases/{release['id']}/deployments", body)["id"]
    eventually(lambda: _writes(installation) > begun, within=30, every=0.02)
    [(held, owner)] = installation.rows(LEASE.format(deployment))
    worker = next(w for w in installation.workers if f":{w.pid}:" in owner)
    worker.kill()
    killed_at = time.monotonic()
    eventually(
        lambda: installation.rows(LEASE.format(deployment))[0][0] > held, within=60, every=0.05
    )
    taken = time.monotonic() - killed_at
    worker.start_and_wait()
    ended = eventually(lambda: _end(installation, deployment), within=120, every=0.3)
    return taken, ended


def _writes(installation: Installation) -> int:
    calls = installation.sandbox("GET", "/calls")
    names = ("cloudformation.CreateStack", "cloudformation.UpdateStack")
    return sum(calls[name]["count"] for name in names if name in calls)


def _end(installation: Installation, deployment: int) -> str:
    found = installation.api("GET", f"/deployments/{deployment}")
    return str(found["state"]) if found["finished_at"] else ""
