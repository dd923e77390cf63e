"""The order of image tags."""

from __future__ import annotations

import pytest

from ecsportal.registries.versions import newest, newest_first, parse


@pytest.mark.parametrize(
    ("tag", "numbers", "prerelease"),
    [
        ("1.0", (1, 0, 0, 0), ""),
        ("v1.0", (1, 0, 0, 0), ""),
        ("V2.3.4.5", (2, 3, 4, 5), ""),
        ("1.0-feat", (1, 0, 0, 0), "feat"),
        ("1.0feat", (1, 0, 0, 0), "feat"),
        ("1.0_feat", (1, 0, 0, 0), "feat"),
        ("1.2.3.4.5", (1, 2, 3, 4), "5"),
        ("main-4f2c", (0, 0, 0, 0), "main-4f2c"),
        ("latest", (0, 0, 0, 0), "latest"),
        ("1.0+build.7", (1, 0, 0, 0), ""),
        ("20261123143300", (20261123143300, 0, 0, 0), ""),
        ("", (0, 0, 0, 0), ""),
    ],
)
def test_a_tag_reads_as_integers_and_prerelease(
    tag: str, numbers: tuple[int, ...], prerelease: str
) -> None:
    version = parse(tag)
    assert (version.numbers, version.prerelease) == (numbers, prerelease)


def test_versions_are_ordered_as_semantic_versions_are() -> None:
    ascending = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                 "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2", "1.10"]  # fmt: skip
    assert newest_first(ascending) == ascending[::-1]


def test_separators_letter_case_and_metadata_do_not_count() -> None:
    assert parse("1-test-1") == parse("1-TEST.1") == parse("1-test_1+meta")
    assert hash(parse("1.0")) == hash(parse("v1.0.0"))


def test_latest_is_the_lowest_and_no_prerelease() -> None:
    assert newest_first(["latest", "main-4f2c", "0.1-rc", "0.1"]) == [
        "0.1", "0.1-rc", "main-4f2c", "latest"]  # fmt: skip
    assert not parse("latest").is_prerelease
    assert parse("1.0-rc.1").is_prerelease
    assert not parse("1.0").is_prerelease


def test_the_newest_of_none_is_none() -> None:
    assert newest([]) is None
    assert newest(["1.0", "1.1", "1.1"]) == "1.1"


def test_a_monstrous_tag_is_listed_at_the_end() -> None:
    assert newest_first(["9" * 5000, "0.1"])[0] == "0.1"


def test_whether_a_tag_has_numbers_is_told() -> None:
    assert parse("v1").has_numbers
    assert not parse("latest").has_numbers
