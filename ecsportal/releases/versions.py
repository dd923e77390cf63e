"""Release numbers: which text may be one, and which comes next.

The default template is Octopus Deploy's: `LastMajor.LastMinor.NextPatch` of the release created
last, not of the highest one; the first release is 0.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Collection

FIRST = "0.0.1"
MAX_LENGTH = 100
_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_NUMBERS = re.compile(r"[vV]?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_NUMBER_AT_END = re.compile(r"\d+\Z")


def fault_of(version: str) -> str:
    """What forbids this text as a release number, in words; empty where nothing does."""
    if not version:
        return "Give the release a number."
    if len(version) > MAX_LENGTH:
        return f"At most {MAX_LENGTH} characters."
    if not _ALLOWED.fullmatch(version):
        return 'Letters, digits, ".", "-", "_" and "+" only; the first is a letter or digit.'
    if not any(character.isdigit() for character in version):
        # Without one it could be the address of a page beside the releases, such as "new".
        return "A release number has at least one digit."
    return ""


def next_version(last: str | None, taken: Collection[str] = ()) -> str:
    """The number that the default template gives after `last`, moved on past `taken` ones."""
    found = _NUMBERS.match(last) if last else None
    major, minor, patch = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return next_free(f"{major}.{minor}.{patch + 1}", taken)


def next_free(version: str, taken: Collection[str]) -> str:
    """`version`, or the first after it that is free: the number at its end counts up.

    Text without one gets `.2`, as Octopus Deploy's `NextSuffix` does (`1.0-beta`, `1.0-beta.2`).
    """
    while version in taken:
        counted = _NUMBER_AT_END.sub(lambda found: str(int(found[0]) + 1), version)
        version = counted if counted != version else f"{version}.2"
    return version
