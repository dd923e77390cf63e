"""A process that may be killed at any instant and started again with the same command."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# Found before any fork: between fork and exec the child should do as little as it can.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
ENDS_WITHIN = 10.0


@dataclass
class Child:
    """One process, in a session of its own, with its output appended to a file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    answers: Callable[[], bool]
    """True once it does its work; asked after a start."""
    starts_within: float = 60.0
    user: str = ""
    """The system's user as whom it runs, where the suite runs as root."""
    cwd: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it without waiting. Only the main thread may: it ends with the one that did."""
        with self.output.open("ab") as file:
            self.process = subprocess.Popen(
                list(self.command),
                cwd=self.cwd,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **as_user(self.user),
            )

    def start_and_wait(self) -> None:
        """Start it, and wait until it answers; RuntimeError with its output where it doesn't."""
        self.start()
        deadline = time.monotonic() + self.starts_within
        while not self.answers():
            if time.monotonic() > deadline or not self.lives:
                raise RuntimeError(f"{self.name} didn't start:\n{self.printed()[-4000:]}")
            time.sleep(0.1)

    @property
    def lives(self) -> bool:
        """True while the process runs, ready or not."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The process id, 0 before the first start."""
        return self.process.pid if self.process else 0

    def kill(self) -> None:
        """SIGKILL to it and to all that it has started; returns once all are gone."""
        if self.process is None:
            return
        family = [self.process.pid, *_descendants(self.process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(ENDS_WITHIN)
        deadline = time.monotonic() + ENDS_WITHIN
        while any(_runs(pid) for pid in family[1:]) and time.monotonic() < deadline:
            time.sleep(0.01)

    def printed(self) -> str:
        """What it has written so far."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""


def as_user(name: str) -> dict[str, Any]:
    """Arguments for Popen: that user where this process is root, else nothing."""
    return {"user": name, "group": name, "extra_groups": []} if name and os.geteuid() == 0 else {}


def listens(port: int) -> bool:
    """True where something accepts connections on the port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            found[int(folder.name)] = int(after_name[1])
    return found


def _descendants(pid: int) -> list[int]:
    parents = _parents()
    found, newest = [], {pid}
    while newest:
        newest = {child for child, parent in parents.items() if parent in newest}
        found += sorted(newest)
    return found


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _end_with_parent() -> None:
    """Linux ends the child when the suite itself is killed; elsewhere nothing happens."""
    if _prctl:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
