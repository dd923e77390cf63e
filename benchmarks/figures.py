"""Printing a figure, and the statistics of several."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence


def show(
    benchmark: str,
    figure: str,
    value: float,
    unit: str,
    *,
    target: float | None = None,
    **more: object,
) -> bool:
    """Print one figure as a JSON line; False where it misses its target (smaller is better)."""
    line: dict[str, object] = {
        "benchmark": benchmark,
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        **more,
    }
    if target is not None:
        line |= {"target": target, "ok": value < target}
    line["load"] = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return target is None or value < target


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
