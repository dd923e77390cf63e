"""The examples of docs/expressions.md are true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ecsportal.octostache import OctostacheError, evaluate
from ecsportal.octostache.filters import NAMES
from ecsportal.octostache.limits import MAX_CHARACTERS, MAX_PARTS, PATTERN_SECONDS

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    json.loads(line)
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["template"] for example in EXAMPLES])
def test_example_is_true(example: dict[str, Any]) -> None:
    if "error" in example:
        with pytest.raises(OctostacheError) as caught:
            evaluate(example["template"], example["variables"])
        assert caught.value.kind == example["error"]
        return

    result = evaluate(example["template"], example["variables"])
    assert result.text == example["text"]
    assert list(result.missing) == example.get("missing", [])
    assert (result.parse_error is not None) == example.get("parse_error", False)


@pytest.mark.parametrize("name", NAMES)
def test_every_filter_is_described(name: str) -> None:
    assert f"`{name}" in PAGE


def test_limits_are_named() -> None:
    assert f"{MAX_CHARACTERS:,} characters, {MAX_PARTS:,} steps" in PAGE
    assert f"{PATTERN_SECONDS:g} seconds in patterns" in PAGE
