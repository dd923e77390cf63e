"""Many variables at once: what a pasted text would add and change, before anything is saved.

`NAME=value` lines as in .env files (`export`, quotes and `#` comments are understood), a JSON
object of names and values, or a JSON list of values as the API has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ecsportal.problems import FieldError
from ecsportal.projects.variables.difference import CHANGED_SECRET, Entry
from ecsportal.projects.variables.scopes import FIELDS
from ecsportal.projects.variables.values import Type, fold
from ecsportal.steps.contract import JsonDict

_LINE = re.compile(r"\s*(?:export\s+)?([^=]*?)\s*=(.*)")


@dataclass(frozen=True)
class PasteRow:
    """One pasted value: what saving it would do, and the entry that would be saved."""

    kind: Literal["added", "changed", "same"]
    name: str
    before: str
    after: str
    sensitive: bool
    value: JsonDict
    """As `saving` takes it; with the id of the value that it changes."""


@dataclass(frozen=True)
class PastePlan:
    """All rows in the order of the text, and what can't be read."""

    rows: tuple[PasteRow, ...]
    errors: tuple[FieldError, ...] = ()
    left: int = 0
    """Values that stay as they are because the text doesn't name them."""

    def merged(self, current: Sequence[Entry]) -> list[JsonDict]:
        """The whole list of values after the paste, ready for `save_variables`."""
        changed = {row.value["id"]: row.value for row in self.rows if row.kind == "changed"}
        kept = [changed.get(entry["id"]) or sendable(entry) for entry in current]
        return [*kept, *(row.value for row in self.rows if row.kind == "added")]


def sendable(entry: Entry) -> JsonDict:
    """A stored entry as one sends it: without the secret's id."""
    return {key: value for key, value in entry.items() if key != "secret"}


def plan_paste(
    text: str,
    current: Sequence[Entry],
    *,
    scope: Mapping[str, Sequence[str]] | None = None,
    sensitive: bool = False,
) -> PastePlan:
    """What pasting this text does to the `current` entries.

    A value changes the one of the same name and the same scope; otherwise it is added. `scope` and
    `sensitive` hold for all values that don't say them themselves. Errors have paths as `line 3`.
    """
    read, errors = _read(text)
    common = {kind: list((scope or {}).get(kind, ())) for kind in FIELDS}
    known = {(fold(e["name"]), _scope_key(e["scope"])): e for e in current}
    rows: dict[tuple[str, Any], PasteRow] = {}
    for item in read:
        value: JsonDict = {
            "id": None,
            "type": Type.SENSITIVE if sensitive else Type.TEXT,
            "description": "",
            "scope": common,
            "prompt": None,
        } | item
        value["scope"] = {kind: list(value["scope"].get(kind, ())) for kind in FIELDS}
        key = fold(value["name"]), _scope_key(value["scope"])
        rows[key] = _row(value, known.get(key), item)  # the last of several lines counts
    touched = {row.value["id"] for row in rows.values() if row.kind != "added"}
    left = sum(entry["id"] not in touched for entry in current)
    return PastePlan(tuple(rows.values()), tuple(errors), left)


def _row(value: JsonDict, old: Entry | None, item: JsonDict) -> PasteRow:
    if old is None:
        secret = value["type"] == Type.SENSITIVE
        after = CHANGED_SECRET if secret else value["value"]
        return PasteRow("added", value["name"], "", after, secret, value)
    stated = {key: item[key] for key in ("type", "description", "prompt") if key in item}
    wanted = sendable(old) | stated | {"value": value["value"]}
    if wanted["type"] == Type.SENSITIVE:
        return PasteRow("changed", old["name"], CHANGED_SECRET, CHANGED_SECRET, True, wanted)
    before = CHANGED_SECRET if old["type"] == Type.SENSITIVE else str(old["value"])
    same: Literal["same", "changed"] = "same" if wanted == sendable(old) else "changed"
    return PasteRow(same, old["name"], before, value["value"], False, wanted)


def _scope_key(scope: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(str.lower, scope.get(kind, ()))) for kind in FIELDS)


def _read(text: str) -> tuple[list[JsonDict], list[FieldError]]:
    if text.lstrip()[:1] in ("{", "["):
        return _read_json(text)
    return _read_lines(text)


def _read_lines(text: str) -> tuple[list[JsonDict], list[FieldError]]:
    found: list[JsonDict] = []
    errors = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None or not parts[1]:
            # The line isn't quoted: half of a secret may stand in it.
            errors.append(FieldError(f"line {number}", "Has to be NAME=value.", "line"))
            continue
        found.append({"name": parts[1], "value": _unquoted(parts[2].strip())})
    return found, errors


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        return re.sub(r"\\([\\\"n])", lambda m: "\n" if m[1] == "n" else m[1], inner)
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "'" else text


def _read_json(text: str) -> tuple[list[JsonDict], list[FieldError]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return [], [FieldError("", f"The text begins as JSON, and isn't{where}.", "json")]
    if isinstance(document, dict) and isinstance(document.get("variables"), list):
        document = document["variables"]
    if isinstance(document, dict):
        return [{"name": name, "value": _text(value)} for name, value in document.items()], []
    found: list[JsonDict] = []
    errors = []
    for number, item in enumerate(document):
        if not _is_value(item):
            message = "Has to be an object with a name and a value."
            errors.append(FieldError(f"[{number}]", message, "type"))
            continue
        known = {
            key: item[key] for key in ("type", "description", "scope", "prompt") if key in item
        }
        found.append({"name": item["name"], "value": _text(item.get("value")), **known})
    return found, errors


def _is_value(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return False
    scope = item.get("scope", {})
    return isinstance(scope, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in scope.values()
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"  # as the language writes them
    return json.dumps(value, ensure_ascii=False)
