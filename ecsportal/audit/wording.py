"""An event as a sentence and its changes as lines: plain functions over the row's own texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.audit.record import CHANGED_SECRET

NOTHING = "nothing"

_NOUNS = {"api_key": "API key", "aws_account": "AWS account", "account": "AWS account"}


@dataclass(frozen=True)
class Change:
    """One field that changed; `was` or `now` None where the event has no such side."""

    field: str
    was: str | None
    now: str | None


def what_happened(action: str) -> str:
    """`Created API key` for `api_key.created`."""
    noun, _, verb = action.partition(".")
    words = verb.replace("_", " ")
    if words.endswith(" changed"):
        # `user.password_changed`: the part comes before the verb.
        return f"Changed the {words.removesuffix(' changed')} of {noun_of(noun)}"
    if words.endswith(" requested"):
        # `deployment.cancel_requested`: the engine does it later.
        return f"Asked to {words.removesuffix(' requested')} {noun_of(noun)}"
    return f"{words[:1].upper()}{words[1:]} {noun_of(noun)}"


def noun_of(kind: str) -> str:
    """`api_key` as people say it."""
    return _NOUNS.get(kind, kind.replace("_", " "))


def nouns_of(kind: str) -> str:
    """`process` as people say many of them: "processes"."""
    noun = noun_of(kind)
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def changes_of(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[Change, ...]:
    """The event's fields in order; what was and is empty on both sides is left out."""
    old, new = before or {}, after or {}
    return tuple(
        Change(
            field=name.replace("_", " "),
            # A secret says only that it changed, and says it once.
            was=value_text(old.get(name))
            if before is not None and new.get(name) != CHANGED_SECRET
            else None,
            now=value_text(new.get(name)) if after is not None else None,
        )
        for name in {**old, **new}
        if not (_is_empty(old.get(name)) and _is_empty(new.get(name)))
    )


def value_text(value: Any) -> str:
    """A value in a line: lists and flat objects by commas, deeper ones as JSON."""
    if _is_empty(value):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        texts = [str(item) for item in value]
        return ("; " if any(", " in text for text in texts) else ", ").join(texts)
    if isinstance(value, dict) and all(isinstance(item, str | int) for item in value.values()):
        return value_text([f"{name} {value_text(item)}" for name, item in value.items()])
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
