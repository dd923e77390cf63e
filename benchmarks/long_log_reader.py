"""Writes a log of 200,000 lines as the engine does, asks for its page and searches it.

`long_log` runs it in a process of its own, whose environment names the database. It prints its
figures as one JSON list.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

LINES = 200_000
AT_ONCE = 500
SECRETS = 20
TIMES = 7
Figure = dict[str, Any]
SEARCHES = {
    "a word of one line": "needle",
    "a word of no line": "haystack of another farm",
    "a word of every line": "task",
}


def main() -> None:
    """Print all figures."""
    django.setup()
    deployment, lease = _prepared()
    figures = [_written(lease)]
    sys.stdout.write(json.dumps(figures + _read(deployment)))


def _prepared() -> tuple[Any, Any]:
    """A deployment that runs, and the lease that its lines are written with."""
    from django.utils import timezone  # noqa: PLC0415 -- after the setup

    from ecsportal.deployments import leases  # noqa: PLC0415
    from ecsportal.deployments.models import State  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    staging = builders.environment("Staging")
    deployment = builders.deployment(
        builders.release(builders.project("web-shop")),
        staging,
        state=State.EXECUTING,
        targets=[builders.target("shop-staging", environments=[staging])],
        due_at=timezone.now(),
    )
    lease = leases.take(deployment.pk, "benchmark")
    if lease is None:
        raise RuntimeError("The deployment is advanced by somebody else.")
    return deployment, lease


def _written(lease: Any) -> Figure:
    """All lines masked and stored; the figure is that of 10,000."""
    from ecsportal.deployments.masking import Masker  # noqa: PLC0415
    from ecsportal.deployments.models import Level  # noqa: PLC0415
    from ecsportal.deployments.tasklog import Line  # noqa: PLC0415

    secrets = [f"secret-value-{number:04}" for number in range(SECRETS)]
    masker = Masker(secrets)

    def line(number: int) -> Line:
        said = secrets[number % SECRETS] if number % 50 == 0 else "has reached a steady state"
        if number == LINES // 3:
            said = "the Needle of this benchmark"
        level = Level.VERBOSE if number % 3 else Level.INFO
        return Line(level, f"Task {number:08x} of web: {said}", "deploy-web", "shop-staging")

    began, busy = time.perf_counter(), time.process_time()
    for first in range(1, LINES + 1, AT_ONCE):
        lines = [line(number) for number in range(first, first + AT_ONCE)]
        with lease.commit(lines, masker):
            pass
    took = time.perf_counter() - began
    more: Figure = {
        "lines_per_second": round(LINES / took),
        "cpu_seconds": round((time.process_time() - busy) * 10_000 / LINES, 2),
        "lines": LINES,
        "secrets": SECRETS,
    }
    name = "10,000 lines masked and stored"
    return _figure("written", name, took * 10_000 / LINES, "s", more)


def _read(deployment: Any) -> list[Figure]:
    """The page and the search over all lines."""
    from tests import builders  # noqa: PLC0415

    client = builders.signed_in(builders.user_with_role())
    page = f"/deployments/{deployment.pk}/"
    middle = f"{page}?line={LINES // 2}"
    figures = [
        _timed("page", "first paint", lambda: client.get(page)),
        _timed("page", "page around a line", lambda: client.get(middle)),
    ]
    for name, words in SEARCHES.items():
        path = f"{page}search/?q={words.replace(' ', '+')}"

        def ask(path: str = path) -> Any:
            return client.get(path, headers={"HX-Request": "true"})

        figures.append(_timed("search", f"search, {name}", ask))
    return figures


def _timed(kind: str, name: str, ask: Callable[[], Any]) -> Figure:
    """The median of the server's time, after a first answer that fills its caches."""
    took: list[float] = []
    busy: list[float] = []
    for _ in range(TIMES + 1):
        began, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        took.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{name}: {answer.status_code}")
    more: Figure = {"max": round(max(took[1:]), 1), "cpu_ms": round(median(busy[1:]), 1)}
    return _figure(kind, name, median(took[1:]), "ms", more)


def _figure(kind: str, name: str, value: float, unit: str, more: Figure) -> Figure:
    return {"kind": kind, "name": name, "value": value, "unit": unit, "more": more}


if __name__ == "__main__":
    main()
