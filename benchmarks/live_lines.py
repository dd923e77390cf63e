"""From a log line being written to its arrival on an open stream, on SQLite and on PostgreSQL.

PostgreSQL is measured where TEST_DATABASE_URL (default postgres://postgres@127.0.0.1:5432/postgres)
answers, in a database of its own that is dropped afterwards.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from benchmarks.figures import percentile, show
from tests.demo.running_demo import ROOT, clean_environment, free_port
from tests.scratch_database import postgresql_database

TARGET_MS = {"sqlite": 300.0, "postgresql": 50.0}
DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
MEASURED_WITHIN = 300


def main() -> int:
    """One figure a database; 1 if one is over its target."""
    with tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder:
        file = Path(folder) / "bench.sqlite3"
        good = _measure("sqlite", f"sqlite:///{file}", Path(folder))
        try:
            with postgresql_database(os.environ.get("TEST_DATABASE_URL", DEFAULT_SERVER)) as url:
                good = _measure("postgresql", url, Path(folder)) and good
        except psycopg.OperationalError:
            sys.stderr.write("live_lines: PostgreSQL doesn't answer, so it isn't measured.\n")
    return 0 if good else 1


def _measure(name: str, database_url: str, folder: Path) -> bool:
    with web_server(database_url, folder / name) as web:
        written = web.run("benchmarks.line_writer", f"http://127.0.0.1:{web.port}/")
    delays: list[float] = json.loads(written.stdout)
    return show(
        "live_lines",
        f"log line written to line on the stream, {name}, median",
        percentile(delays, 0.5),
        "ms",
        target=TARGET_MS[name],
        p95=round(percentile(delays, 0.95), 1),
        max=round(max(delays), 1),
        lines=len(delays),
    )


@dataclass(frozen=True)
class WebServer:
    """A web process with a database of its own, and the environment that names it."""

    port: int
    pid: int
    environment: dict[str, str]

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a module in the same environment; what it prints is kept."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            timeout=MEASURED_WITHIN,
            check=True,
        )


@contextmanager
def web_server(database_url: str, var_dir: Path) -> Iterator[WebServer]:
    """A web process on a migrated database, gone at the block's end."""
    port = free_port()
    environment = {
        **clean_environment(),
        "DATABASE_URL": database_url,
        "VAR_DIR": str(var_dir),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "COOKIE_SECURE": "0",
        "STATIC_MANIFEST": "0",
        "DJANGO_SETTINGS_MODULE": "ecsportal.settings",
    }
    _manage(environment, "migrate", "--verbosity=0")
    server = subprocess.Popen(
        [sys.executable, "manage.py", "web", f"--port={port}"], cwd=ROOT, env=environment
    )
    try:
        yield WebServer(port, server.pid, environment)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)
