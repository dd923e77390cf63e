"""A process of 40 steps, each on 10 targets: planning, its pages, its text. JSON lines.

Pages are asked through Django's test client: server time without a network. Smallest of several.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import show

STEPS = 40
TARGETS = 10
PLAN_MS = 100.0
PAGE_MS = 200.0
TEXT_MS = 1000.0
_ROUNDS = 7


def best(work: Callable[[], object]) -> float:
    """The shortest time in milliseconds, after one call that warms caches."""
    work()
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def main() -> int:
    """All figures on a database of its own; 1 if one misses its target."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'processes.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django  # noqa: PLC0415 -- the database has to be named first

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- as above

        call_command("migrate", verbosity=0)
        return 0 if all(_figures()) else 1


def _figures() -> list[bool]:
    from django.test.utils import setup_test_environment  # noqa: PLC0415 -- after django.setup

    from ecsportal.deployments.services import plan_release  # noqa: PLC0415 -- as above
    from ecsportal.projects.process_text import (  # noqa: PLC0415 -- as above
        process_text,
        read_process_text,
    )
    from ecsportal.projects.process_text_editing import save_process_text  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415 -- as above

    setup_test_environment()
    production = builders.environment("Production")
    builders.feed("Docker Hub")
    account = builders.account("Main")
    targets = [
        builders.target(f"Cluster {n}", environments=[production], account=account)
        for n in range(TARGETS)
    ]
    steps = [
        builders.web_step(f"Deploy {n}", start="with_previous" if n % 4 == 3 else "after_previous")
        for n in range(STEPS)
    ]
    project = builders.project("Web shop", steps=steps)
    release = builders.release(project, "1.0.0")
    deployment = builders.deployment(release, production, targets=targets)
    client = builders.signed_in(builders.user_with_role())
    user = builders.user_with_role()
    text = process_text(steps)

    def asked(path: str) -> Callable[[], object]:
        def ask() -> None:
            response = client.get(path)
            assert response.status_code == 200, path

        return ask

    def saved() -> None:
        number = project.process_revisions.count()
        changed = text.replace("Deploy 39", f"Deploy {number + 100}")
        save_process_text(project, changed, by=user)

    what = f"{STEPS} steps on {TARGETS} targets"
    return [
        show("processes", f"plan of {what}", best(lambda: plan_release(release, production)),
             "ms", target=PLAN_MS),
        show("processes", "process page", best(asked("/projects/web-shop/process/")),
             "ms", target=PAGE_MS),
        show("processes", "process as text, page",
             best(asked("/projects/web-shop/process/text/")), "ms", target=PAGE_MS),
        show("processes", "deploy page",
             best(asked("/projects/web-shop/releases/1.0.0/deploy/production/")),
             "ms", target=PAGE_MS),
        show("processes", f"deployment page of {what}",
             best(asked(f"/deployments/{deployment.pk}/")), "ms", target=PAGE_MS),
        show("processes", "export as YAML and read again",
             best(lambda: read_process_text(process_text(steps))), "ms", target=TEXT_MS),
        show("processes", "import: read, checked and saved", best(saved), "ms", target=TEXT_MS),
    ]  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
