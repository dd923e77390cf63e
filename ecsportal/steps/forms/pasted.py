"""Many rows at once, pasted as text: one a line, as in a file of settings."""

from __future__ import annotations

import re
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.parts import Rows

_SETTING = re.compile(r"\s*(?:export\s+)?([^=\s:]+)\s*[=:]\s?(.*)")
_QUOTED = re.compile(r"""(["'])(.*)\1\s*""")


def lay_pasted(rows: Rows, items: list[Any], text: str, *, most: int) -> int:
    """Put `NAME=value` lines into the rows and return how many were read.

    A name that is there already gets the new value. Comments (`#`) and lines without a name are
    passed over. `rows.pastes` names the two keys of a row.
    """
    name_key, value_key = rows.pastes
    read = 0
    for line in text.splitlines():
        match = _SETTING.fullmatch(line)
        if match is None or line.lstrip().startswith("#") and not line.lstrip().startswith("#{"):
            continue
        name, value = match[1], _unquoted(match[2])
        present = next(
            (row for row in items if isinstance(row, dict) and row.get(name_key) == name), None
        )
        if present is not None:
            present[value_key] = value
        elif len(items) < most:
            row: JsonDict = {**rows.new, name_key: name, value_key: value}
            items.append(row)
        else:
            break
        read += 1
    return read


def _unquoted(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return quoted[2] if quoted else value.rstrip()
