"""The demo's processes: started together, started again when one dies, ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
RESTART_AFTER = 1.0
ENDS_WITHIN = 6.0


@dataclass
class Child:
    """One process of the demo and how to start it."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    restart_at: float = 0.0
    failures: int = field(default=0)


class Family:
    """Children in this command's process group; Ctrl-C and a killed parent end them all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._children: list[Child] = []

    def start(self, name: str, *arguments: str) -> Child:
        """Start `python ARGUMENTS` and keep it running."""
        child = Child(name, [sys.executable, *arguments])
        self._children.append(child)
        self._spawn(child)
        return child

    def watch(self) -> None:
        """Start again what has died; call it about once a second."""
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            now = time.monotonic()
            if not child.restart_at:
                child.restart_at = now + RESTART_AFTER
                sys.stderr.write(
                    f"{child.name} ended ({_how(child.process.returncode)}), starting it again.\n"
                )
            elif now >= child.restart_at:
                self._spawn(child)

    def stop(self) -> None:
        """End all children, politely first; leaves none behind."""
        running = [c.process for c in self._children if c.process and c.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + ENDS_WITHIN
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, child: Child) -> None:
        child.restart_at = 0.0
        child.process = subprocess.Popen(
            child.command,
            env=self._environment,
            preexec_fn=_end_with_parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what the demo prints is read by scripts
        )


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _end_with_parent() -> None:
    """Ask Linux to end this child when the demo itself is killed; elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # Ctrl-C reaches the whole group: the parent alone decides the order of ending.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getppid() == 1:
        os._exit(0)
