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
SEARCHES = {
    "a word of one line": "needle",
    "a word of no line": "haystack of another farm",
    "a word of every line": "task",
}


def main() -> None:
    """Print all figures."""
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 -- after the setup

    from ecsportal.deployments import leases  # noqa: PLC0415
    from ecsportal.deployments.masking import Masker  # noqa: PLC0415
    from ecsportal.deployments.models import Level, State  # noqa: PLC0415
    from ecsportal.deployments.tasklog import Line  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    staging = builders.environment("Staging")
    target = builders.target("shop-staging", environments=[staging])
    deployment = builders.deployment(
        builders.release(builders.project("web-shop")),
        staging,
        state=State.EXECUTING,
        targets=[target],
        due_at=timezone.now(),
    )
    secrets = [f"secret-value-{number:04}" for number in range(SECRETS)]
    masker = Masker(secrets)
    lease = leases.take(deployment.pk, "benchmark")
    if lease is None:
        raise RuntimeError("The deployment is advanced by somebody else.")

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
    more = {
        "lines_per_second": round(LINES / took),
        "cpu_seconds": round((time.process_time() - busy) * 10_000 / LINES, 2),
        "lines": LINES,
        "secrets": SECRETS,
    }
    figures: list[dict[str, Any]] = [
        _figure("written", "10,000 lines masked and stored", took * 10_000 / LINES, "s", more)
    ]
    client = builders.signed_in(builders.user_with_role())
    page = f"/deployments/{deployment.pk}/"
    figures.append(_timed("page", "first paint", lambda: client.get(page)))
    middle = f"{page}?line={LINES // 2}"
    figures.append(_timed("page", "page around a line", lambda: client.get(middle)))
    for name, words in SEARCHES.items():
        path = f"{page}search/?q={words.replace(' ', '+')}"

        def ask(path: str = path) -> Any:
            return client.get(path, headers={"HX-Request": "true"})

        figures.append(_timed("search", f"search, {name}", ask))
    sys.stdout.write(json.dumps(figures))


def _timed(kind: str, name: str, ask: Callable[[], Any]) -> dict[str, Any]:
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
    more: dict[str, object] = {"max": round(max(took[1:]), 1), "cpu_ms": round(median(busy[1:]), 1)}
    return _figure(kind, name, median(took[1:]), "ms", more)


def _figure(
    kind: str, name: str, value: float, unit: str, more: dict[str, object]
) -> dict[str, Any]:
    return {"kind": kind, "name": name, "value": value, "unit": unit, "more": more}


if __name__ == "__main__":
    main()
