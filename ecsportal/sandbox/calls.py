"""How often each operation was called, with which tokens, and how often it began something."""

from __future__ import annotations

from typing import TypedDict


class CallCount(TypedDict):
    """`started` leaves out repeats of a token, refusals and reads."""

    count: int
    started: int
    tokens: list[str]


class Calls:
    """Counts by `service.Operation`."""

    def __init__(self) -> None:
        self._counts: dict[str, CallCount] = {}

    def record(self, name: str, token: str = "") -> None:
        """Note one request, before it is answered."""
        entry = self._entry(name)
        entry["count"] += 1
        if token and token not in entry["tokens"]:
            entry["tokens"].append(token)

    def started(self, name: str) -> None:
        """Note that a request really began something."""
        self._entry(name)["started"] += 1

    def counts(self) -> dict[str, CallCount]:
        """All counts since the last reset."""
        return self._counts

    def clear(self) -> None:
        """Start again from nothing."""
        self._counts = {}

    def _entry(self, name: str) -> CallCount:
        return self._counts.setdefault(name, {"count": 0, "started": 0, "tokens": []})
