"""Many readers of one deployment's stream, and the one writer of its lines.

`viewers` runs it in a process of its own, whose environment names the database. It prints one JSON
object: how late lines came, how many were missing or came twice, and what the web process used.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import resource
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import django
import uvloop
from django.conf import settings

LINES_PER_SECOND = 20
SECONDS = 15
STREAMS_A_USER = 10
OPENED_AT_ONCE = 50
STREAMS_A_PROCESS = 1_500
OPENED_WITHIN = 120.0
Seen = dict[str, Any]
_LINE = re.compile(rb'id="L(\d+)"')


def main(port: int, web_pid: int, viewers: int) -> None:
    """Open the streams, write, and print what was seen."""
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # none is used
    deployment, lease, sessions = _prepared(-(-viewers // STREAMS_A_USER))
    each = [sessions[number // STREAMS_A_USER] for number in range(viewers)]
    sys.stdout.write(json.dumps(_watched(port, web_pid, deployment, lease, each)))


def _prepared(users: int) -> tuple[Any, Any, list[str]]:
    from django.utils import timezone  # noqa: PLC0415 -- after the setup

    from ecsportal.deployments import leases  # noqa: PLC0415
    from ecsportal.deployments.models import State  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    deployment = builders.deployment(
        builders.release(builders.project()),
        builders.environment("Staging"),
        state=State.EXECUTING,
        due_at=timezone.now(),
    )
    lease = leases.take(deployment.pk, "benchmark")
    if lease is None:
        raise RuntimeError("The deployment is advanced by somebody else.")
    sessions = [
        builders.signed_in(builders.user_with_role()).cookies["sessionid"].value
        for _ in range(users)
    ]
    return deployment, lease, sessions


class _Crowd:
    """The readers, and what they have met."""

    def __init__(self, port: int, deployment: int) -> None:
        self.port, self.deployment = port, deployment
        self.readers: list[_Reader] = []
        self.opened = 0
        self.refused: Counter[str] = Counter()

    async def open(self, session: str) -> None:
        """Connect one reader."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: _Reader(self, session), "127.0.0.1", self.port)


class _Reader(asyncio.Protocol):
    """One stream; notes when each line arrived."""

    def __init__(self, crowd: _Crowd, session: str) -> None:
        self._crowd, self._session = crowd, session
        self._rest = b""
        self._is_open = False
        self.arrived: list[tuple[int, float]] = []
        crowd.readers.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(
            f"GET /live/deployments/{self._crowd.deployment}?after=0 HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            f"Cookie: sessionid={self._session}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Note the numbers of the lines in it; one may be cut between two pieces."""
        if not self._is_open:
            self._open(data)
            return
        now = time.monotonic()
        text = self._rest + data
        end = 0
        for found in _LINE.finditer(text):
            self.arrived.append((int(found[1]), now))
            end = found.end()
        self._rest = text[max(end, len(text) - 20) :]

    def _open(self, data: bytes) -> None:
        """It is open once it was told the state: from then on only news come."""
        self._rest += data
        status = self._rest.partition(b"\r\n")[0].decode()
        if " 200 " not in status:
            self._crowd.refused[status] += 1
        elif b"event: state" in self._rest:
            self._crowd.opened += 1
        else:
            return
        self._is_open = True
        self._rest = b""


async def _read_all(port: int, deployment: int, sessions: list[str], door: Connection) -> None:
    """Open a stream for each session, say how many, and send all that arrived when asked."""
    crowd = _Crowd(port, deployment)
    for number, session in enumerate(sessions, 1):
        await crowd.open(session)
        if number % OPENED_AT_ONCE == 0:
            await asyncio.sleep(0.1)
    waited = time.monotonic()
    while crowd.opened + crowd.refused.total() < len(sessions):
        if time.monotonic() - waited > OPENED_WITHIN:
            break
        await asyncio.sleep(0.1)
    door.send((crowd.opened, crowd.refused))
    while not door.poll():
        await asyncio.sleep(0.1)
    door.send([reader.arrived for reader in crowd.readers])


def _reading_process(port: int, deployment: int, sessions: list[str], door: Connection) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = len(sessions) + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, wanted)), hard))
    uvloop.run(_read_all(port, deployment, sessions, door))


def _watched(port: int, web_pid: int, deployment: Any, lease: Any, each: list[str]) -> Seen:
    """Have the sessions read in processes of their own while this one writes."""
    context = multiprocessing.get_context("spawn")
    readers = []
    for number in range(0, len(each), STREAMS_A_PROCESS):
        ours, theirs = context.Pipe()
        share = each[number : number + STREAMS_A_PROCESS]
        process = context.Process(
            target=_reading_process, args=(port, deployment.pk, share, theirs), daemon=True
        )
        process.start()
        readers.append((process, ours))
    told = [door.recv() for _, door in readers]
    time.sleep(1)
    pids = [web_pid, *(process.pid for process, _ in readers if process.pid)]
    cpu, began = [_cpu_seconds(pid) for pid in pids], time.monotonic()
    written = _write(lease)
    took = time.monotonic() - began
    shares = [(_cpu_seconds(pid) - used) / took for pid, used in zip(pids, cpu, strict=True)]
    threads = len(list(Path(f"/proc/{web_pid}/task").iterdir()))
    time.sleep(3)
    arrived = []
    for process, door in readers:
        door.send("enough")
        arrived += door.recv()
        process.join(10)
    refused: Counter[str] = sum((each for _, each in told), Counter())
    return _seen(arrived, written) | {
        "opened": sum(opened for opened, _ in told),
        "unopened": len(each) - sum(opened for opened, _ in told),
        "refused": dict(refused),
        "cpu": shares[0],
        "cpu_readers": max(shares[1:]),
        "written_per_second": len(written) / took,
        "threads": threads,
    }


def _write(lease: Any) -> dict[int, float]:
    """Write the lines; when each was begun."""
    from ecsportal.deployments.models import Level  # noqa: PLC0415
    from ecsportal.deployments.tasklog import Line  # noqa: PLC0415

    written: dict[int, float] = {}
    began = time.monotonic()
    for number in range(1, LINES_PER_SECOND * SECONDS + 1):
        time.sleep(max(0.0, began + number / LINES_PER_SECOND - time.monotonic()))
        line = Line(Level.INFO, f"Line {number} of the benchmark.", "deploy-web", "staging")
        written[number] = time.monotonic()
        with lease.commit([line]):
            pass
    return written


def _seen(arrived: list[list[tuple[int, float]]], written: dict[int, float]) -> Seen:
    """How late all lines came to all readers, and what did not come once and in order."""
    late: list[float] = []
    missing = repeated = disordered = 0
    for lines in arrived:
        numbers = [number for number, _ in lines]
        missing += len(set(written) - set(numbers))
        repeated += len(numbers) - len(set(numbers))
        disordered += numbers != sorted(numbers)
        late += [(at - written[number]) * 1000 for number, at in lines if number in written]
    late.sort()
    return {
        "missing": missing,
        "repeated": repeated,
        "disordered": disordered,
        "p50": late[len(late) // 2] if late else None,
        "p95": late[int(len(late) * 0.95)] if late else None,
        "max": late[-1] if late else None,
    }


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
