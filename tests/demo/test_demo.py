"""`manage.py demo` as its user meets it: what it prints, keeps, refuses and survives."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.running_demo import (
    ROOT,
    Demo,
    all_lines,
    clean_environment,
    direct_session,
    eventually,
    free_port,
    running_demo,
    when_ended,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(var_dir: Path) -> Iterator[Demo]:
    """One demo for the tests that leave it as it was; its simulated clock runs faster."""
    with running_demo(var_dir, speed=4) as running:
        yield running


def deploy(demo: Demo, environment: str, images: dict[str, str] | None = None) -> int:
    """Release the newest images, or these, and deploy them; the deployment's id."""
    release = demo.api("POST", "/projects/web-shop/releases", {"images": images} if images else {})
    made = demo.api("POST", f"/releases/{release['id']}/deployments", {"environment": environment})
    return int(made["id"])


def test_the_sample_is_deployed_with_the_printed_key(demo: Demo) -> None:
    ended = when_ended(demo, deploy(demo, "development"), within=90)
    assert (ended["state"], ended["error"]) == ("succeeded", None)
    lines = all_lines(demo, ended["id"])
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert demo.sandbox("GET", "/calls")["cloudformation.CreateStack"]["started"] >= 1


def test_staging_gets_what_development_got(demo: Demo) -> None:
    first = when_ended(demo, deploy(demo, "development"), within=90)
    release = first["release"]["id"]
    made = demo.api("POST", f"/releases/{release}/deployments", {"environment": "staging"})
    ended = when_ended(demo, made["id"], within=90)
    assert ended["state"] == "succeeded"
    assert ended["steps"][0]["targets"][0]["target"] == "shop-staging"


def test_the_printed_sign_in_opens_the_dashboard(demo: Demo) -> None:
    page = demo.sign_in().get(demo.url, timeout=30)
    assert page.status_code == 200
    assert "Web shop" in page.text


def test_everything_is_ready_once_the_addresses_are_printed(demo: Demo) -> None:
    def all_ok() -> bool:
        answer = direct_session().get(f"{demo.url}readyz", timeout=10)
        assert answer.status_code == 200
        return bool(answer.json() == {"database": "ok", "broker": "ok", "worker": "ok"})

    assert eventually(all_ok, within=10)


def test_the_keys_are_for_their_owner_only(demo: Demo, var_dir: Path) -> None:
    mode = (var_dir / "demo-keys.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_all_its_processes_stay_in_its_group(demo: Demo) -> None:
    commands = sorted(demo.members().values())
    assert len(commands) == 4
    assert any("ecsportal.sandbox" in command for command in commands)
    assert any(" worker" in command for command in commands)
    assert any(" web" in command for command in commands)


@pytest.mark.parametrize(
    ("option", "variable"), [("--port", "PORT"), ("--sandbox-port", "SANDBOX_PORT")]
)
def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path, option: str, variable: str) -> None:
    ports = {"--port": free_port(), "--sandbox-port": free_port()}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports[option] = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "manage.py", "demo", *(f"{k}={v}" for k, v in ports.items())],
            cwd=ROOT,
            env={**clean_environment(), "VAR_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    number = ports[option]
    assert ended.returncode == 1
    assert ended.stderr == (
        f"CommandError: Port {number} is in use. "
        f"Choose another: make demo {variable}={number + 1}\n"
    )


def test_a_second_start_keeps_the_data_and_prints_the_same_keys(tmp_path: Path) -> None:
    with running_demo(tmp_path, speed=4) as first:
        said = (first.password, first.api_key)
        first.api("POST", "/projects", {"name": "Kept over a restart"})
    with running_demo(tmp_path, speed=4) as second:
        assert (second.password, second.api_key) == said
        slugs = {project["slug"] for project in second.api("GET", "/projects")["items"]}
        assert slugs == {"web-shop", "kept-over-a-restart"}
        for account in second.api("GET", "/accounts")["items"]:
            assert account["endpoint_url"] == second.sandbox_url


def test_ctrl_c_ends_everything_within_seconds(tmp_path: Path) -> None:
    with running_demo(tmp_path) as running:
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 10
        assert running.members() == {}
        assert "Traceback" not in running.printed()


def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    with running_demo(tmp_path) as running:
        running.process.kill()
        running.process.wait()
        eventually(lambda: not running.members(), within=15)


@pytest.mark.parametrize("moment", ["after the call", "during the call"])
def test_a_worker_killed_in_mid_deployment_is_replaced_and_the_deployment_completes(
    tmp_path: Path, moment: str
) -> None:
    with running_demo(tmp_path, speed=2) as running:
        if moment == "during the call":
            slow = {"service": "cloudformation", "action": "CreateStack", "delay": 2, "times": 1}
            running.sandbox("POST", "/faults", slow)
        deployment = deploy(running, "development")
        figure = "count" if moment == "during the call" else "started"
        eventually(lambda: _created(running)[figure], within=30)
        worker = running.worker()
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        killed_at = time.monotonic()
        eventually(lambda: running.worker() not in (None, worker), within=10)
        assert time.monotonic() - killed_at < 5
        ended = when_ended(running, deployment, within=80)
        lines = all_lines(running, deployment)
        assert (ended["state"], ended["error"]) == ("succeeded", None)
        assert _created(running)["started"] == 1
        assert len(set(_created(running)["tokens"])) == 1
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert lines[-1]["text"].startswith("Deployed ")
        assert "Worker ended (signal SIGKILL), starting it again." in running.printed()


def _created(demo: Demo) -> Any:
    """What the sandbox counted of CreateStack."""
    none = {"count": 0, "started": 0, "tokens": []}
    return demo.sandbox("GET", "/calls").get("cloudformation.CreateStack", none)
