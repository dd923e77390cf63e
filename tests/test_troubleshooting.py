"""The guide to failures knows every cause and every code that a deployment can show."""

from __future__ import annotations

import re
from pathlib import Path

from ecsportal.steps import causes
from ecsportal.web.error_catalogue import sections

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "troubleshooting.md"


def listed() -> set[str]:
    """What stands in code type in a table's first or second column."""
    rows = re.findall(r"^\| (?:(?:\d+|any other) \| )?`([^`]+)` \|", GUIDE.read_text(), re.M)
    return {row for row in rows if ":" not in row}  # actions of AWS stand in a table too


def test_every_cause_has_its_row() -> None:
    assert set(causes.slugs()) - listed() == set()


def test_every_code_of_deployments_has_its_row() -> None:
    codes = {
        entry.code
        for area, entries in sections()
        for entry in entries
        if area in ("Deployments", "AWS", "Feeds")
    }
    assert codes - listed() == set()


def test_it_lists_nothing_that_no_deployment_shows() -> None:
    known = {*causes.slugs(), *(entry.code for _, entries in sections() for entry in entries)}
    assert listed() - known == set()


def test_every_cause_that_the_source_names_is_known() -> None:
    """A cause that isn't registered would have neither a button nor a row in the guide."""
    source = "\n".join(
        path.read_text()
        for folder in ("steps", "ecs", "cloudformation", "deployments")
        for path in (GUIDE.parent.parent / "ecsportal" / folder).rglob("*.py")
    )
    named = {
        *re.findall(r'\bcause="([a-z-]+)"', source),
        *re.findall(r'\bCause\(\s*"([a-z-]+)"', source),
    }
    assert "stack-deleted" in named
    assert named - set(causes.slugs()) == set()
