"""Release numbers."""

from __future__ import annotations

import pytest

from ecsportal.releases.versions import fault_of, next_free, next_version


@pytest.mark.parametrize(
    ("last", "taken", "expected"),
    [
        (None, set(), "0.0.1"),
        ("1.4.2", {"1.4.2"}, "1.4.3"),
        ("1.3.9", {"1.3.9", "1.3.10"}, "1.3.11"),
        ("v2", {"v2"}, "2.0.1"),
        ("2.1", {"2.1"}, "2.1.1"),
        ("1.2.3.4", {"1.2.3.4"}, "1.2.4"),
        ("1.4.3-rc.1", {"1.4.3-rc.1"}, "1.4.4"),
        ("spring-25", {"spring-25"}, "0.0.1"),
    ],
)
def test_the_next_number_counts_the_patch_of_the_release_created_last(
    last: str | None, taken: set[str], expected: str
) -> None:
    assert next_version(last, taken) == expected


@pytest.mark.parametrize(
    ("version", "taken", "expected"),
    [
        ("1.4.3", set(), "1.4.3"),
        ("1.4.3", {"1.4.3", "1.4.4"}, "1.4.5"),
        ("1.0-beta", {"1.0-beta"}, "1.0-beta.2"),
        ("beta9", {"beta9"}, "beta10"),
    ],
)
def test_a_taken_number_leads_to_the_next_free_one(
    version: str, taken: set[str], expected: str
) -> None:
    assert next_free(version, taken) == expected


@pytest.mark.parametrize("version", ["1.4.2", "v1", "2026.11.23-4f2c", "1.0.0+build_7", "0"])
def test_usual_numbers_are_fine(version: str) -> None:
    assert fault_of(version) == ""


@pytest.mark.parametrize("version", ["", "new", "1/2", "1.0 beta", "-1", "x" * 99 + "12", "ü1"])
def test_what_cannot_stand_in_an_address_is_refused(version: str) -> None:
    assert fault_of(version)
