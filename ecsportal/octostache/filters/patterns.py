"""`Replace` and `Match`: .NET regular expressions, run by the `regex` library with a time-out."""

import time
from collections.abc import Sequence

from ecsportal.octostache.errors import LimitExceededError
from ecsportal.octostache.filters.dotnet_patterns import compiled
from ecsportal.octostache.limits import PATTERN_SECONDS, Budget
from ecsportal.octostache.nodes import Filter


def _too_long() -> LimitExceededError:
    return LimitExceededError(
        f"The regular expressions take more than {PATTERN_SECONDS:g} seconds; look for repetitions "
        "within repetitions."
    )


def _match(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None or len(arguments) != 1:
        return None
    started = time.monotonic()
    pattern = compiled(arguments[0])
    try:
        found = pattern.search(text, timeout=max(budget.pattern_seconds, _SHORTEST))
    except TimeoutError:
        raise _too_long() from None
    budget.take_time(started)
    return "true" if found else "false"


def _replace(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None or not arguments:
        return None
    started = time.monotonic()
    pattern = compiled(arguments[0])
    replacement = pattern.replacement(arguments[1] if len(arguments) > 1 else "")
    parts: list[str] = []
    end = 0
    try:
        for found in pattern.finditer(text, timeout=max(budget.pattern_seconds, _SHORTEST)):
            parts.append(text[end : found.start()])
            new = replacement(found)
            budget.take_characters(len(new))
            parts.append(new)
            end = found.end()
    except TimeoutError:
        raise _too_long() from None
    budget.take_time(started)
    return "".join([*parts, text[end:]])


_SHORTEST = 0.001

FILTERS: dict[str, Filter] = {"Match": _match, "Replace": _replace}
