"""500 deployments at once on one worker process: how late they end, and what they cost.

Each goes to an account and region of 25, and creates a stack that takes about half a minute. How
late is the time from the stack's own last event to the deployment's end. The processor time of the
worker is held against that of `aws cloudformation deploy` of the same template in the same run. A
second run has the simulated AWS refuse what goes beyond five calls a second in each account and
region. PostgreSQL and Redis, where they answer, else SQLite and the embedded broker.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.deploying import resident_mb
from benchmarks.figures import percentile, show
from tests.demo.running_demo import ROOT, direct_session, eventually, free_port

PROJECTS = 20
REGIONS = 25
DEPLOYMENTS = PROJECTS * REGIONS
TAG = "1.29-slow"
MEDIAN_SECONDS, LATE_SECONDS, LATEST_SECONDS = 3.0, 6.0, 15.0
SHARE_OF_CLI = 0.1
CLIENT_RUNS = 3
"""The client's own time varies by a fifth from run to run: the median counts."""
MEMORY_MB = 300.0
CALLS_PER_SECOND = 5
WITHIN = 300.0
THROTTLED_WITHIN = 900.0
AWS = os.environ.get("AWS_CLI") or shutil.which("aws")
SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/12")


def main() -> int:
    """Both runs; 1 if a figure misses its target."""
    with tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder, _database() as address:
        os.environ |= _environment(Path(folder), address)
        import django  # noqa: PLC0415 -- the database has to be named first

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- as above

        call_command("migrate", verbosity=0)
        good = _measured(Path(folder), "", WITHIN)
        good &= _measured(Path(folder), "throttled", THROTTLED_WITHIN)
    return 0 if good else 1


@contextmanager
def _database() -> Iterator[str]:
    """A new database on the server, or a file where no server answers."""
    import psycopg  # noqa: PLC0415 -- only this benchmark needs it

    from tests.scratch_database import postgresql_database  # noqa: PLC0415

    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError:
        yield ""
        return
    with postgresql_database(SERVER) as address:
        yield address


def _environment(folder: Path, address: str) -> dict[str, str]:
    chosen = {
        "VAR_DIR": str(folder),
        "DATABASE_URL": address or f"sqlite:///{folder / 'fleet.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "WARNING",
    }
    return chosen | ({"CELERY_BROKER_URL": REDIS} if address else {})


def _measured(folder: Path, kind: str, within: float) -> bool:
    """One run with a sandbox and a worker of its own."""
    with _sandbox() as url:
        if kind:
            wish = {"per_second": CALLS_PER_SECOND, "code": "Throttling"}
            for service in ("cloudformation", "ecs"):
                fault = wish | {"service": service, "message": "Rate exceeded"}
                direct_session().post(f"{url}/_sandbox/faults", json=fault, timeout=10)
        ids = _queued(url, kind or "plain")
        with _worker(folder) as worker:
            seconds = _until_all_ended(ids, within)
            cpu, memory = _cpu_seconds(worker.pid), _peak_mb(worker.pid)
        return _shown(url, kind, ids, seconds, cpu, memory)


def _shown(url: str, kind: str, ids: list[int], seconds: float, cpu: float, memory: float) -> bool:
    from ecsportal.deployments.models import Deployment  # noqa: PLC0415 -- after django.setup

    rows = Deployment.objects.filter(pk__in=ids)
    failed = [row.pk for row in rows if row.state != "succeeded"]
    name = f"fleet {kind}".strip()
    good = [
        show(name, f"of {len(ids)} deployments not succeeded", len(failed), "deployments",
             target=1, seconds=round(seconds)),
    ]  # fmt: skip
    late = sorted(_lateness(url, list(rows)))
    if kind:
        show(name, "lateness, median", statistics.median(late), "s", p95=percentile(late, 0.95))
        return all(good)
    own = cpu / len(ids)
    good += [
        show(name, "lateness, median", statistics.median(late), "s", target=MEDIAN_SECONDS),
        show(name, "lateness, 95th percentile", percentile(late, 0.95), "s", target=LATE_SECONDS),
        show(name, "lateness, latest", late[-1], "s", target=LATEST_SECONDS),
        show(name, "worker's peak memory", memory, "MB", target=MEMORY_MB),
    ]
    if AWS:
        theirs = statistics.median(_cli_cpu_seconds(url, n) for n in range(CLIENT_RUNS))
        good.append(
            show(name, "processor time of a deployment over that of the aws client", own / theirs,
                 "ratio", target=SHARE_OF_CLI, own_seconds=round(own, 4),
                 aws_client_seconds=round(theirs, 3))
        )  # fmt: skip
    else:
        show(name, "processor time of a deployment", own, "s")
    return all(good)


