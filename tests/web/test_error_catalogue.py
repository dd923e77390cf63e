"""The catalogue of error codes against the source."""

from __future__ import annotations

import re
from pathlib import Path

import ecsportal
from ecsportal.web.error_catalogue import CATALOGUE, sections

_CODES = (
    re.compile(r'\bcode\s*=\s*"([A-Z][A-Z_-]{3,})"'),
    re.compile(r'"((?:AWS|CFN|ECS|FEED|PORTAL|TARGET)(?:-[A-Z]+)+)"'),
)


def codes_in_the_source() -> set[str]:
    """Every stable code that a service, a step or the API raises; the sandbox plays AWS."""
    root = Path(ecsportal.__file__).parent
    files = [p for p in root.rglob("*.py") if not {"sandbox", "migrations"} & set(p.parts)]
    return {code for p in files for regex in _CODES for code in regex.findall(p.read_text())}


def test_every_code_that_the_source_uses_is_explained() -> None:
    assert codes_in_the_source() - set(CATALOGUE) == set()


def test_each_entry_says_what_happened_and_what_to_do_in_sentences() -> None:
    for entry in CATALOGUE.values():
        assert entry.meaning.endswith(".")
        assert entry.advice.endswith(".")


def test_the_sections_hold_each_entry_once() -> None:
    listed = [entry.code for _, entries in sections() for entry in entries]
    assert listed == list(CATALOGUE)
