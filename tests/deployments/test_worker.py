"""`manage.py worker` as a process of its own: what it refuses, does, and how it ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from ecsportal.sandbox.server import RunningSandbox
from tests.demo.running_demo import ROOT, clean_environment, eventually
from tests.scratch_database import rows, scratch_database

QUEUE_THE_SAMPLE = """
import sys
from ecsportal.demo.sample import load_sample
from ecsportal.deployments.services import queue_deployment
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.projects.models import Project
from ecsportal.releases.services import create_release
user = User.objects.create_user("ada")
load_sample(by=user, sandbox_url={url!r})
release = create_release(Project.objects.get(), by=user)
queue_deployment(release, environment=Environment.objects.get(slug="development"), by=user)
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What an operator sets: the keys, a folder and a database of its own, the suite's broker."""
    with scratch_database(tmp_path) as address:
        yield {
            **clean_environment(),
            "DATABASE_URL": address,
            "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL", "embedded"),
            "VAR_DIR": str(tmp_path),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "REMOTE_ALLOW": "127.0.0.1",
            "STATIC_MANIFEST": "0",
        }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def running_worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--concurrency=2"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.mark.parametrize("command", ["worker", "web"])
def test_it_refuses_to_start_without_keys_and_names_them(
    environment: dict[str, str], command: str
) -> None:
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS"):
        del environment[name]
    ended = manage(environment, command)
    assert ended.returncode == 1
    assert ended.stdout == ""
    sentence = ended.stderr.strip()
    assert sentence.startswith("CommandError: Set these environment variables first: SECRET_KEY (")
    assert "; FIELD_ENCRYPTION_KEYS (" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_one_missing_key_is_named_alone(environment: dict[str, str], missing: str) -> None:
    given = {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"} - {missing}
    del environment[missing]
    ended = manage(environment, "worker")
    assert ended.returncode == 1
    assert missing in ended.stderr
    assert not [name for name in given if name in ended.stderr]


def test_a_key_may_lie_in_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(environment.pop("SECRET_KEY"))
    script = "from ecsportal.startup import require_keys; require_keys(); print('ready')"
    ended = manage({**environment, "SECRET_KEY_FILE": str(file)}, "shell", "-v0", "-c", script)
    assert (ended.stdout, ended.returncode) == ("ready\n", 0)


def test_it_deploys_what_is_queued_and_ends_in_order(
    environment: dict[str, str], sandbox: RunningSandbox
) -> None:
    sandbox.set_clock("fast", 20)
    assert manage(environment, "migrate", "-v0").returncode == 0
    queued = manage(environment, "shell", "-v0", "-c", QUEUE_THE_SAMPLE.format(url=sandbox.url))
    assert (queued.returncode, queued.stderr) == (0, "")

    with running_worker(environment) as worker:

        def ended() -> list[tuple[object, ...]]:
            return rows(
                environment["DATABASE_URL"],
                "SELECT state, last_seq FROM deployments_deployment WHERE finished_at IS NOT NULL",
            )

        [(state, last_seq)] = eventually(ended, within=60)
        asked_to_end = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
        assert time.monotonic() - asked_to_end < 10

    assert state == "succeeded"
    numbers = rows(environment["DATABASE_URL"], "SELECT seq FROM deployments_logline ORDER BY seq")
    assert [number for (number,) in numbers] == list(range(1, int(str(last_seq)) + 1))
    assert sandbox.calls()["cloudformation.CreateStack"]["started"] == 1
    assert rows(environment["DATABASE_URL"], "SELECT * FROM deployments_ticklease") == []


def test_two_workers_share_the_work_and_deploy_once(
    environment: dict[str, str], sandbox: RunningSandbox
) -> None:
    sandbox.set_clock("fast", 20)
    assert manage(environment, "migrate", "-v0").returncode == 0
    queued = manage(environment, "shell", "-v0", "-c", QUEUE_THE_SAMPLE.format(url=sandbox.url))
    assert queued.returncode == 0

    with running_worker(environment), running_worker(environment):

        def ended() -> list[tuple[object, ...]]:
            return rows(
                environment["DATABASE_URL"],
                "SELECT state FROM deployments_deployment WHERE finished_at IS NOT NULL",
            )

        assert eventually(ended, within=60) == [("succeeded",)]
        eventually(
            lambda: (
                rows(environment["DATABASE_URL"], "SELECT count(*) FROM deployments_workerbeat")
                == [(2,)]
            ),
            within=20,
        )

    assert sandbox.calls()["cloudformation.CreateStack"]["started"] == 1
    assert len(rows(environment["DATABASE_URL"], "SELECT owner FROM deployments_ticklease")) == 1
