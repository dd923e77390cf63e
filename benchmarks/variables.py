"""Resolving 2,000 scoped variables for one step and target. Each figure is one JSON line."""

import json
import sys
import time
from collections.abc import Callable

from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.projects.variables.scopes import Scope, Situation
from ecsportal.projects.variables.texts import variables_for
from ecsportal.projects.variables.values import VariableValue

VALUES = 2_000
PER_NAME = 4
LIMIT = 20.0  # ms
_ROUNDS = 30


def values() -> list[VariableValue]:
    """Four values a name: everywhere, per environment, per tag, per step and environment."""
    scopes = (
        Scope(),
        Scope(environments=("staging", "production")),
        Scope(target_tags=("web", "worker"), channels=("default",)),
        Scope(steps=("deploy-web",), environments=("production",)),
    )
    return [
        VariableValue(n, f"Group{n % 40}.Name{n // PER_NAME}", f"value {n}",
                      scope=scopes[n % PER_NAME], position=n)
        for n in range(VALUES)
    ]  # fmt: skip


def best(work: Callable[[], object]) -> float:
    """The shortest time in milliseconds of this process."""
    times = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) * 1000


def show(figure: str, milliseconds: float) -> bool:
    """Print one figure; False if it is over the limit."""
    ok = milliseconds <= LIMIT
    line = {"benchmark": "variables", "figure": figure, "value": round(milliseconds, 3),
            "unit": "ms", "limit": LIMIT, "ok": ok}  # fmt: skip
    sys.stdout.write(json.dumps(line) + "\n")
    return ok


def main() -> int:
    """All figures; 1 if one is over the limit."""
    known = VariableSet(values())
    here = Situation.of(
        environment="production",
        channel="default",
        step="deploy-web",
        step_tags=["web"],
        target="shop-production",
        target_tags=["web"],
    )

    def anew() -> None:
        resolution = VariableSet(values()).resolve(here)
        variables = variables_for(
            resolution, {}, text_of=lambda v: v.value or "", account_facts=lambda _: {}
        )
        variables.evaluate("#{Group0.Name0}")

    resolved = show(f"{VALUES:,} values resolved", best(lambda: known.resolve(here)))
    whole = show(f"{VALUES:,} values read, resolved and ready to evaluate", best(anew))
    return 0 if resolved and whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