@contextmanager
def _sandbox() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "ecsportal.sandbox", "--port", str(port)]
    with _process(command) as process:
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            if process.poll() is not None:
                raise RuntimeError("The sandbox ended.")
            try:
                return direct_session().get(f"{url}/_sandbox/clock", timeout=2).ok
            except requests.ConnectionError:
                return False

        eventually(answers, within=30)
        yield url


@contextmanager
def _worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with _process([sys.executable, str(ROOT / "manage.py"), "worker"]) as process:
        yield process


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _queued(url: str, kind: str) -> list[int]:
    """All deployments, queued; a cluster in every region."""
    from ecsportal.deployments.services import queue_deployment  # noqa: PLC0415
    from ecsportal.infrastructure.regions import REGIONS as KNOWN  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    feed = builders.feed(f"Docker Hub {kind}")
    places = []
    for number, region in enumerate(KNOWN[:REGIONS]):
        _client("ecs", url, region).create_cluster(clusterName="main")
        environment = builders.environment(f"{kind} {number}")
        account = builders.account(
            f"{kind} {number}", endpoint_url=url, access_key_id=f"AKIAEXAMPLE{number:04}"
        )
        builders.target(
            f"{kind} {number}", environments=[environment], account=account, region=region
        )
        places.append(environment)
    ids = []
    for number in range(PROJECTS):
        inputs = {"task_name": f"{kind}-{number}"}
        step = builders.web_step(feed=feed.slug, inputs=inputs)
        release = builders.release(builders.project(f"{kind} {number}", steps=[step]), tag=TAG)
        ids += [queue_deployment(release, environment=place, by=None).pk for place in places]
    return ids


def _until_all_ended(ids: list[int], within: float) -> float:
    from ecsportal.deployments.models import (  # noqa: PLC0415 -- after django.setup
        FINAL_STATES,
        Deployment,
    )

    began = time.monotonic()
    while Deployment.objects.filter(pk__in=ids).exclude(state__in=FINAL_STATES).exists():
        if time.monotonic() - began > within:
            break
        time.sleep(1)
    return time.monotonic() - began


def _lateness(url: str, deployments: list[Any]) -> Iterator[float]:
    """Seconds from a stack's own end to the deployment's, for each that succeeded."""
    from ecsportal.deployments.models import TargetRun  # noqa: PLC0415 -- after django.setup

    ended = {d.pk: d.finished_at for d in deployments if d.state == "succeeded"}
    runs = TargetRun.objects.filter(step_run__deployment__in=ended).select_related("step_run")
    stacks: dict[str, Mapping[str, datetime]] = {}
    for run in runs:
        if run.region not in stacks:
            stacks[run.region] = _stack_ends(url, run.region)
        finished = ended[run.step_run.deployment_id]
        yield (finished - stacks[run.region][run.stack_name]).total_seconds()


def _stack_ends(url: str, region: str) -> dict[str, datetime]:
    client = _client("cloudformation", url, region)
    direct_session().delete(f"{url}/_sandbox/faults", timeout=10)
    ends = {}
    for page in client.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            events = client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
            ends[stack["StackName"]] = events[0]["Timestamp"]
    return ends


def _client(service: str, url: str, region: str) -> Any:
    import botocore.session  # noqa: PLC0415 -- slow to import

    session = botocore.session.get_session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    return session.create_client(service, region_name=region, endpoint_url=url)


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resident_mb(pid)


def _cli_cpu_seconds(url: str, number: int) -> float:
    """What one `aws cloudformation deploy` of the same template costs, to a stack of its own."""
    from ecsportal.steps.render import render  # noqa: PLC0415 -- after django.setup
    from tests import builders  # noqa: PLC0415 -- as above

    name = f"by-the-client-{number}"
    step = builders.web_step(inputs={"task_name": name})
    document = {
        "type": step["type"],
        "version": step["version"],
        "inputs": step["inputs"],
        "images": {"nginx": f"docker.io/library/nginx:{TAG}"},
        "cluster": "main",
        "format": "json",
    }
    environment = dict(os.environ) | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        template.write(render(document).text)
        template.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [str(AWS), "cloudformation", "deploy", "--stack-name", name,
             "--template-file", template.name, "--capabilities", "CAPABILITY_NAMED_IAM"],
            env=environment, check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
