"""The server as a process."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """`python -m ecsportal.sandbox` on a free port."""
    command = [sys.executable, "-m", "ecsportal.sandbox", "--port", "0", "--speed", "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def _address(process: subprocess.Popen[str]) -> tuple[str, int]:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    host, port = line.removeprefix("Sandbox: http://").split(":")
    return host, int(port)


def test_it_keeps_connections_alive_and_ends_promptly_on_sigterm(
    process: subprocess.Popen[str],
) -> None:
    connection = http.client.HTTPConnection(*_address(process), timeout=5)
    for _ in range(3):
        connection.request("GET", "/_sandbox/clock")
        answer = connection.getresponse()
        assert answer.version == 11
        assert b'"mode": "fast"' in answer.read()
        assert connection.sock is not None
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert time.monotonic() - began < 2
