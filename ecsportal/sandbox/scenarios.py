"""What a container does, chosen by its image: by tag suffix, or by a rule set at run time."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

MISSING = "missing"
CRASH = "crash"
STUCK = "stuck"
OOM = "oom"
UNHEALTHY = "unhealthy"
DENIED = "denied"
ARCH = "arch"
SLOW = "slow"
"""Takes long to start, and a task that no service keeps works for two minutes."""
FULL = "full"
"""No capacity: the task cannot be placed."""

SCENARIOS = (MISSING, CRASH, STUCK, OOM, UNHEALTHY, DENIED, ARCH, SLOW, FULL)
EXIT = "exit<code>"
"""Stands for `exit0` to `exit255`: the container ends by itself with this code."""

_EXIT = re.compile(r"exit(\d{1,3})")
_TAG = re.compile(r":([A-Za-z0-9_][A-Za-z0-9._-]*)$")


def tag_of(image: str) -> str:
    """The tag of an image reference; empty where it has none or is pinned by digest."""
    if "@" in image:
        image = image.partition("@")[0]
    found = _TAG.search(image.rpartition("/")[2])
    return found.group(1) if found else ""


def exit_code_of(scenario: str) -> int | None:
    """The code that an `exit<code>` scenario names; None for all others."""
    found = _EXIT.fullmatch(scenario)
    code = int(found.group(1)) if found else 256
    return code if code < 256 else None


def _is_scenario(name: str) -> bool:
    return name in SCENARIOS or exit_code_of(name) is not None


class Scenarios:
    """Which scenario an image plays; empty = it starts and runs."""

    def __init__(self, tag_of_digest: Callable[[str], str]) -> None:
        self._tag_of_digest = tag_of_digest
        self._rules: dict[str, str | None] = {}

    def set(self, image: str, scenario: str | None) -> None:
        """Let images like the glob `image` play `scenario`; None takes the rule away.

        ValueError for a scenario that doesn't exist.
        """
        if scenario is None:
            self._rules.pop(image, None)
            return
        if scenario != "none" and not _is_scenario(scenario):
            known = ", ".join((*SCENARIOS, EXIT, "none"))
            raise ValueError(f"scenario {scenario!r} is not one of {known}")
        self._rules.pop(image, None)
        self._rules[image] = scenario

    def of(self, image: str) -> str:
        """The scenario of this image: the newest matching rule, then the tag's suffix."""
        for glob, scenario in reversed(self._rules.items()):
            if fnmatchcase(image, glob):
                return "" if scenario in (None, "none") else str(scenario)
        tag = tag_of(image)
        if not tag and "@sha256:" in image:
            tag = self._tag_of_digest(image.rpartition("@")[2])
        suffix = tag.rpartition("-")[2] if "-" in tag else ""
        return suffix if _is_scenario(suffix) else ""

    def rules(self) -> dict[str, str | None]:
        """The rules set at run time."""
        return dict(self._rules)

    def clear(self) -> None:
        """Forget the rules; tag suffixes stay."""
        self._rules.clear()
