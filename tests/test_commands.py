"""The commands that users script against: they are there, start cheaply, and say what they miss."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from benchmarks.__main__ import COLD, MODULES
from tests.demo.running_demo import ROOT, clean_environment

COMMANDS = (
    "create_api_key",
    "create_user",
    "demo",
    "evaluate",
    "import_octopus_step",
    "render_step",
    "web",
    "worker",
)
NO_DATABASE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
STEP = {
    "type": "deploy-ecs-service",
    "version": 2,
    "inputs": {
        "task_name": "web",
        "cpu": "256",
        "memory": "512",
        "subnet_ids": ["subnet-0a1b2c3d"],
        "security_group_ids": ["sg-0a1b2c3d"],
        "containers": [
            {
                "name": "nginx",
                "image": {"reference": "nginx", "feed": "hub", "repository": "library/nginx"},
            }
        ],
    },
}


def manage(*arguments: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without any key does."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", *arguments],
        cwd=ROOT,
        env={**clean_environment(), **environment},
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def imported(ended: subprocess.CompletedProcess[str]) -> set[str]:
    """The top packages that a command imported."""
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[-1].strip().partition(".")[0] for line in lines}


def spoken(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command wrote to stderr itself."""
    return [line for line in ended.stderr.splitlines() if not line.startswith("import time:")]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_is_there(name: str) -> None:
    assert get_commands()[name].startswith("ecsportal.")


def test_evaluate_needs_no_key_and_no_database(tmp_path: Path) -> None:
    asked = {"template": "Hello #{Name}", "variables": {"Name": "you"}}
    ended = manage("evaluate", said=json.dumps(asked) + "\n", VAR_DIR=str(tmp_path), **NO_DATABASE)
    assert (ended.returncode, spoken(ended)) == (0, [])
    answer: dict[str, Any] = json.loads(ended.stdout)
    assert (answer["text"], answer["missing"]) == ("Hello you", [])


def test_render_step_needs_no_key_and_no_database(tmp_path: Path) -> None:
    ended = manage("render_step", "-", said=json.dumps(STEP), VAR_DIR=str(tmp_path), **NO_DATABASE)
    assert (ended.returncode, spoken(ended)) == (0, [])
    assert "Resources" in json.loads(ended.stdout)


@pytest.mark.parametrize("command", [("evaluate",), ("render_step", "-")])
def test_their_imports_stay_cheap(tmp_path: Path, command: tuple[str, ...]) -> None:
    said = json.dumps(STEP) if command[0] == "render_step" else ""
    ended = manage(*command, said=said, VAR_DIR=str(tmp_path))
    assert imported(ended) & {"boto3", "botocore", "uvicorn", "moto", "flask"} == set()


def test_migrate_needs_no_key(tmp_path: Path) -> None:
    ended = manage("migrate", "--verbosity=0", VAR_DIR=str(tmp_path))
    assert (ended.returncode, spoken(ended)) == (0, [])
    assert (tmp_path / "ecsportal.sqlite3").exists()


def test_the_worker_asks_for_its_keys_before_all_else(tmp_path: Path) -> None:
    ended = manage("worker", VAR_DIR=str(tmp_path), **NO_DATABASE)
    assert ended.returncode == 1
    assert "Set these environment variables first: SECRET_KEY" in spoken(ended)[-1]


def test_the_locks_pin_versions_and_name_no_registry() -> None:
    for lock in sorted(ROOT.glob("requirements*.txt")):
        lines = [line for line in lock.read_text().splitlines() if line and line[0] != "#"]
        assert lines
        odd = [line for line in lines if not re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", line)]
        assert odd == [], lock.name
        assert "://" not in lock.read_text(), lock.name


def test_the_demo_installs_no_test_tools() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tools = {re.split(r"[\[<>=; ]", text)[0] for text in wanted["optional-dependencies"]["dev"]}
    installed = {
        line.partition("==")[0] for line in (ROOT / "requirements-sandbox.txt").read_text().split()
    }
    # Jinja comes with the sandbox's Flask; the benchmarks only name it.
    assert (tools - {"jinja2"}) & installed == set()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("demo", "manage.py demo --port 8123 --sandbox-port 4123"),
        ("test", "-m pytest"),
        ("bench", "-m benchmarks"),
        ("setup", ""),
    ],
)
def test_make_knows_the_targets(target: str, words: str) -> None:
    told = subprocess.run(
        ["make", "--dry-run", target, "PORT=8123", "SANDBOX_PORT=4123"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert words in told.stdout


@pytest.mark.parametrize("name", [*MODULES, COLD])
def test_every_benchmark_can_be_run_by_its_name(name: str) -> None:
    assert callable(import_module(f"benchmarks.{name}").main)


def test_an_unknown_benchmark_is_named() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nothing"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "there is no benchmark nothing" in ended.stderr
