"""All benchmarks, or those named: `python -m benchmarks [--cold] [NAME ...]`.

Each prints one JSON line a figure and ends all that it starts. The exit code is 1 where a figure
misses its target. `--cold` adds a start from a bare clone, which installs everything anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

MODULES = (
    "octostache",
    "variables",
    "start",
    "deploying",
    "live_lines",
    "long_log",
    "slow_feed",
    "processes",
    "step_editor",
    "fleet",
    "killed_worker",
    "viewers",
)
COLD = "cold_start"


def main() -> int:
    """Run them one after the other; one that breaks doesn't keep the others from running."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*MODULES, COLD)))
    parser.add_argument("--cold", action="store_true", help="also start from a bare clone")
    options = parser.parse_args()
    wanted = options.names or list(MODULES)
    unknown = sorted(set(wanted) - {*MODULES, COLD})
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    if options.cold and COLD not in wanted:
        wanted.append(COLD)
    return max([_run(name) for name in wanted])


def _run(name: str) -> int:
    run: Callable[[], int] = import_module(f"benchmarks.{name}").main
    try:
        return run()
    except Exception as error:  # noqa: BLE001 -- the next benchmark still has its say
        sys.stderr.write(f"{name} ended early: {type(error).__name__}: {error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
