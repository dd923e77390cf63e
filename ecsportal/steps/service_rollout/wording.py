"""How ECS's own sentences read in the log."""

from __future__ import annotations

import re

_TASK = re.compile(r"\(?task ([0-9a-f]{8})[0-9a-f-]+\)?")
_ONE = re.compile(r"\b1 (running )?(task|target)s\b")


def service_event(text: str) -> str:
    """A service event with short task ids: `has started 2 tasks: 88d27f14, a40be911`."""
    tasks = _TASK.findall(text)
    if len(tasks) > 1 or (tasks and _TASK.sub("", text).rstrip(". ").endswith(":")):
        head = text[: text.index("(task")].rstrip(" ") if "(task" in text else text
        if head.endswith(":"):
            text = f"{head} {', '.join(tasks)}"
    return _ONE.sub(r"1 \1\2", _TASK.sub(r"task \1", text)).rstrip(".")
