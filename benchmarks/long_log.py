"""A task log of 200,000 lines: written, shown and searched, on SQLite and on PostgreSQL.

PostgreSQL is measured where TEST_DATABASE_URL (default postgres://postgres@127.0.0.1:5432/postgres)
answers, in a database of its own that is dropped afterwards.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from benchmarks.figures import show
from tests.demo.running_demo import ROOT, clean_environment
from tests.scratch_database import postgresql_database

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
MEASURED_WITHIN = 300
TARGETS = {"written": 1.0, "page": 200.0, "search": 300.0}
"""Seconds for 10,000 lines; milliseconds of server time."""


def main() -> int:
    """The figures of each database; 1 if one is over its target."""
    with tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder:
        good = _measure("sqlite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}", folder)
        try:
            with postgresql_database(os.environ.get("TEST_DATABASE_URL", DEFAULT_SERVER)) as url:
                good = _measure("postgresql", url, folder) and good
        except psycopg.OperationalError:
            sys.stderr.write("long_log: PostgreSQL doesn't answer, so it isn't measured.\n")
    return 0 if good else 1


def _measure(database: str, url: str, folder: str) -> bool:
    environment = {
        **clean_environment(),
        "DATABASE_URL": url,
        "VAR_DIR": folder,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "testserver",
        "COOKIE_SECURE": "0",
        "STATIC_MANIFEST": "0",
        "DJANGO_SETTINGS_MODULE": "ecsportal.settings",
    }
    _run(environment, "manage.py", "migrate", "--verbosity=0")
    told = _run(environment, "-m", "benchmarks.long_log_reader")
    good = True
    for figure in json.loads(told):
        good = (
            show(
                "long_log",
                f"{figure['name']}, {database}",
                figure["value"],
                figure["unit"],
                target=TARGETS[figure["kind"]],
                **figure["more"],
            )
            and good
        )
    return good


def _run(environment: dict[str, str], *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        timeout=MEASURED_WITHIN,
        check=True,
    )
    return done.stdout
