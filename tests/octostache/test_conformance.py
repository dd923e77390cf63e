"""The corpus that was recorded with the reference engine (SPEC section 14)."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecsportal.octostache import OctostacheError, Variables

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reference_engine_agrees(case: dict[str, Any]) -> None:
    variables = Variables(case["variables"])
    halt_on_error = case.get("halt_on_error", True)

    if case.get("error"):
        with pytest.raises(OctostacheError) as caught:
            variables.evaluate(case["template"], halt_on_error=halt_on_error)
        assert caught.value.kind == case["error_kind"]
        return

    result = variables.evaluate(case["template"], halt_on_error=halt_on_error)
    assert result.text == case["expected"]
    assert list(result.missing) == case["missing"]
    assert (result.parse_error is not None) == case.get("parse_error", False)
    if "truthy" in case:
        assert result.truthy == case["truthy"]


def test_corpus_is_complete() -> None:
    assert len(CASES) == 260
