"""Killing processes and starting them again, from the one thread that may."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.child import Child
from tests.chaos.installation import Installation

ASKED_EVERY = 0.25


@dataclass
class _Down:
    start_at: float
    ask_at: float = 0.0
    started: bool = False
    frozen: bool = False


@dataclass
class Killer:
    """Which processes are down now, and when each comes back."""

    installation: Installation
    on_kill: Callable[[Child, float], None]
    """Called after a kill, with the moment of it."""
    kills: Counter[str] = field(default_factory=Counter)
    ended_by_themselves: Counter[str] = field(default_factory=Counter)
    _down: dict[str, _Down] = field(default_factory=dict)

    def is_up(self, child: Child) -> bool:
        """True while it answered after its last start and nobody has killed it since."""
        return child.name not in self._down

    @property
    def all_up(self) -> bool:
        """True while nothing is down or starting."""
        return not self._down

    @property
    def a_worker_lives(self) -> bool:
        """True while at least one worker is up."""
        return any(self.is_up(worker) for worker in self.installation.workers)

    def kill(self, child: Child, *, down: float) -> None:
        """SIGKILL; it is started again after so many seconds."""
        now = time.monotonic()
        child.kill()
        self.kills[child.name] += 1
        self._down[child.name] = _Down(now + down)
        self.on_kill(child, now)

    def freeze(self, child: Child, *, down: float) -> None:
        """SIGSTOP; after so many seconds it goes on where it was."""
        now = time.monotonic()
        os.kill(child.pid, signal.SIGSTOP)
        self.kills[f"{child.name} frozen"] += 1
        self._down[child.name] = _Down(now + down, frozen=True)
        self.on_kill(child, now)

    def hold_down(self, children: list[Child]) -> None:
        """Kill them and leave them so until `release`."""
        for child in children:
            self.kill(child, down=3600)

    def release(self) -> None:
        """What is held down may start now."""
        for down in self._down.values():
            down.start_at = min(down.start_at, time.monotonic())

    def tend(self) -> None:
        """Start what is due to be, and note what answers; called all the time."""
        now = time.monotonic()
        for child in self.installation.children:
            down = self._down.get(child.name)
            if down:
                self._bring_back(child, down, now)
            elif not child.lives:
                self.ended_by_themselves[child.name] += 1
                self._down[child.name] = _Down(now + 1)

    def _bring_back(self, child: Child, down: _Down, now: float) -> None:
        if down.frozen and now >= down.start_at:
            os.kill(child.pid, signal.SIGCONT)
            del self._down[child.name]
        elif not (down.frozen or down.started) and now >= down.start_at:
            child.start()
            down.started, down.ask_at = True, now + ASKED_EVERY
        elif down.started and now >= down.ask_at:
            down.ask_at = now + ASKED_EVERY
            if not child.lives:  # PostgreSQL may find its old memory still in use
                self._down[child.name] = _Down(now + 0.3)
            elif child.answers():
                del self._down[child.name]
