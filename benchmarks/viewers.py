"""1,000 and 3,000 readers of one live log on one web process, 20 lines a second.

On PostgreSQL where it answers, and on SQLite. Reader, writer and server share this machine.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figures import show
from benchmarks.live_lines import DEFAULT_SERVER, web_server
from tests.demo.running_demo import direct_session, eventually
from tests.scratch_database import postgresql_database

TARGET_MS = {"postgresql": 50.0, "sqlite": 300.0}
CORE_SHARE = 0.5
FEW, MANY = 1_000, 3_000


def main() -> int:
    """All figures; 1 if one of the thousand misses its target."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * MANY)), hard))
    good = True
    with tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder:
        for viewers in (FEW, MANY):
            try:
                server = os.environ.get("TEST_DATABASE_URL", DEFAULT_SERVER)
                with postgresql_database(server) as url:
                    good &= _measured("postgresql", url, Path(folder) / f"pg{viewers}", viewers)
            except psycopg.OperationalError:
                sys.stderr.write("viewers: PostgreSQL doesn't answer, so it isn't measured.\n")
        file = Path(folder) / "viewers.sqlite3"
        good &= _measured("sqlite", f"sqlite:///{file}", Path(folder) / "sqlite", FEW)
    return 0 if good else 1


def _measured(name: str, url: str, folder: Path, viewers: int) -> bool:
    with web_server(url, folder) as web:
        eventually(lambda: _answers(web.port), within=60)
        arguments = (str(web.port), str(web.pid), str(viewers))
        seen = json.loads(web.run("benchmarks.crowd", *arguments).stdout)
        connections = _connections(url) if name == "postgresql" else None
    lost = seen["missing"] + seen["repeated"] + seen["disordered"]
    is_asked = viewers == FEW
    about = {"opened": seen["opened"], "refused": seen["refused"], "breaks": _breaks(name, seen)}
    title = f"{viewers:,} viewers, {name}"
    good = [
        show("viewers", f"{title}: lines missing, repeated or out of order", lost, "lines",
             target=1, written_per_second=round(seen["written_per_second"], 1), **about),
        show("viewers", f"{title}: line to viewer, 95th percentile", seen["p95"] or 1e9, "ms",
             target=TARGET_MS[name] if is_asked else None, p50=round(seen["p50"] or 0, 1),
             max=round(seen["max"] or 0, 1), busiest_reader=round(seen["cpu_readers"], 2)),
        show("viewers", f"{title}: processor time of the web process", seen["cpu"], "cores",
             target=CORE_SHARE if is_asked else None, threads=seen["threads"],
             connections=connections),
    ]  # fmt: skip
    return all(good) or not is_asked


def _breaks(name: str, seen: dict[str, Any]) -> list[str]:
    """What doesn't hold, the worst first."""
    lost = seen["missing"] + seen["repeated"] + seen["disordered"]
    held = {
        "some streams don't open": not seen["unopened"],
        "lines are lost": not lost,
        "lines come late": (seen["p95"] or math.inf) < TARGET_MS[name],
        "the process takes more than its share": seen["cpu"] < CORE_SHARE,
    }
    return [what for what, holds in held.items() if not holds]


def _connections(url: str) -> int:
    """Connections of the web process to its database."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def _answers(port: int) -> bool:
    try:
        with direct_session() as browser:
            return browser.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main())
