"""Names and tags: lengths and characters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ecsportal.steps.bound import is_bound
from ecsportal.steps.findings import (
    Findings,
    check_count,
    duplicates,
)
from ecsportal.steps.tags import Tag

MOST_TAGS = 20
"""AWS takes 50; the stack's own 13 and those that AWS adds need the rest."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ODD_IN_NAME = re.compile(r"[^A-Za-z0-9_-]")
_TAG_EXTRA = frozenset(" _.:/=+-@")


def check_name(findings: Findings, path: str, name: str, what: str) -> None:
    """1 to 255 letters, digits, `-`, `_`: task families, containers and volumes alike."""
    if is_bound(name):
        return
    if not name:
        findings.add(path, "missing", f"The {what} needs a name.")
    elif not _NAME.fullmatch(name):
        odd = _ODD_IN_NAME.search(name)
        character = spelt(odd[0]) if odd else ""
        message = f'Letters, digits, "-" and "_" only: {character} has to go.'
        findings.add(path, "pattern", message)
    elif len(name) > 255:
        findings.add(path, "length", f"Is {len(name)} characters long; 255 is the most.")


def check_stack_name(findings: Findings, path: str, name: str) -> None:
    """A letter, then letters, digits and `-`, 128 in all; empty means generated."""
    if not name or is_bound(name):
        return
    if not _STACK_NAME.fullmatch(name):
        message = 'A stack\'s name starts with a letter and holds letters, digits and "-" only.'
        findings.add(path, "pattern", message)
    elif len(name) > 128:
        findings.add(path, "length", f"Is {len(name)} characters long; 128 is the most.")


def check_tags(findings: Findings, path: str, tags: list[Tag]) -> None:
    """At most 20 tags with unique keys, in the characters and lengths that AWS takes."""
    check_count(findings, path, tags, MOST_TAGS, "tags")
    for index, key in duplicates(tag.key for tag in tags):
        findings.add(f"{path}[{index}].key", "duplicate", f"{key} is there already.")
    for index, tag in enumerate(tags):
        _check_tag(findings, f"{path}[{index}]", tag)


def _check_tag(findings: Findings, path: str, tag: Tag) -> None:
    if not is_bound(tag.key):
        _check_tag_key(findings, f"{path}.key", tag.key)
    if is_bound(tag.value):
        return
    if len(tag.value) > 256:
        message = f"Is {len(tag.value)} characters long; 256 is the most."
        findings.add(f"{path}.value", "length", message)
    _check_tag_characters(findings, f"{path}.value", tag.value)


def _check_tag_key(findings: Findings, path: str, key: str) -> None:
    if not key:
        findings.add(path, "missing", "The tag needs a key.")
    elif len(key) > 128:
        findings.add(path, "length", f"Is {len(key)} characters long; 128 is the most.")
    elif key.lower().startswith("aws:"):
        findings.add(path, "reserved", "AWS keeps keys that start with aws: for itself.")
    _check_tag_characters(findings, path, key)


def _check_tag_characters(findings: Findings, path: str, text: str) -> None:
    odd = [letter for letter in text if not (letter.isalnum() or letter in _TAG_EXTRA)]
    if odd:
        message = f"Letters, digits, spaces and _ . : / = + - @ only: {spelt(odd[0])} has to go."
        findings.add(path, "pattern", message)


def check_unique(findings: Findings, path: str, field: str, names: Iterable[str]) -> None:
    """No literal name stands twice in the list at `path`."""
    for index, name in duplicates(names):
        findings.add(f"{path}[{index}].{field}", "duplicate", f"{name} is there already.")


def spelt(character: str) -> str:
    """How a message names a character."""
    named = {" ": "the space", "\t": "the tab", "\n": "the line break"}
    if not character.isprintable() and character not in named:
        return f"the character U+{ord(character):04X}"
    return named.get(character, f'"{character}"')
