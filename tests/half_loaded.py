"""Two threads that meet in the middle of an import, brought about in a process of its own.

Which thread loads a module first is chance; here the order is forced. It shows what becomes of the
second one: it must wait for the whole module, not go on with half of it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
_WAITED = 10.0
_GOES_ON_AFTER = 0.5
"""Seconds: the second thread has met the first one's import by then."""


class HeldUp:
    """Put in `sys.meta_path`, it holds up who loads `part` until another thread wants `other`."""

    def __init__(self, part: str, other: str) -> None:
        self._part, self._other = part, other
        self.half_loaded, self._wanted = threading.Event(), threading.Event()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's own finding, with a wait before the part is run."""
        if name == self._other:
            self._wanted.set()
        spec = PathFinder.find_spec(name, path) if name == self._part else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_late(module: ModuleType) -> None:
            self.half_loaded.set()
            self._wanted.wait(_WAITED)
            time.sleep(_GOES_ON_AFTER)
            load(module)

        spec.loader.exec_module = load_late  # type: ignore[method-assign]
        return spec


def run_at_once(first: Callable[[], object], second: Callable[[], object], held_up: HeldUp) -> None:
    """Run both in threads; the second begins once the first one is in the middle of the part."""

    def later() -> None:
        held_up.half_loaded.wait(_WAITED)
        second()

    sys.meta_path.insert(0, held_up)
    threads = [threading.Thread(target=each) for each in (first, later)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def printed_by(program: str) -> list[str]:
    """The lines that a program prints in a process of its own, sorted; none on standard error."""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == ""
    return sorted(ran.stdout.splitlines())
