"""Which scenario an image plays."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.scenarios import Scenarios, tag_of


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", ""),
        ("nginx:1.29", "1.29"),
        ("localhost:5000/shop/web", ""),
        ("localhost:5000/shop/web:1.4.2-crash", "1.4.2-crash"),
        ("shop/web:1.4@sha256:" + "0" * 64, "1.4"),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert tag_of(image) == tag


@pytest.mark.parametrize(
    ("image", "scenario"),
    [
        ("shop/web:1.4.2-crash", "crash"),
        ("shop/web:1.4.2-alpine", ""),
        ("shop/web:crash", ""),
        ("shop/crash", ""),
        ("shop/web@sha256:" + "1" * 64, "oom"),
    ],
)
def test_the_suffix_of_the_tag_decides(image: str, scenario: str) -> None:
    assert Scenarios(lambda digest: "1-oom").of(image) == scenario


def test_the_newest_rule_wins_over_older_ones_and_the_tag() -> None:
    scenarios = Scenarios(lambda digest: "")
    scenarios.set("*/web:*", "stuck")
    scenarios.set("*/web:1*", "none")
    assert scenarios.of("shop/web:1-crash") == ""
    assert scenarios.of("shop/web:2-crash") == "stuck"
    scenarios.set("*/web:1*", None)
    assert scenarios.of("shop/web:1-crash") == "stuck"
